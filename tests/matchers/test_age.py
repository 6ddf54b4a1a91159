"""School age against plain arithmetic with dates (domain notes 1.5)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.age import IN_AGE, OVER_AGE, TOO_YOUNG, UNKNOWN, SchoolAge
from matchers.lunar import solar_if_lunar

YEARS = st.integers(2016, 2040)
DAYS = st.dates(date(1990, 1, 1), date(2045, 12, 31))
WINDOWS = [
    (2026, "2011-09-01", "2020-08-31"),
    (2025, "2010-09-01", "2019-08-31"),
    (2021, "2006-09-01", "2015-08-31"),
]


def packed(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def sorted_at(year: int, *births: int) -> list[int]:
    return SchoolAge(year).sort(np.array(births, dtype=np.int32)).tolist()


@pytest.mark.parametrize(("year", "oldest", "youngest"), WINDOWS)
def test_the_window(year: int, oldest: str, youngest: str) -> None:
    first, last = date.fromisoformat(oldest), date.fromisoformat(youngest)
    day = timedelta(days=1)
    births = [packed(each) for each in (first - day, first, last, last + day)]
    assert sorted_at(year, *births) == [OVER_AGE, IN_AGE, IN_AGE, TOO_YOUNG]


@pytest.mark.parametrize(
    ("as_of", "year"),
    [("2026-09-01", 2026), ("2026-08-31", 2025), ("2027-01-15", 2026), ("2026-12-31", 2026)],
)
def test_the_school_year_of_a_day(as_of: str, year: int) -> None:
    assert SchoolAge.at(date.fromisoformat(as_of)).year == year


@given(YEARS, DAYS)
def test_a_whole_birthday(year: int, born: date) -> None:
    if born < date(year - 15, 9, 1):
        expected = OVER_AGE
    elif born > date(year - 6, 8, 31):
        expected = TOO_YOUNG
    else:
        expected = IN_AGE
    assert sorted_at(year, packed(born)) == [expected]


@given(YEARS, DAYS)
def test_an_incomplete_birthday_leaves_no_child_out(year: int, born: date) -> None:
    """Whoever is in age by the whole birthday is so by its month and by its year."""
    whole, month, only_year = sorted_at(year, packed(born), packed(born) // 100 * 100, born.year * 10000)
    if whole == IN_AGE:
        assert (month, only_year) == (IN_AGE, IN_AGE)
    if month == IN_AGE:
        assert only_year == IN_AGE
    assert sorted_at(year, 0) == [UNKNOWN]


@given(YEARS, st.integers(2000, 2036), st.integers(0, 12))
def test_an_incomplete_birthday_is_in_age_only_if_some_day_is(year: int, born: int, month: int) -> None:
    days = [packed(date(born, m, d)) for m in ([month] if month else range(1, 13)) for d in (1, 28)]
    months_end = [
        date(born + (m == 12), m % 12 + 1, 1) - timedelta(days=1) for m in ([month] if month else [12])
    ]
    days += [packed(each) for each in months_end]
    possible = IN_AGE in sorted_at(year, *days)
    assert (sorted_at(year, born * 10000 + month * 100) == [IN_AGE]) == possible


@given(YEARS, DAYS)
def test_the_grade_due(year: int, born: date) -> None:
    """Grade 1 in the school year before which the child turns six by 31 August; 0 outside school age."""
    six = born.year + 6 if (born.month, born.day) <= (8, 31) else born.year + 7
    due = year - six + 1
    found = SchoolAge(year).grade(np.array([packed(born)], dtype=np.int32)).tolist()
    assert found == [due if 1 <= due <= 9 else 0]
    assert (found[0] > 0) == (sorted_at(year, packed(born)) == [IN_AGE])


def test_grades_of_the_notes() -> None:
    births = np.array([20190831, 20100901, 0], dtype=np.int32)
    assert SchoolAge(2025).grade(births).tolist() == [1, 9, 0]


def test_other_entry_ages() -> None:
    late = SchoolAge.at(date(2026, 9, 1), entry_age=7, years=8)
    assert (late.oldest, late.youngest) == (20110901, 20190831)


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [(20150101, 20150219), (20131230, 20140130), (20130327, 20130506), (20150300, 0), (0, 0)],
)
def test_lunar_days(lunar: int, solar: int) -> None:
    assert solar_if_lunar(np.array([lunar], dtype=np.int32)).tolist() == [solar]
