"""What a header says by its words: whose it is and what it tells of them.

Words stand in ``sources/synonyms.toml``. The content test of ``columns.py`` has the last say.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import opencc

_DECORATION = re.compile(r"[\s★☆*＊:：、,，.。·()（）\[\]【】<>《》“”\"'`#_\-—–/\\|?？!！;；+]+")
_IN_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_TAIL = re.compile(r"(必填|选填|可不填|文本格式|文本|18位|十八位|如有|填写|全称|下拉选择|下拉|如实填写)+$")
_LEAD = re.compile(r"^(\d{1,2}|[一二三四五六七八九十]{1,2}、)(?=[^\d年月日周])")
_ORDINALS = {each: number for number, each in enumerate("一二三四五六七八九十", start=1)}
_ORDINAL = r"第?([1-9]\d?|[一二三四五六七八九十])?"

_FUZZY: tuple[tuple[str, str, float], ...] = (
    (r"身份证.*(类型|种类)|证件类型", "id_type", 0.8),
    (r"残疾.*证|残.*证.*号", "disability_no", 0.75),
    (r"(身份证|公民身份|身份号|身份证件)(?!.*(有效|类型|住址|地址|姓名|复印))", "id_number", 0.75),
    (r"残疾.*(类|种)", "disability_category", 0.7),
    (r"残疾.*(级|程度)", "disability_grade", 0.7),
    (r"曾用名|原名", "former_name", 0.8),
    (r"姓名|名字", "name", 0.75),
    (r"出生(?!地)", "birth_date", 0.75),
    (r"性别", "sex", 0.75),
    (r"民族", "ethnicity", 0.7),
    (r"与.*关系$", "relation", 0.75),
    (r"学籍号|国网学籍", "student_no", 0.75),
    (r"是否.*(在校|到校|在读|就读)$", "attends", 0.7),
    (r"电话|手机|联系方式", "phone", 0.7),
    (r"户籍.*(址|地)|户口.*(址|地)", "address", 0.7),
    (r"(现|常|居|家庭).*(住|址)|住址|地址", "live_address", 0.65),
    (r"(?<!毕业)(?<!原)学校(名称)?$", "school", 0.65),
    (r"年级$", "grade", 0.65),
    (r"班级$", "class_name", 0.65),
    (r"乡镇|街道", "township", 0.6),
    (r"注销|迁出", "cancelled", 0.6),
    (r"户编号|户号", "household_no", 0.65),
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one header says.

    Attributes:
        item: an item of ``synonyms.toml``, "" when nothing is known.
        role: "self", "head", "guardian", "member" or "other" (somebody who is not on the list).
        number: which member, from 1; 0 where none is counted.
        score: 0 to 1; 1 for a known header to the letter.
        known: whether the header is known, be it as something that is no field.
    """

    item: str = ""
    role: str = "self"
    number: int = 0
    score: float = 0.0
    known: bool = False

    @property
    def field(self) -> str:
        """The column of RECORDS that is meant, or ``member2.name``, or "" for none."""
        if self.role == "member":
            return f"member{self.number}.{self.item}" if self.item else ""
        if self.role == "other":
            return ""
        if self.role == "self":
            return self.item
        own = {"name": f"{self.role}_name", "id_number": f"{self.role}_id", "phone": "phone"}
        if self.role == "head":
            own |= {"address": "address", "live_address": "live_address", "household_no": "household_no"}
        return own.get(self.item, "")


def normalise(header: str) -> str:
    """Fold widths and letters, take out blanks, marks and brackets (what stands inside is kept).

    >>> normalise(" ★身份证件\\n号：")
    '身份证件号'
    """
    folded = unicodedata.normalize("NFKC", header).lower()
    return _DECORATION.sub("", _simplified().convert(folded) if not folded.isascii() else folded)


@cache
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _words() -> Mapping[str, object]:
    return tomllib.loads(resources.files("connectors.sources").joinpath("synonyms.toml").read_text("utf-8"))


@cache
def _items() -> Mapping[str, str]:
    items: Mapping[str, list[str]] = _words()["items"]  # type: ignore[assignment]
    return {word: item for item, words in items.items() for word in words}


@cache
def _roles() -> tuple[tuple[str, str], ...]:
    """Role words with their role, the longest first."""
    roles: Mapping[str, list[str]] = _words()["roles"]  # type: ignore[assignment]
    pairs = [(word, role) for role, words in roles.items() if role != "member" for word in words]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _roles_from(first: str) -> tuple[tuple[str, str], ...]:
    """Role words that begin with a character, the longest first."""
    return tuple((word, role) for word, role in _roles() if word.startswith(first))


