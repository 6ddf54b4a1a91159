"""Birth date, in every form in which lists carry it; partly known dates stay partly known.

Nothing is guessed: where day and month cannot be told apart, or the day does not exist, the text keeps
only what is sure. A lunar date is converted; that any date may be a lunar one is the matcher's question
(``read_as_lunar``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lunardate import LunarDate

from schemas.fields.field import Field

_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(18264, 62093)
"""Spreadsheet day numbers of 1950 to 2069; others of five digits are not taken for a date."""

_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE = "〇零○一二三四五六七八九十廿卅"
_MISSING = re.compile(r"(?i)[-/\\.?*_0:年月日\s]*|无|不详|未知|不明|空|N/?A|NULL|NONE|NAN|NAT|#.*")
_EMPTY_SERIAL = frozenset({"1899-12-30", "1899-12-31", "1900-01-00", "1900-01-01"})
_NOISE = re.compile(
    r"出生日期|出生年月日?|出生于?|生于|生日|生$|[约'`\"]|左右|\(?(?:公历|阳历|国历|新历)\)?[:：]?"
)
_LUNAR_WORDS = re.compile(r"\(?(?:农历|農曆|阴历|陰曆|旧历|古历|夏历|阴|农)\)?[:：]?")
_LUNAR_SIGNS = re.compile(r"正月|冬月|腊月|闰|初[一二三四五六七八九十]|廿|年十[一二]月.?初")
_CLOCK = re.compile(r"[T\s]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9:]+)?$")
_PARTED = re.compile(r"([0-9]{1,4})[-/.,年\\]([0-9]{1,2})(?:[-/.,月\\]([0-9]{1,4})?[日号]?)?").fullmatch
# What needs no second look: a year of our time, a month and a day, in the forms that nearly all lists use.
_EIGHT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})").fullmatch
_USUAL = re.compile(
    r"((?:19|20)[0-9]{2})[-/.年](0?[1-9]|1[0-2])[-/.月](0?[1-9]|[12][0-9]|3[01])日?"
).fullmatch
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})").fullmatch


@dataclass(frozen=True, slots=True)
class BirthDate:
    """What a birth-date cell says.

    Attributes:
        text: "YYYY-MM-DD", "YYYY-MM", "YYYY" or "": as much as is sure, always solar.
        year, month, day: the same as numbers, 0 where unknown.
        lunar: the cell says that its date is a lunar one; text is the solar date of it.
        codes: issue codes.
    """

    text: str
    year: int = 0
    month: int = 0
    day: int = 0
    lunar: bool = False
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def parse(raw: str) -> BirthDate:
    """Read one cell of a birth-date column."""
    if (usual := _USUAL(raw) or _EIGHT(raw)) is not None:
        return _checked(*usual.groups())
    text = unicodedata.normalize("NFKC", raw).strip()
    if not text:
        return BirthDate("")
    if len(text) > 60:
        return BirthDate("", codes=("birth_date.format",))
    text = re.sub(r"\s*([-/.年月])\s*", r"\1", _CLOCK.sub("", text))
    text = re.sub(r"\s", "", _NOISE.sub("", text)).strip(",.;。，；")
    if _MISSING.fullmatch(text) or text in _EMPTY_SERIAL:
        return BirthDate("", codes=("birth_date.placeholder",))
    if _LUNAR_WORDS.search(text) or _LUNAR_SIGNS.search(text):
        return _lunar(text)
    text = _numerals(text)
    if re.fullmatch(r"[0-9]+(?:\.0*)?", text):
        return _digits(text.partition(".")[0])
    if re.fullmatch(r"[0-9]{5}\.[0-9]+", text):
        return _serial(int(text[:5]))
    if (year := re.fullmatch(r"([0-9]{4}|[0-9]{2})年", text)) is not None:
        return _checked(year[1], "", "")
    if (found := _PARTED(text)) is not None:
        return _parted(found[1], found[2], found[3] or "", text)
    return BirthDate("", codes=("birth_date.format",))


def _numerals(text: str) -> str:
    """Write Chinese numerals as digits: 二〇一五年三月十八日 -> 2015年3月18日."""

    def read(found: re.Match[str]) -> str:
        word = found[0].replace("廿", "二十").replace("卅", "三十")
        tens, ten, ones = word.partition("十")
        if not ten:
            return word.translate(_DIGITS)
        return str(int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0))

    return re.sub(rf"[{_CHINESE}]+", read, text)


def _digits(text: str) -> BirthDate:
    """Digits without any mark between: 20150318, 201503, 150318, 2015, or a spreadsheet's day number."""
    if len(text) == 8:
        return _checked(text[:4], text[4:6], text[6:])
    if len(text) == 6 and text[:2] in ("19", "20") and int(text[4:]) <= 12:
        return _checked(text[:4], text[4:], "")
    if len(text) == 6:
        return _checked(text[:2], text[2:4], text[4:])
    if len(text) == 5 and int(text) in _SERIALS:
        return _serial(int(text))
    if len(text) == 4:
        return _checked(text, "", "")
    return BirthDate("", codes=("birth_date.format",))


