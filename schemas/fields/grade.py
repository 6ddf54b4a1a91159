"""School grade: 1 to 9 in compulsory education, -1 before it, 10 to 12 after it.

Where primary school has five years (五四制) 初一 is the sixth grade. A cohort (2021级) says no grade by
itself: ``from_entry_year`` needs the school year and the stage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from schemas.fields.field import Field
from schemas.fields.folding import fold

_WORDS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_NUMBER = {word: number for number, word in enumerate(_WORDS, 1)}
_NUMERAL = r"(十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])"
_MISSING = re.compile(r"(?i)[-/\\.?*_\s]*|0+|无|不详|未知|空|N/?A|NULL|NONE|NAN")
_KINDERGARTEN = re.compile(r"幼儿园?|学前|托班|[大中小]班")
_NAMES = ("", *(f"{word}年级" for word in _WORDS[:9]), "高一", "高二", "高三")
_ALONE = r"(?<![0-9〇零一二三四五六七八九])"
_STAGES = (
    (re.compile(rf"(?:高中|普高|职高|中职|中专|技校|高)(?:阶段)?{_NUMERAL}"), 9),
    (re.compile(rf"(?:初中|初级中学|初)(?:阶段)?{_NUMERAL}"), 6),
    (re.compile(rf"(?:小学|小)(?:阶段)?{_NUMERAL}"), 0),
    (re.compile(rf"{_ALONE}{_NUMERAL}(?:年级|级|年制?|[上下](?:学期|册|期)?$)"), 0),
    (re.compile(rf"{_ALONE}{_NUMERAL}[(.\-](?=[0-9一二三四五六七八九十]+\)?班)"), 0),
    (re.compile(rf"{_ALONE}([一二三四五六七八九])(?=[0-9]{{1,2}}班)"), 0),
)
_CLASS = re.compile(r"[(.\-]?([0-9]{1,3}|[一二三四五六七八九]?十?[一二三四五六七八九]?)[)]?班")
_COHORT = re.compile(r"(20[0-9]{2})级?(?![0-9届])|(?<![0-9])([0-4][0-9])级")


@dataclass(frozen=True, slots=True)
class Grade:
    """What a grade cell says.

    Attributes:
        text: canonical text, e.g. "七年级", "高一", "幼儿园", "2021级"; else the text as written.
        number: 1 to 9, 10 to 12 for senior secondary, -1 kindergarten, 0 unknown.
        class_number: the class within the grade, 0 unknown.
        entry_year: the year of entry of a cohort, 0 when a grade is named.
        five_four: the cell itself shows the system of five and four years.
        codes: issue codes.
    """

    text: str
    number: int = 0
    class_number: int = 0
    entry_year: int = 0
    five_four: bool = False
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=16384)
def parse(raw: str, five_four: bool = False) -> Grade:
    """Read one cell of a grade or class column; five_four says that the school has five and four years."""
    text = fold(raw).removesuffix(".0")
    if _MISSING.fullmatch(text):
        return Grade("", codes=("grade.placeholder",) if raw.strip() else ())
    if len(text) > 60:
        return Grade("", codes=("grade.unknown",))
    if _KINDERGARTEN.search(text):
        return Grade("幼儿园", -1)
    shown = five_four or "五四" in text
    class_number = _class_number(text)
    if "预初" in text or "初中预备" in text:
        return Grade(_NAMES[6], 6, class_number, five_four=True)
    for pattern, offset in _STAGES:
        if found := pattern.search(text):
            return _staged(text, _value(found[1]), offset, class_number, shown)
    if cohort := _COHORT.search(text):
        year = int(cohort[1] or f"20{cohort[2]}")
        return Grade(f"{year}级", 0, class_number, year, codes=("grade.cohort",))
    return _bare_number(text, class_number)


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBER[word]


def _staged(text: str, value: int, offset: int, class_number: int, five_four: bool) -> Grade:
    """A grade within its stage: the second of junior secondary is the eighth, but 初中八年级 too."""
    if offset == 6 and value == 4:
        five_four = True
    if offset == 6 and value == 6:
        number, five_four = 6, True
    elif offset and value > 4:
        number = value
    elif offset == 6:
        number = value + (5 if five_four else 6)
    else:
        number = value + offset
    if not 1 <= number <= 12:
        return Grade(text, class_number=class_number, codes=("grade.unknown",))
    return Grade(_NAMES[number], number, class_number, five_four=five_four)


def _class_number(text: str) -> int:
    found = _CLASS.search(text)
    if not found or not found[1]:
        return 0
    if found[1].isdigit():
        # 301班 is the first class of the third grade.
        return int(found[1]) % 100
    tens, ten, ones = found[1].partition("十")
    return (_NUMBER.get(tens, 1) * 10 if ten else _NUMBER.get(tens, 0)) + _NUMBER.get(ones, 0)


def _bare_number(text: str, class_number: int) -> Grade:
    """A number alone: a grade, grade and class (301), or the code of JY/T 1001 (11-16, 21-24)."""
    if found := re.fullmatch(r"([1-9一二三四五六七八九])(?:([0-9]{2})班?|[(.\-]([0-9]{1,2})\)?)", text):
        number = _value(found[1])
        return Grade(_NAMES[number], number, int(found[2] or found[3]))
    if text in _NUMBER:
        return Grade(_NAMES[_NUMBER[text]], _NUMBER[text])
    if re.fullmatch(r"0?[1-9]", text):
        return Grade(_NAMES[int(text)], int(text))
    if re.fullmatch(r"1[3-6]|2[1-4]", text):
        number = int(text[1]) + (6 if text[0] == "2" else 0)
        if number <= 9:
            return Grade(_NAMES[number], number, codes=("grade.coded",))
    return Grade(text, class_number=class_number, codes=("grade.unknown",))


def from_entry_year(entry_year: int, school_year: int, stage: str) -> int:
    """The grade of a cohort in the school year that begins in ``school_year``; 0 when it has left the stage.

    >>> from_entry_year(2021, 2026, "小学")
    6
    """
    years = school_year - entry_year + 1
    offset, length = {"小学": (0, 6), "初中": (6, 3), "高中": (9, 3)}.get(stage, (0, 0))
    return offset + years if 1 <= years <= length else 0


def _clean(raw: str) -> str:
    return parse(raw).text


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(text: str) -> str:
    """A grade alone points at nobody: it is shown."""
    return text


def _keys(text: str) -> Mapping[str, str]:
    number = parse(text).number
    return {"grade": str(number)} if number else {}


FIELD = Field("grade", _clean, _validate, _mask, _keys)
