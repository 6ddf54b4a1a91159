"""How each field is masked: text in, text out; which of it who sees says ``schemas.masking``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from schemas.fields import fields

HIDDEN = "***"


class Seer(Protocol):
    """Who looks, as a sentence needs it (``schemas.masking.Sight``)."""

    def level(self, field: str) -> str:
        """Of a field."""

    def show(self, column: str, value: str) -> str:
        """A value as it is seen."""


NUMBERS = frozenset({"id_number", "head_id", "guardian_id", "student_no", "disability_no"})
_CORE = re.compile(r"^([GJL]?)([0-9*]{6})([0-9*]{4})[0-9*]{7}[0-9X*]")
_VILLAGE = re.compile(r"^.*?(?:村民委员会|居民委员会|村委会|居委会|社区|嘎查|村)")
_TOWNSHIP = re.compile(r"^.*?(?:街道|苏木|镇|乡)")
_COUNTY = re.compile(r"^.*?(?:自治县|县|区|旗|市)")


def number(number: str, coarse: bool, birth_shown: bool) -> str:
    """Six first and four last characters; without the last where the birth date is seen; or the year only."""
    found = _CORE.match(number)
    if coarse:
        return f"{found[3]}年生" if found and found[3].isdigit() else HIDDEN
    if not found:
        return number[:1] + "*" * (len(number) - 1) if number else ""
    end = len(found[0])
    # Behind the number of a disability certificate stand category and grade.
    tail = "*" * 4 if birth_shown else number[end - 4 : end]
    return found[1] + found[2] + "*" * 8 + tail + "*" * (len(number) - end)


def _phone(number: str) -> str:
    """138****1234; of a shorter number the last four."""
    if len(number) >= 11:
        return number[:3] + "*" * (len(number) - 7) + number[-4:]
    return "*" * max(len(number) - 4, 4) + number[-4:] if len(number) > 6 else "*" * len(number)


def _address(text: str) -> str:
    """As far as the village."""
    found = _VILLAGE.match(text)
    return found[0] + HIDDEN if found else _township(text)


def _township(text: str) -> str:
    """As far as the township, else the county."""
    found = _TOWNSHIP.match(text) or _COUNTY.match(text)
    return found[0] + HIDDEN if found else HIDDEN


def _group(text: str) -> str:
    """Without what stands behind a colon: 残疾:智力二级 is 残疾."""
    return ";".join(dict.fromkeys(re.split("[:：]", each)[0] for each in text.split(";")))


def _group_without_health(text: str) -> str:
    return ";".join(each for each in _group(text).split(";") if not each.startswith("残疾"))


def _all(text: str) -> str:
    return HIDDEN


def _of(kind: str) -> Callable[[str], str]:
    return fields()[kind].mask


MASKS: Mapping[str, Callable[[str], str]] = {
    "name": _of("personal_name"),
    "former_name": _of("personal_name"),
    "head_name": _of("personal_name"),
    "guardian_name": _of("personal_name"),
    "birth_date": _of("birth_date"),
    "phone": _phone,
    "address": _address,
    "live_address": _address,
    "group": _group,
    "household_no": _all,
    "disability_category": _all,
    "disability_grade": _all,
    "ethnicity": _all,
    "aid_project": _all,
    "aid_amount": _all,
    "remark": _all,
    "village": _all,
    "case_note": _all,
}
COARSE: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(MASKS, _all),
    "address": _township,
    "live_address": _township,
    "group": _group_without_health,
}

EVERY = frozenset(MASKS) | NUMBERS
"""Every field that is masked."""

_CLAUSES = re.compile(r"([；。])")
_QUOTE = re.compile(r"：|(?<![0-9]):")
_ANY_NUMBER = re.compile(r"(?<![0-9])[0-9]{6}(?:[0-9*]{11}[0-9Xx*]|[0-9]{9})(?![0-9])")
_ANY_ENDS = re.compile(r"[0-9A-Za-z.+-]*\*{6,}[0-9A-Za-z.+*-]*")
"""A number that a connector has masked: its ends, which tell the whole to who sees the birth date."""
_ANY_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_QUOTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("证件", ("id_number", "guardian_id")),
    ("号码", ("id_number", "guardian_id", "phone")),
    ("残疾", ("disability_no", "disability_category")),
    ("学籍号", ("student_no",)),
    ("姓名", ("name",)),
    ("曾用名", ("former_name",)),
    ("出生", ("birth_date",)),
    ("生日", ("birth_date",)),
    ("家长", ("guardian_name", "head_name")),
    ("监护", ("guardian_name", "head_name")),
    ("户主", ("guardian_name", "head_name")),
    ("电话", ("phone",)),
    ("住址", ("address",)),
    ("地址", ("address",)),
    ("民族", ("ethnicity",)),
    ("性别", ()),
    ("学校", ()),
    ("年级", ()),
)


def sentence(text: str, seer: Seer) -> str:
    """Keep what is said and drop what is quoted, unless every field that the clause speaks of is clear."""
    parts = _CLAUSES.split(text)
    return "".join(part if at % 2 else _clause(part, seer) for at, part in enumerate(parts))


def _clause(clause: str, seer: Seer) -> str:
    quote = _QUOTE.search(clause)
    if quote:
        said = clause[: quote.start()]
        spoken = [names for word, names in _QUOTED if word in said]
        wanted = {name for names in spoken for name in names} if spoken else EVERY
        if any(seer.level(name) != "clear" for name in wanted):
            clause = said
    return digits(clause, seer)


def _without_end(ends: str, seer: Seer) -> str:
    """A masked number without what stands behind its stars, unless it is one as the seer sees it anyway."""
    if _ANY_NUMBER.fullmatch(ends):
        return ends
    return seer.show("id_number", ends)


def digits(text: str, seer: Seer) -> str:
    """Somebody's own words with the numbers in them as they are seen: identity numbers, telephones."""
    if seer.level("id_number") != "clear":
        text = _ANY_ENDS.sub(lambda found: _without_end(found[0], seer), text)
    for field, pattern in (("id_number", _ANY_NUMBER), ("phone", _ANY_PHONE)):
        if seer.level(field) != "clear":
            text = pattern.sub(lambda found, field=field: seer.show(field, found[0].upper()), text)  # type: ignore[misc]
    return text
