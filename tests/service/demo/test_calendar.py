"""A made-up county stands in its days: those of its school year, and in a play those of each quarter."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from service.county_time import COUNTY_TIME, now, standing_at, today
from service.demo.people import make_people
from service.demo.quarters import school_year
from service.demo.truth import settle


@pytest.mark.parametrize(
    ("now", "quarters", "begin", "year"),
    [
        (date(2026, 11, 22), 3, False, 2025),
        (date(2027, 5, 18), 3, False, 2026),
        (date(2027, 5, 16), 3, False, 2025),
        (date(2027, 5, 16), 2, True, 2026),
        (date(2027, 3, 5), 2, True, 2025),
        (date(2026, 9, 30), 4, False, 2025),
    ],
)
def test_the_quarters_that_are_played_are_past(now: date, quarters: int, begin: bool, year: int) -> None:
    assert school_year(now, quarters, begin=begin) == year


def test_the_clock_stands_where_it_is_set_for_the_caller_alone() -> None:
    seen: list[date] = []
    with standing_at(datetime(2026, 3, 13, 23, 30, tzinfo=COUNTY_TIME)):
        assert today() == date(2026, 3, 13)
        assert now() >= datetime(2026, 3, 13, 15, 30, tzinfo=UTC)
        other = threading.Thread(target=lambda: seen.append(today()))
        other.start()
        other.join()
        with standing_at(datetime(2026, 6, 1, 9, tzinfo=COUNTY_TIME)):
            assert today() == date(2026, 6, 1)
        assert today() == date(2026, 3, 13)
    assert seen == [today()]
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("year", [2023, 2025, 2026])
def test_a_county_is_of_its_school_year(year: int) -> None:
    """School age by the rule, the same children otherwise; grades follow the age."""
    county, usual = make_people(400, 5, year=year), make_people(400, 5)
    settle(county)
    settle(usual)
    table, born = county.children, county.children["birth"]
    of_age = (born >= (year - 15) * 10_000 + 901) & (born <= (year - 6) * 10_000 + 831)
    assert (table["school_age"] == of_age).all()
    assert abs(int(of_age.sum()) - int(usual.children["school_age"].sum())) <= 2
    first = table["school_age"] & (born > (year - 7) * 10_000 + 831)
    assert (table["grade"][first] <= 2).all()
