"""Disability certificate number (残疾人证号): identity number, category, grade, and a mark of re-issue.

Eighteen characters of the identity number, one digit for the category (1 视力 2 听力 3 言语 4 肢体 5 智力
6 精神 7 多重), one for the grade (1 is the heaviest); after a re-issue B1, B2 or one more character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from schemas.codes import code_list
from schemas.fields import resident_id
from schemas.fields.field import Field
from schemas.fields.folding import fold
from schemas.fields.glance import Glance
from schemas.fields.plain_numbers import look_disability

_CERTIFICATE = re.compile(r"([0-9*]{17}[0-9X*])([0-9])([0-9])(B[0-9]?|[0-9A-Z])?").fullmatch
_MISSING = re.compile(r"(?i)[-/\\.?*_0\s]*|无|暂无|没有|不详|未知|未办|未办理|N/?A|NULL|NONE|NAN")
_GRADE_DIGITS = {
    **dict(zip("一二三四", "1234", strict=True)),
    **dict(zip("壹贰叁肆", "1234", strict=True)),
    **dict(zip("1234", "1234", strict=True)),
}
_ROMAN = {"IV": "4", "III": "3", "II": "2", "I": "1"}


@dataclass(frozen=True, slots=True)
class DisabilityNo:
    """What a certificate number says.

    Attributes:
        number: canonical text: upper case, no spaces.
        id_number: its first 18 characters, valid or not; "" when the text is no certificate number.
        category: "1" to "7" or "".
        grade: "1" to "4" or "".
        suffix: the mark of re-issue, e.g. "B1".
        codes: issue codes.
    """

    number: str
    id_number: str = ""
    category: str = ""
    grade: str = ""
    suffix: str = ""
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=64)  # a value is cleaned and then checked: one reading serves both
def parse(raw: str) -> DisabilityNo:
    """Read one cell of a certificate-number column."""
    text = fold(raw).replace("-", "").upper()
    text = text.translate(str.maketrans("×ХΧ", "XXX"))
    if _MISSING.fullmatch(text) or not re.search(r"[0-9]", text):
        return DisabilityNo("", codes=("disability_no.placeholder",) if raw.strip() else ())
    if len(text) > 60:
        return DisabilityNo("", codes=("disability_no.format",))
    if re.fullmatch(r"[0-9]{16,}\.0*|[0-9](?:\.[0-9]*)?E\+?[0-9]{2}", text):
        return DisabilityNo("", codes=("disability_no.float",))
    found = _CERTIFICATE(text)
    if found is None:
        carried = resident_id.parse(text)
        if carried.kind == "resident18" and len(carried.number) == 18:
            return DisabilityNo(text, carried.number, codes=("disability_no.identity_only",))
        return DisabilityNo(text, codes=("disability_no.format",))
    codes: list[str] = []
    carried = resident_id.parse(found[1])
    category = found[2] if found[2] in "1234567" else ""
    grade = found[3] if found[3] in "1234" else ""
    if not carried.valid and "*" not in carried.number:
        codes.append("disability_no.check_digit")
    if not category:
        codes.append("disability_no.category")
    if not grade:
        codes.append("disability_no.grade")
    return DisabilityNo(text, carried.number, category, grade, found[4] or "", tuple(codes))


@cache
def _category_words() -> tuple[tuple[str, str], ...]:
    words = [
        (word, row["code"])
        for row in code_list("disability_category")
        for word in (row["name"], *row["synonyms"].split("|"))
        if word
    ]
    return tuple(sorted(words, key=lambda each: -len(each[0])))


def category_of(text: str) -> str:
    """The category's digit from a word: 智力, 智力残疾, 智力障碍 (the schools' word), 智力二级, or "5".

    Several categories in one cell are 多重. "" when no category is named.
    """
    folded = fold(text)
    if re.fullmatch(r"0?[1-7](?:\.0*)?", folded):
        return folded.removeprefix("0")[0]
    found = set()
    rest = folded
    for word, code in _category_words():
        if word in rest:
            found.add(code)
            rest = rest.replace(word, "|")
    return "7" if len(found) > 1 else next(iter(found), "")


def grade_of(text: str) -> str:
    """The grade's digit from a word: 二级, 2级, 贰级, Ⅱ级, 智力二级, or "2"; "" when none is named."""
    folded = fold(text).upper()
    if found := re.fullmatch(r"0?([1-4])(?:\.0*)?", folded):
        return found[1]
    if found := re.search(r"([1-4一二三四壹贰叁肆])级", folded):
        return _GRADE_DIGITS[found[1]]
    if found := re.search(r"(IV|III|II|I)级?", folded):
        return _ROMAN[found[1]]
    return _GRADE_DIGITS.get(folded, "")


def label(category: str, grade: str) -> str:
    """Name category and grade as lists do: ("5", "2") -> "智力二级"; what is unknown is left out."""
    names = {row["code"]: row["short"] for row in code_list("disability_category")}
    grades = {row["code"]: row["name"] for row in code_list("disability_grade")}
    return names.get(category, "") + grades.get(grade, "")


def _clean(raw: str) -> str:
    return parse(raw).number


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(number: str) -> str:
    """Hide what the identity number's mask hides, and category and grade too: they are health data."""
    core, behind = number[:18], number[18:]
    return resident_id.FIELD.mask(core) + "*" * len(behind)


def _keys(number: str) -> Mapping[str, str]:
    """``id_number``, the same key as an identity number's ``number``; a re-issue changes the rest."""
    core = parse(number).id_number
    return {"id_number": core} if core and "*" not in core else {}


FIELD = Field("disability_no", _clean, _validate, _mask, _keys, Glance(look_disability))