@cache
def _members() -> re.Pattern[str]:
    roles: Mapping[str, list[str]] = _words()["roles"]  # type: ignore[assignment]
    words = "|".join(sorted(roles["member"], key=len, reverse=True))
    return re.compile(
        rf"^(?:{words})?第?([1-9]\d?|[一二三四五六七八九十])(?:{words})?(.*?)$|^(?:{words})(.+?)([1-9]\d?)$|^(.+?)([1-9]\d?)$"
    )


@cache
def _others() -> frozenset[str]:
    other: Mapping[str, list[str]] = _words()["other"]  # type: ignore[assignment]
    return frozenset(other["headers"])


def interpret(header: str, extra: Mapping[str, str] | None = None) -> Meaning:
    """Read one header; levels of a merged header are joined by ``/``, the outermost first.

    Args:
        header: as it stands in the file.
        extra: normalised header -> item, what the source adds to the general words.
    """
    return _interpret(header, tuple(sorted((extra or {}).items())))


@lru_cache(maxsize=20_000)
def _interpret(header: str, extra: tuple[tuple[str, str], ...]) -> Meaning:
    *parents, last = header.split("/") if not _is_one_name(header) else [header]
    own = dict(extra)
    forms = [_LEAD.sub("", form) for form in _forms(last)]
    whole = normalise("".join(parents) + last)
    for form in (whole, *forms):
        if form in own:
            return Meaning(own[form], score=1.0, known=True)
    context = _context("".join(normalise(each) for each in parents))
    for form in forms:
        if meaning := _exact(form):
            return _in_context(meaning, context)
    for form in (whole, *_forms(last)):
        if meaning := _member(form):
            return meaning
    fuzzy = _fuzzy(forms[0]) if forms[0] else Meaning()
    if fuzzy.known:
        return _in_context(fuzzy, context)
    return context if context.role == "other" else Meaning()


def _is_one_name(header: str) -> bool:
    """A header such as 市/州 is one name, not two levels."""
    return normalise(header) in _items() or normalise(header) in _others()


def _forms(header: str) -> list[str]:
    """The header without decorations, also without what stands in brackets."""
    whole = normalise(header)
    bare = normalise(_IN_BRACKETS.sub("", header))
    forms = [whole, _TAIL.sub("", whole), bare, _TAIL.sub("", bare)]
    return list(dict.fromkeys(forms)) if whole else [""]


def _exact(form: str) -> Meaning | None:
    """A known header to the letter: an item, a role and an item, a role alone, or known as no field."""
    if form in _items():
        return Meaning(_items()[form], score=1.0, known=True)
    if form in _others():
        return Meaning(role="other", known=True)
    for word, role in _roles_from(form[:1]):
        if not form.startswith(word):
            continue
        rest = form.removeprefix(word).removeprefix("的").removeprefix("之")
        if not rest:
            if role == "self":
                return Meaning("name", score=0.6, known=True) if word in ("学生", "儿童") else None
            return Meaning("name", role, score=0.9, known=True)
        if rest in _items():
            return Meaning(_items()[rest], role, score=0.98, known=True)
    return None


def _member(form: str) -> Meaning | None:
    """成员1姓名, 家庭成员二身份证号, 姓名1, 成员3: the nth member and what is told of them."""
    found = _members().match(form)
    if not found:
        return None
    ordinal = found[1] or found[4] or found[6]
    rest = (found[2] if found[1] else found[3] or found[5]) or ""
    number = _ORDINALS.get(ordinal) or int(ordinal)
    if not rest:
        return (
            Meaning("name", "member", number, 0.8, True)
            if not form.isdecimal() and form not in _ORDINALS
            else None
        )
    meaning = _exact(rest.removeprefix("的")) or _fuzzy(rest)
    if not meaning.item or meaning.role not in ("self", "member"):
        return None
    return Meaning(meaning.item, "member", number, min(meaning.score, 0.95), True)


def _context(parents: str) -> Meaning:
    """Whose the columns below a parent header are."""
    if not parents:
        return Meaning()
    if (member := _member(parents)) and member.item == "name":
        return member
    for word, role in _roles():
        if word in parents and role != "self":
            return Meaning(role=role)
    return Meaning()


def _in_context(meaning: Meaning, context: Meaning) -> Meaning:
    if context.role == "self" or meaning.role != "self":
        return meaning
    if not meaning.item:
        return meaning
    return Meaning(meaning.item, context.role, context.number, meaning.score, True)


@cache
def _fuzzy_patterns() -> tuple[tuple[re.Pattern[str], str, float], ...]:
    return tuple((re.compile(pattern), item, score) for pattern, item, score in _FUZZY)


def _fuzzy(form: str) -> Meaning:
    """A header that holds a known word: worth less, and only with content that agrees."""
    if len(form) > 25:
        return Meaning()
    for pattern, item, score in _fuzzy_patterns():
        if pattern.search(form):
            role = next(
                (role for word, role in _roles() if len(word) > 1 and word in form and role != "self"), "self"
            )
            return Meaning(item, role, score=score, known=True)
    return Meaning()
