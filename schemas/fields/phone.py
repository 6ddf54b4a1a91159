"""Telephone number: mobile (11 digits from 13 to 19) or fixed line with or without area code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from schemas.fields.field import Field
from schemas.fields.glance import Glance
from schemas.fields.plain_numbers import look_mobile

_MOBILE = re.compile(r"1[3-9][0-9*]{9}").fullmatch
_FIXED = re.compile(r"0[1-9][0-9]{8,10}").fullmatch
_LOCAL = re.compile(r"[2-9][0-9]{6,7}").fullmatch
_MISSING = re.compile(r"(?i)[-/\\.?*_\s]*|无|没有|暂无|不详|未知|空|N/?A|NULL|NONE|NAN")
_SAME = re.compile(r"(?:[0-9]*?)([0-9])\1{7,}").fullmatch
_SPLIT = re.compile(r"[、,，/;；|\\\n\r\t]+|\s{2,}|(?<=[0-9]{11})\s+|或")
_NO_DIGIT = re.compile(r"[^0-9*]+")
_POINT_ZERO = re.compile(r"\.0*$")
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?E\+?10").fullmatch


@dataclass(frozen=True, slots=True)
class Phone:
    """What a telephone cell says: the first usable number, what else there was, issue codes."""

    number: str
    others: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=64)  # a value is cleaned and then checked: one reading serves both
def parse(raw: str) -> Phone:
    """Read one cell of a telephone column; digits only, no country code, ``*`` for hidden digits."""
    text = unicodedata.normalize("NFKC", raw).strip().strip("'`\"")
    if _MISSING.fullmatch(text):
        return Phone("", codes=("phone.placeholder",) if raw.strip() else ())
    if len(text) > 200:
        return Phone("", codes=("phone.format",))
    if lost := _SCIENTIFIC(text.upper()):
        whole = lost[1] + (lost[2] or "")
        if len(whole) < 11:
            return Phone("", codes=("phone.float",))
        text = whole
    found = [_digits(piece) for piece in _SPLIT.split(text)]
    numbers = list(dict.fromkeys(number for number in found if number))
    good = [number for number in numbers if _MOBILE(number) or _FIXED(number) or _LOCAL(number)]
    good = [number for number in good if not _SAME(number)]
    if not good:
        if numbers and all(_SAME(number) for number in numbers):
            return Phone("", codes=("phone.placeholder",))
        return Phone("".join(numbers[:1]), tuple(numbers[1:]), ("phone.format",))
    codes = [
        code for code, holds in (("phone.several", len(good) > 1), ("phone.masked", "*" in good[0])) if holds
    ]
    return Phone(good[0], tuple(number for number in numbers if number != good[0]), tuple(codes))


def _digits(piece: str) -> str:
    digits = _NO_DIGIT.sub("", _POINT_ZERO.sub("", piece.strip()))
    if not digits.strip("*"):
        return ""
    for country in ("0086", "86"):
        if digits.startswith(country) and _MOBILE(digits[len(country) :]):
            return digits[len(country) :]
    return digits


def _clean(raw: str) -> str:
    return parse(raw).number


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(number: str) -> str:
    """Show the first three and the last two digits of a mobile number, less of a shorter one."""
    if len(number) < 7:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def _keys(number: str) -> Mapping[str, str]:
    """``number``, and ``local``: its last seven digits, with or without an area code."""
    return {"number": number, "local": number[-7:]} if len(number) >= 7 and "*" not in number else {}


FIELD = Field("phone", _clean, _validate, _mask, _keys, Glance(look_mobile))
