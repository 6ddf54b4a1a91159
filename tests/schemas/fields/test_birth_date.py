"""Birth dates: every way to write one day gives that day, and what is not sure is left out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields.birth_date import FIELD, parse, read_as_lunar

DAYS = st.dates(date(1955, 1, 1), date(2060, 12, 31))
NUMERALS = "〇一二三四五六七八九十"


def in_words(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十") + (
        NUMERALS[ones] if ones else ""
    )


@given(DAYS)
def test_every_form_of_a_day_is_that_day(day: date) -> None:
    year = "".join(NUMERALS[int(digit)] for digit in str(day.year))
    serial = (day - date(1899, 12, 30)).days
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day:%Y%m%d}.0",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y-%m-%d} 00:00:00",
        f"{year}年{in_words(day.month)}月{in_words(day.day)}日",
        str(serial),
        f"{serial}.0",
        f"{day.year}年{day.month}月{day.day}日生",
    ]
    assert {FIELD.clean(form) for form in forms} == {day.isoformat()}


@given(DAYS)
def test_a_day_has_its_parts(day: date) -> None:
    parsed = parse(day.isoformat())
    assert (parsed.year, parsed.month, parsed.day) == (day.year, day.month, day.day)
    assert not parsed.lunar


@given(DAYS, st.sampled_from([("year", 1), ("month", 1), ("day", 1)]))
def test_one_wrong_part_leaves_a_key_equal(day: date, change: tuple[str, int]) -> None:
    part, step = change
    try:
        other = day.replace(**{part: getattr(day, part) + step})
    except ValueError:
        return
    mine, theirs = FIELD.keys(day.isoformat()), FIELD.keys(other.isoformat())
    assert any(theirs[name] == key for name, key in mine.items())


@given(DAYS)
def test_the_mask_shows_the_year(day: date) -> None:
    assert FIELD.mask(day.isoformat()) == f"{day.year}-**-**"


@given(st.dates(date(1990, 1, 1), date(2025, 12, 1)))
def test_a_lunar_date_comes_three_to_eight_weeks_later(day: date) -> None:
    solar = read_as_lunar(day.isoformat())
    if solar:
        assert timedelta(days=15) < date.fromisoformat(solar) - day < timedelta(days=60)


@pytest.mark.parametrize(
    ("text", "solar"),
    [
        ("2015-01-28", "2015-03-18"),
        ("2015-01-01", "2015-02-19"),
        ("2015-12-08", "2016-01-17"),
        ("2015-02-30", "2015-04-18"),
        ("2015-02-31", ""),
        ("2015-02", ""),
        ("", ""),
    ],
)
def test_read_as_lunar(text: str, solar: str) -> None:
    assert read_as_lunar(text) == solar


@pytest.mark.parametrize(
    "raw", ["农历2015年正月二十八", "2015-1-28(农历)", "阴历2015.1.28", "2015年正月廿八"]
)
def test_a_lunar_date_is_known_as_one(raw: str) -> None:
    assert parse(raw).lunar
    assert parse(raw).text == "2015-03-18"
