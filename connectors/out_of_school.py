"""Lists of children who are in no class, told by their names.

Schools and bureaus send lists of dropouts, of who moved away and of who is absent among their rolls and
rosters, as files and as sheets of one workbook; their columns are those of a roster. Read as one, each of
these children would count as a pupil in class, and nobody would look.
"""

from __future__ import annotations

import re

from schemas.records import record_types

_GONE = (
    "辍学|失学|流失|退学|停学|转出|死亡|开除|肄业|结业|离校|下落不明|失联|失踪|不在校|未在校|未入学|未就学|未就读"
    "|未报到|未到校|未返校|未复学|名在人不在|有籍无人|在籍不在|劝返|缓学|延缓|延期入学|免学(?![费杂])|毕业(?!班|年级|季)"
    "|应入学|拟入学|待入学|招生|录取|预报名|预登记"
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


def out_of_school(text: str, kind: str) -> str:
    """The word by which a name says that a list of this kind holds children who are in no class; "" for none.

    >>> out_of_school("第一小学流失学生花名册", "attendance"), out_of_school("休学学生名单", "roll")
    ('流失', '')
    """
    words = _WORDS.get(record_types()[kind].side) if kind else None
    found = words and words.search(_LEFT_OUT.sub("", "".join(text.split())))
    return found[0] if found else ""


def heading(title: str) -> str:
    """What a title says of a list, without the notes to who fills it in."""
    return _NOTE.split(title[:_TITLE], maxsplit=1)[0]
