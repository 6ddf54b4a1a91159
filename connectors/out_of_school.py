"""Children who are in no class, on lists of pupils: told by the name of the list, or by a remark.

Schools and bureaus send lists of dropouts, of who moved away and of who is absent among their rolls and
rosters, as files and as sheets of one workbook; their columns are those of a roster. Others leave the child
on the list and write 辍学 or 已转出 under 备注. Each of these children would count as a pupil in class, and
nobody would look.
"""

from __future__ import annotations

import re

import numpy as np

from connectors.formats.grid import blank, filled, picked, text, written
from connectors.texts import Texts, mapped
from schemas.fields.glance import Longs
from schemas.records import record_types

_GONE = (
    "辍学|失学|流失|退学|停学|转出|死亡|开除|肄业|结业|离校|下落不明|失联|失踪|不在校|未在校|未入学|未就学|未就读"
    "|未报到|未到校|未返校|未复学|名在人不在|有籍无人|在籍不在|劝返|缓学|延缓|延期入学|免学(?![费杂])|毕业(?!班|年级|季)"
    "|应入学|拟入学|待入学|招生(?!办|考试|处|科)|录取|预报名|预登记"
)
"""Not at this school, or not yet: on a roll of such children nobody is enrolled."""

_NOT_THERE = _GONE + "|休学|缺课|旷课|缺勤|请假|转学|学籍异动"
"""On the roll perhaps, but not in class: on a roster of such children nobody attends."""

_WORDS = {
    "roll": re.compile(f"(?<![无零防控非未不])(?:{_GONE})"),
    "attendance": re.compile(f"(?<![无零防控非未不])(?:{_NOT_THERE})"),
}
_LEFT_OUT = re.compile(
    r"(?:不含|不包括|不包含|剔除|(?<!开)除)[^()（）,，;；。]*|[(（][^()（）]*[含括][^()（）]*[)）]"
)
"""在校学生花名册(不含休学、转出) says who is not on it."""

_NOTE = re.compile(r"说明|备注|注[:：]|填表|要求|请(?!假)")
_TITLE = 40


_LEFT = (
    "辍学|失学|流失|退学|停学|开除|离校|转出|转走|转往|转学(?=[到至去走外])|(?<=已)转学"
    "|失踪|失联|下落不明|死亡|已故|去世|病故"
)
_ABSENT = (
    _LEFT
    + "|休学|未到校|未返校|未报到|不在校|长期缺课|长期未到|长期请假"
    + "|查无|无此(?:人|学?生)|(?<!籍)[非不未]在?[我本][校县区市]"
)
_REMARKS = {
    "roll": re.compile(f"(?<![无零未不没防非])(?:{_LEFT})"),
    "attendance": re.compile(f"(?<![无零未没防非])(?:{_ABSENT})"),
}
_BACK = re.compile(r"(?<![未没不待拟应将备绝])(?:复学|转回|回校|返校就读)|已返校|已到校|已报到|转入[本我]校")
_OF_OTHERS = (
    (re.compile("."), re.compile("[哥姐弟妹]")),
    (
        re.compile("死亡|已故|去世|病故|失踪|失联|下落不明|离校"),
        re.compile("[父母爸妈爷奶祖叔]|外公|外婆|监护|家长|双亲|亲属|亲戚"),
    ),
    (re.compile("转|不在"), re.compile("户口|户籍")),
)
"""Words, and what stands beside them where they are said of somebody or something else."""

_CLAUSE = re.compile(r"[,，;；。、\s]+")
_SAYS = {"roll": ("status", "{} 备注:{}"), "attendance": ("attends", "否 备注:{1}")}


def said_gone(remark: str, kind: str) -> str:
    """The word by which a remark says that this pupil has left, or is not in class; "" for none.

    What is said of parents, of brothers or of the registered address is not said of the pupil; who has come
    back is in class.

    >>> [said_gone(each, "roll") for each in ("已转出", "父亲死亡，母亲失联", "辍学，已劝返复学")]
    ['转出', '', '']
    """
    if not remark or _BACK.search(remark):
        return ""
    for clause in _CLAUSE.split(remark):
        for word in _REMARKS[kind].finditer(clause):
            if not any(about.search(word[0]) and beside.search(clause) for about, beside in _OF_OTHERS):
                return word[0]
    return ""


def heed_remarks(texts: Texts, kind: str) -> tuple[Longs, list[str]]:
    """Let remarks speak where the list has no column for it, or one that everybody leaves at 在读; in place.

    Of a roll ``status``, of a roster ``attends`` then holds the word as well.

    Returns:
        The persons of whom it was so, by their places, and the words, each once.
    """
    if kind not in _SAYS or "remark" not in texts:
        return np.zeros(0, np.int64), []
    words = mapped(texts["remark"], lambda each: said_gone(each, kind))
    there: Longs = np.flatnonzero(filled(words))
    if len(there):
        column, form = _SAYS[kind]
        before = texts.get(column, blank(len(words)))
        said = zip(picked(before, there).to_pylist(), picked(words, there).to_pylist(), strict=True)
        texts[column] = written(before, there, text([form.format(*each).strip() for each in said]))
    return there, sorted(set(picked(words, there).to_pylist()))


REPLY = "out_of_county_reply"
UNANSWERED = "未答复"


def heed_silence(texts: Texts, source: str) -> Longs:
    """Of a county's reply that answers of most children, let a blank say that it did not answer; in place.

    Of a class roster a blank says that the child is there: teachers mark who is not.

    Returns:
        The persons of whom nothing is answered, by their places.
    """
    answers = texts.get("attends")
    nobody: Longs = np.zeros(0, np.int64)
    if source != REPLY or answers is None or 2 * np.count_nonzero(filled(answers)) < len(answers):
        return nobody
    blanks: Longs = np.flatnonzero(~filled(answers))
    texts["attends"] = written(answers, blanks, text([UNANSWERED] * len(blanks)))
    return blanks


def out_of_school(name: str, kind: str) -> str:
    """The word by which a name says that a list of this kind holds children who are in no class; "" for none.

    >>> out_of_school("第一小学流失学生花名册", "attendance"), out_of_school("休学学生名单", "roll")
    ('流失', '')
    """
    words = _WORDS.get(record_types()[kind].side) if kind else None
    found = words and words.search(_LEFT_OUT.sub("", "".join(name.split())))
    return found[0] if found else ""


def heading(title: str) -> str:
    """What a title says of a list, without the notes to who fills it in."""
    return _NOTE.split(title[:_TITLE], maxsplit=1)[0]