def _serial(number: int) -> BirthDate:
    if number not in _SERIALS:
        return BirthDate("", codes=("birth_date.format",))
    day = _SERIAL_ZERO + timedelta(days=number)
    return BirthDate(day.isoformat(), day.year, day.month, day.day, codes=("birth_date.serial",))


def _parted(first: str, second: str, third: str, text: str) -> BirthDate:
    if len(first) == 4 and len(third) <= 2:
        if not third and text == f"{first}.1":
            # A numeric cell shows 2015.10 as 2015.1.
            return BirthDate(first, int(first), codes=("birth_date.ambiguous",))
        return _checked(first, second, third)
    if len(third) == 4 and len(first) <= 2:
        if int(first) <= 12 and int(second) <= 12 and first != second:
            return BirthDate(third, int(third), codes=("birth_date.ambiguous",))
        month, day = (second, first) if int(first) > 12 else (first, second)
        return _checked(third, month, day)
    if len(first) == 2 and len(third) in (1, 2):
        return _checked(first, second, third)
    return BirthDate("", codes=("birth_date.format",))


def _checked(year_text: str, month_text: str, day_text: str) -> BirthDate:
    """Keep year, month and day as far as they exist; what does not exist is unknown, with its code."""
    codes: tuple[str, ...] = ()
    year, month, day = int(year_text), int(month_text or 0), int(day_text or 0)
    if len(year_text) == 2:
        year += 2000 if year < 50 else 1900
        codes = ("birth_date.two_digit_year",)
    if not 1850 <= year < 2100:
        return BirthDate("", codes=("birth_date.year",))
    if month > 12:
        return BirthDate(f"{year}", year, codes=(*codes, "birth_date.month"))
    if not month:
        return BirthDate(f"{year}", year, codes=(*codes, "birth_date.partial"))
    if not day:
        return BirthDate(f"{year}-{month:02}", year, month, codes=(*codes, "birth_date.partial"))
    try:
        text = date(year, month, day).isoformat()
    except ValueError:
        return BirthDate(f"{year}-{month:02}", year, month, codes=(*codes, "birth_date.day"))
    if text in _EMPTY_SERIAL:
        return BirthDate("", codes=("birth_date.placeholder",))
    return BirthDate(text, year, month, day, codes=codes)


def _lunar(text: str) -> BirthDate:
    """Convert a date that calls itself lunar, by a word or by the names of its months and days."""
    bare = _LUNAR_WORDS.sub("", text).strip("()")
    leap = "闰" in bare
    for word, number in (("闰", ""), ("正月", "1月"), ("冬月", "11月"), ("腊月", "12月"), ("初", "")):
        bare = bare.replace(word, number)
    bare = _numerals(bare)
    found = _PARTED(bare) or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0*)?", bare)
    if found is None or not found[3] or len(found[1]) != 4:
        return BirthDate("", lunar=True, codes=("birth_date.lunar_unread",))
    solar = _solar(int(found[1]), int(found[2]), int(found[3]), leap)
    if solar is None:
        return BirthDate("", lunar=True, codes=("birth_date.lunar_unread",))
    return BirthDate(solar.isoformat(), solar.year, solar.month, solar.day, True, ("birth_date.lunar",))


def _solar(year: int, month: int, day: int, leap: bool = False) -> date | None:
    try:
        solar: date = LunarDate(year, month, day, leap).to_solar_date()
    except (ValueError, IndexError):
        return None
    return solar


@lru_cache(maxsize=65536)
def read_as_lunar(text: str) -> str:
    """The solar date if the year, month and day written ("YYYY-MM-DD") are lunar ones; "" if impossible.

    >>> read_as_lunar("2015-01-28")
    '2015-03-18'
    """
    found = _ISO(text)
    solar = _solar(int(found[1]), int(found[2]), int(found[3])) if found else None
    return solar.isoformat() if solar else ""


def _clean(raw: str) -> str:
    return parse(raw).text


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(text: str) -> str:
    """Show the year only."""
    return text[:4] + re.sub(r"[0-9]", "*", text[4:])


def _keys(text: str) -> Mapping[str, str]:
    """Any two of year, month and day: one part written wrongly leaves one key equal."""
    parts = text.split("-") if text else []
    if len(parts) == 3:
        year, month, day = parts
        return {
            "day": text,
            "month": f"{year}-{month}",
            "year_day": f"{year}--{day}",
            "month_day": f"{month}-{day}",
        }
    return {"month": text} if len(parts) == 2 else {"year": text} if parts else {}


FIELD = Field("birth_date", _clean, _validate, _mask, _keys)
