"""Student number (学籍号): a letter and 18 characters.

G and the identity number is formal; J (formal, for a pupil without one) and L (temporary, its last digits
random) look alike but carry no identity number. A later correction of the identity number does not always
change the student number, so the two can rightly differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from schemas.fields import resident_id
from schemas.fields.field import Field
from schemas.fields.folding import fold
from schemas.fields.glance import Glance
from schemas.fields.plain_numbers import look_student

_STUDENT = re.compile(r"([GJL])([0-9*]{13,20}[0-9X*])").fullmatch
_MISSING = re.compile(r"(?i)[-/\\.?*_0\s]*|无|暂无|没有|不详|未知|未建|无学籍|N/?A|NULL|NONE|NAN")
_FLOAT = re.compile(r"([0-9]+)\.0*|[0-9](?:\.[0-9]*)?E\+?[0-9]{2}")


@dataclass(frozen=True, slots=True)
class StudentNo:
    """What a student number says.

    Attributes:
        number: canonical text: upper case, no spaces.
        kind: "G", "J", "L"; "other" for local numbers and anything without one of these letters.
        id_number: the identity number of a G number, whether it is valid or not; else "".
        codes: issue codes.
    """

    number: str
    kind: Literal["", "G", "J", "L", "other"] = ""
    id_number: str = ""
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=64)  # a value is cleaned and then checked: one reading serves both
def parse(raw: str) -> StudentNo:
    """Read one cell of a student-number column."""
    text = fold(raw).replace("-", "").upper()
    text = text.translate(str.maketrans("×ХΧ＊", "XXX*"))
    if _MISSING.fullmatch(text) or not re.search(r"[0-9]", text):
        return StudentNo("", codes=("student_no.placeholder",) if raw.strip() else ())
    if len(text) > 60:
        return StudentNo("", codes=("student_no.length",))
    if lost := _FLOAT.fullmatch(text):
        if not lost[1] or len(lost[1]) > 15:
            return StudentNo("", codes=("student_no.float",))
        return StudentNo(lost[1], "other", codes=("student_no.other",))
    found = _STUDENT(text)
    if found is None:
        return StudentNo(text, "other", codes=("student_no.other",))
    codes: tuple[str, ...] = () if len(found[2]) == 18 else ("student_no.length",)
    if found[1] == "L":
        return StudentNo(text, "L", codes=(*codes, "student_no.temporary"))
    if found[1] == "J":
        return StudentNo(text, "J", codes=(*codes, "student_no.without_identity"))
    carried = resident_id.parse(found[2])
    if "*" in carried.number or not carried.number:
        codes += ("student_no.hidden",)
    elif not codes and not carried.valid:
        codes = ("student_no.check_digit",)
    return StudentNo(text, "G", carried.number, codes)


def _clean(raw: str) -> str:
    return parse(raw).number


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(number: str) -> str:
    """Hide what the identity number's mask hides; the letter stays."""
    if number[:1] in ("G", "J", "L"):
        return number[0] + resident_id.FIELD.mask(number[1:])
    return resident_id.FIELD.mask(number)


def _keys(number: str) -> Mapping[str, str]:
    """``number`` itself and ``id_number``, the same key as an identity number's ``number``."""
    parsed = parse(number)
    keys = {"number": parsed.number, "id_number": parsed.id_number}
    return {name: key for name, key in keys.items() if key and "*" not in key}


_TOLD = (
    (),
    ("student_no.temporary",),
    ("student_no.without_identity",),
    ("student_no.check_digit",),
)
FIELD = Field("student_no", _clean, _validate, _mask, _keys, Glance(look_student, _TOLD))
