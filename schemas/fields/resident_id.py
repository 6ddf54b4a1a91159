"""Resident identity number (公民身份号码, GB 11643-1999) and what else stands in its column.

Eighteen characters: region (6), birth date (8), sequence (3; odd is male), check digit (ISO 7064
MOD 11-2). Nothing is ever repaired by guessing: a digit that is hidden or lost becomes ``*``, and a
number that fails a check stays as it was written, marked as failing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from schemas.fields import id_writing, region
from schemas.fields.field import Field
from schemas.fields.glance import Glance
from schemas.fields.plain_numbers import look_resident

Kind = Literal["", "resident18", "resident15", "residence_permit", "foreign_permit", "masked", "other"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PERMIT_REGIONS = ("810000", "820000", "830000")
# What needs no second look: 18 characters, none of the forms that placeholders, foreigners' permits and
# spreadsheets (three zeros at the end) take.
_PLAIN = re.compile(r"(?!([0-9])\1{16}|12345678)[1-8][0-9]{14}(?!000)[0-9]{2}[0-9X]").fullmatch
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_SEVENTEEN_STAR = re.compile(r"[1-9][0-9]{16}\*").fullmatch
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}").fullmatch
_STUDENT = re.compile(r"([GJL])([0-9]{14,19}[0-9X])").fullmatch
_DISABILITY = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](?:B[0-9]?|[0-9A-Z])?").fullmatch
_SCHOOL_NUMBER = re.compile(r"999[0-9]{15}").fullmatch
_DOCUMENT = re.compile(r"[A-Z]{1,3}[0-9]{6,12}(?:[0-9A-Z])?|[0-9]{8}(?:[0-9]{2})?").fullmatch
_MALE = ("女", "男")


@dataclass(frozen=True, slots=True)
class ResidentId:
    """What an identity number says.

    Attributes:
        kind: which document the text is; "" when nothing usable is in it.
        number: canonical text, the same as ``FIELD.clean`` gives; ``*`` for each unknown digit.
        valid: every check of GB 11643 holds, for an old foreign permit its form and date. An unknown
            region does not count against it: codes are older and newer than any table.
        birth: "YYYY-MM-DD" or "".
        sex: "男", "女" or "".
        region: the first six digits, whether they are in the table or not, or "".
        disability_no: the certificate number (残疾人证号) when that is what was written, else "".
        codes: issue codes.
    """

    kind: Kind
    number: str
    valid: bool = False
    birth: str = ""
    sex: str = ""
    region: str = ""
    disability_no: str = ""
    codes: tuple[str, ...] = ()


def _sum(digits: str, start: int) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[start:], strict=False))


# The weighted sum is split into region, birth date and sequence, each computed once for each distinct
# value: a list of a million numbers has some thousand of each, and three look-ups replace 17 products.
_SEQUENCE = {f"{n:03}": _sum(f"{n:03}", 14) for n in range(1000)}


@lru_cache(maxsize=65536)
def _region(code: str) -> tuple[int, bool]:
    return _sum(code, 0), region.known(code)


@lru_cache(maxsize=65536)
def _birth(digits: str) -> tuple[int, str]:
    year = int(digits[:4])
    try:
        text = date(year, int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        text = ""
    return _sum(digits, 6), text if 1850 <= year < 2100 else ""


def check_digit(first17: str) -> str:
    """Compute the 18th character of 17 digits (GB 11643, ISO 7064 MOD 11-2).

    >>> check_digit("11010519491231002")
    'X'
    """
    return _CHECK[(_region(first17[:6])[0] + _birth(first17[6:14])[0] + _SEQUENCE[first17[14:]]) % 11]


def is_valid(number: str) -> bool:
    """Whether a canonical 18-character number has a real birth date and the right check digit."""
    if not _EIGHTEEN(number) or number[0] == "0" or _SCHOOL_NUMBER(number):
        return False
    return bool(_birth(number[6:14])[1]) and check_digit(number[:17]) == number[17]


def to_eighteen(number: str) -> str:
    """Write a 15-digit number of before 1999 in the form of today; anything else comes back unchanged."""
    if len(number) != 15 or not number.isdigit():
        return number
    first17 = f"{number[:6]}19{number[6:]}"
    return first17 + check_digit(first17)


def visible_matches(masked: str, number: str) -> bool:
    """Whether a number with ``*`` for hidden digits can be this number.

    A mask of another length hides an unknown count of digits: then what stands before and after counts.
    """
    if len(masked) == len(number):
        return all(seen in ("*", true) for seen, true in zip(masked, number, strict=True))
    head, star, _ = masked.partition("*")
    tail = masked.rpartition("*")[2]
    return (
        bool(star)
        and len(head) + len(tail) <= len(number)
        and number.startswith(head)
        and number.endswith(tail)
    )


def cross_check(parsed: ResidentId, birth_date: str = "", sex: str = "", as_of: str = "") -> tuple[str, ...]:
    """Compare the number with the birth date, the sex and the day of the list; "" is not compared.

    Args:
        parsed: the number.
        birth_date: canonical text of ``birth_date``, "YYYY-MM" and "YYYY" included.
        sex: "男" or "女".
        as_of: "YYYY-MM-DD"; this package knows no clock.
    """
    codes = []
    if as_of and parsed.birth > as_of:
        codes.append("id_number.future")
    if birth_date and parsed.birth and not parsed.birth.startswith(birth_date):
        codes.append("id_number.birth_differs")
    if sex and parsed.sex and parsed.sex != sex:
        codes.append("id_number.sex_differs")
    return tuple(codes)


def parse(raw: str) -> ResidentId:
    """Read one cell of an identity-number column, whatever stands in it."""
    return _eighteen(raw, ()) if _PLAIN(raw) else _parse_written(raw)


def _eighteen(number: str, codes: tuple[str, ...], kind: Kind = "resident18") -> ResidentId:
    """Check 18 characters of the right form: region, birth date, check digit, each reported by itself."""
    _, known = _region(number[:6])
    birth = _birth(number[6:14])[1]
    right = check_digit(number[:17]) == number[17] and number[0] != "0"
    if known and birth and right and not codes:
        found: tuple[str, ...] = ()
    else:
        found = codes
        if not known and kind == "resident18":
            found += ("id_number.region",)
        if not birth:
            found += ("id_number.birth_date",)
        if not right:
            found += ("id_number.check_digit",)
    if number[:6] in _PERMIT_REGIONS:
        kind = "residence_permit"
    place = number[:6] if kind != "foreign_permit" else ""
    return ResidentId(
        kind, number, bool(birth) and right, birth, _MALE[int(number[16]) % 2], place, "", found
    )


@lru_cache(maxsize=64)  # a value is cleaned and then checked: one reading serves both
def _parse_written(raw: str) -> ResidentId:
    """The slow path: everything that is not simply 18 clean characters."""
    if _PLAIN(bare := raw.strip(" \t\r\n\u00a0\u3000'`\"").upper()) and bare != raw:
        return _eighteen(bare, ("id_number.decorated",))
    text, codes = id_writing.tidy(raw)
    if not text:
        return ResidentId("", "", codes=codes)
    if not text.isascii():
        return _other(text, codes)
    if "*" in text:
        return _hidden(text, codes)
    if student := _STUDENT(text):
        return _from_student_number(student[1], student[2], codes)
    if certificate := _DISABILITY(text):
        core = _parse_written(certificate[1])
        found = (*codes, "id_number.disability_number", *core.codes)
        return ResidentId(core.kind, core.number, core.valid, core.birth, core.sex, core.region, text, found)
    if _SCHOOL_NUMBER(text):
        return ResidentId("", "", codes=(*codes, "id_number.not_identity"))
    if _EIGHTEEN(text):
        if text.endswith("000") and check_digit(text[:17]) != "0":
            return _hidden(text[:15] + "***", (*codes, "id_number.truncated"))
        return _eighteen(text, codes, "foreign_permit" if text[0] == "9" else "resident18")
    if len(text) == 15:
        return _fifteen(text, codes)
    return _other(text, codes)


def _from_student_number(letter: str, core: str, codes: tuple[str, ...]) -> ResidentId:
    """G carries the identity number; J and L only look as if they did."""
    if letter != "G":
        return ResidentId("", "", codes=(*codes, "id_number.not_identity"))
    found = _parse_written(core)
    return ResidentId(
        found.kind,
        found.number,
        found.valid,
        found.birth,
        found.sex,
        found.region,
        "",
        (*codes, "id_number.student_number", *found.codes),
    )


def _hidden(text: str, codes: tuple[str, ...]) -> ResidentId:
    """A number of which some digits are unknown: what is visible still says something.

    Some systems print X as ``*``. In the last place, after 17 digits that ask for X, it is X.
    """
    if _SEVENTEEN_STAR(text) and check_digit(text[:17]) == "X":
        return _parse_written(text[:17] + "x")
    if len(text) != 18:
        return ResidentId("masked", text, codes=codes)
    place = text[:6] if "*" not in text[:6] else ""
    birth = _birth(text[6:14])[1] if text[6:14].isdigit() else ""
    sex = _MALE[int(text[16]) % 2] if text[16].isdigit() else ""
    return ResidentId("masked", text, False, birth, sex, place, "", codes)


def _fifteen(text: str, codes: tuple[str, ...]) -> ResidentId:
    if _OLD_FOREIGN(text):
        # The dossier gives no rule for its check digit, so only form and date are judged.
        year, month_day = int(text[7:9]), text[9:13]
        birth = next((b for c in (19, 20) if (b := _birth(f"{c}{year:02}{month_day}")[1])), "")
        found = codes if birth else (*codes, "id_number.birth_date")
        return ResidentId("foreign_permit", text, bool(birth), "", "", "", "", found)
    if not text.isdigit():
        return _other(text, codes)
    birth = _birth("19" + text[6:12])[1]
    found = (*codes, "id_number.fifteen")
    if not region.known(text[:6]):
        found += ("id_number.region",)
    if not birth:
        found += ("id_number.birth_date",)
    return ResidentId("resident15", text, False, birth, _MALE[int(text[14]) % 2], text[:6], "", found)


def _other(text: str, codes: tuple[str, ...]) -> ResidentId:
    """Another document, or an identity number with a slip of the hand; it stays as it is written."""
    if len(text) == 8 and text.isdigit() and _birth(text)[1]:
        return ResidentId("", "", codes=(*codes, "id_number.not_identity"))
    if _DOCUMENT(text):
        return ResidentId("other", text, codes=codes)
    digits = sum(character.isdigit() for character in text)
    slip: Kind = "resident18" if 16 <= len(text) <= 20 and digits >= 14 else "other"
    if len(text) == 18:
        code = "id_number.charset"
    elif text.removesuffix("X").isdigit():
        code = "id_number.length"
    else:
        code = "id_number.format"
    return ResidentId(slip, text, codes=(*codes, code))


def _clean(raw: str) -> str:
    return raw if _PLAIN(raw) else _parse_written(raw).number


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(number: str) -> str:
    """Show the first four and the last four characters, the form that public lists use.

    The birth date stays hidden; other documents show only their ends.
    """
    shown = 4 if len(number) >= 15 else 1
    if len(number) <= 2 * shown:
        return "*" * len(number)
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[-shown:]


def _keys(number: str) -> Mapping[str, str]:
    """Overlapping parts: a slip of one digit leaves at least one key equal. Hidden parts give no key."""
    text = to_eighteen(number)
    if len(text) != 18:
        return {"number": text} if text and "*" not in text else {}
    parts = {
        "number": text,
        "region_birth": text[:14],
        "birth_sequence": text[6:],
        "region_sequence": text[:6] + text[14:],
        "first15": text[:15],
    }
    return {name: part for name, part in parts.items() if "*" not in part}


_TOLD = (
    (),
    ("id_number.region",),
    ("id_number.check_digit",),
    ("id_number.region", "id_number.check_digit"),
)
FIELD = Field("resident_id", _clean, _validate, _mask, _keys, Glance(look_resident, _TOLD))
