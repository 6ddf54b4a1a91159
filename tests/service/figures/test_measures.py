"""Indicators by name: both families of formulas, and what cannot be computed says so."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from schemas.case import outcomes
from schemas.indicator import (
    AT_SCHOOL,
    BACK,
    DROPPED_OUT,
    FAMILIES,
    FINISHED,
    NEVER,
    NO_CHILD,
    OUT,
    indicators,
    standing_of,
)
from service.figures.measures import Known, Measure, measures_of
from service.figures.place import Figures, Place

KNOWN = Known(year=(12, 4_000), agreement=(45, 50), corrections=(30, 40))

COUNTY = Place("659901")
COUNTY.listed.update(in_class=4_000, absent=20, review=30, not_enrolled=50)
COUNTY.cases.update(closed=60, out_of_school=10, watch=3, apart=4, explained=8, pending=15)
COUNTY.counts.update(
    {
        "of_age": 4_105, "of_age_no_child": 15, "of_age_finished": 2, "at_school": 4_043, "at_school_off": 3,
        "disabled": 50, "disabled_no_child": 2, "disabled_at_school": 45, "disabled_finished": 1,
        "dropped_out": 7, "returned": 5, "false": 54, "again": 25, "late": 6,
    }
)  # fmt: skip
COUNTY.days = (3.25, 12.5)

NAMED = {
    "P1": (7, 4_050, "0.17%"),
    "P2": (5, 15, "33.33%"),
    "P3": (4_040, 4_100, "98.54%"),
    "O2": (12, 4_000, "0.30%"),
    "O5": (4_045, 4_090, "98.90%"),
    "O6": (46, 48, "95.83%"),
    "W1": (4_050, 4_100, "98.78%"),
    "W2": (4_020, 4_100, "98.05%"),
    "W3": (30, 4_100, "0.73%"),
    "W4": (50, 4_100, "1.22%"),
    "W5": (54, 60, "90.00%"),
    "W6": (15, None, "15"),
    "W7": (6, None, "6"),
    "W8": (None, None, "3.2 天"),
    "W9": (None, None, "12.5 天"),
    "W10": (45, 50, "90.00%"),
    "W11": (30, 40, "75.00%"),
    "W12": (25, 100, "25.00%"),
}


def measured(place: Place, known: Known = KNOWN, state: str = "verifying") -> dict[str, Measure]:
    of = SimpleNamespace(state=state)
    told = Figures(of, None, place, [], False)  # type: ignore[arg-type]
    return {each.indicator.code: each for each in measures_of(place, told, known, county=True)}


@pytest.mark.parametrize("code", NAMED)
def test_an_indicator_by_name(code: str) -> None:
    each = measured(COUNTY)[code]
    assert (each.numerator, each.denominator, each.shown) == NAMED[code]
    assert each.why_not == ""


def test_what_cannot_be_computed_says_what_it_would_need() -> None:
    told = measured(COUNTY)
    assert set(told) == {*NAMED, "O1", "O3", "O4"} == set(indicators())
    for code in ("O1", "O3", "O4"):
        assert told[code].value is None
        assert told[code].shown == "—"
        assert "还需要" in told[code].why_not
    assert "九年前" in told["O3"].why_not


def test_nothing_is_guessed_where_nothing_is_there() -> None:
    told = measured(Place("659901"), Known())
    assert {code: each.shown for code, each in told.items() if each.shown != "—"} == {"W6": "0", "W7": "0"}
    assert all(each.why_not for code, each in told.items() if code not in ("W6", "W7"))
    assert "秋季" in told["O2"].why_not


def test_in_a_signed_round_nothing_is_late() -> None:
    assert measured(COUNTY, state="signed")["W7"].why_not


def test_the_plans_ratio_does_not_bear_the_official_name() -> None:
    """What county plans call 义务教育巩固率 divides those at school by those of age: it is no 巩固率."""
    told = indicators()
    assert told["P3"].name.startswith("适龄儿童在校比例")
    assert {code for code, each in told.items() if each.name.endswith("巩固率")} == {"O3"}
    assert {each.family for each in told.values()} == set(FAMILIES)
    assert all(each.formula and each.source for each in told.values())
    assert all(each.needs or each.numerator for each in told.values())


def test_each_outcome_has_one_standing() -> None:
    named = [*AT_SCHOOL, *FINISHED, *NO_CHILD, *OUT]
    assert len(named) == len(set(named))
    assert set(named) <= set(outcomes())
    assert set(OUT) == {*DROPPED_OUT, *NEVER}
    assert BACK == ("D08",)
    counted = Counter(standing_of(code) for code in outcomes())
    assert counted == {"at_school": 17, "finished": 2, "no_child": 10, "out": 7, "away": 12}
    # Whoever is counted as out of school is at no school, and whoever is there closes its case in the end.
    assert all(outcomes()[code].counts == "no" for code in (*AT_SCHOOL, *FINISHED, *NO_CHILD))
