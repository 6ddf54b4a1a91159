"""How long is left: computed from what happened and from the limits, as a table of named cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.limits import LIMITS, after_workdays
from service.cases.clock import COUNTY_TIME, clocks, end_of
from service.cases.models import Case, CaseEvent, CaseRequest
from service.limits.rules import Limits

DEFAULT = Limits({code: limit.amount for code, limit in LIMITS.items()})
NOON = datetime(2026, 9, 18, 12, tzinfo=COUNTY_TIME)
"""A Friday."""


@pytest.mark.parametrize(
    ("day", "count", "after"),
    [
        (date(2026, 9, 18), 0, date(2026, 9, 18)),
        (date(2026, 9, 18), 1, date(2026, 9, 21)),
        (date(2026, 9, 18), 5, date(2026, 9, 25)),
        (date(2026, 9, 19), 1, date(2026, 9, 21)),
        (date(2026, 9, 14), 10, date(2026, 9, 28)),
    ],
)
def test_working_days_leave_out_the_weekend(day: date, count: int, after: date) -> None:
    assert after_workdays(day, count) == after


def found_out(at: datetime, day: str) -> CaseEvent:
    return CaseEvent(id=1, kind="found_out", at=at.astimezone(UTC), detail={"day": day})


CASES = {
    "to accept, two working days": (
        Case(state="assigned", assigned_at=NOON, due=None),
        [],
        {"签收": (end_of(date(2026, 9, 22)), "running")},
    ),
    "the result is due in two days": (
        Case(state="verifying", due=date(2026, 9, 20)),
        [],
        {"上报核查结果": (end_of(date(2026, 9, 20)), "soon")},
    ),
    "the result is late": (
        Case(state="verifying", due=date(2026, 9, 17)),
        [],
        {"上报核查结果": (end_of(date(2026, 9, 17)), "late")},
    ),
    "found today": (
        Case(state="verifying"),
        [found_out(NOON, "2026-09-18")],
        {"书面报告": (NOON + timedelta(hours=24), "soon"), "当日上报": (end_of(date(2026, 9, 18)), "soon")},
    ),
    "found the day before yesterday, written down today": (
        Case(state="verifying"),
        [found_out(NOON, "2026-09-16")],
        {
            "书面报告": (end_of(date(2026, 9, 17)), "late"),
            "当日上报": (end_of(date(2026, 9, 16)), "late"),
        },
    ),
    "found and reported": (
        Case(state="verifying"),
        [found_out(NOON, "2026-09-18"), CaseEvent(id=2, kind="report", at=NOON, detail={})],
        {"书面报告": (NOON + timedelta(hours=24), "kept"), "当日上报": (end_of(date(2026, 9, 18)), "kept")},
    ),
    "closed": (Case(state="closed", due=date(2026, 9, 1)), [], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_clocks_of_a_case(name: str) -> None:
    case, events, wanted = CASES[name]
    found = clocks(case, events, [], DEFAULT, NOON)
    assert {each.what: (each.until, each.state) for each in found} == wanted


def test_the_most_urgent_stands_first() -> None:
    case = Case(state="verifying", due=date(2026, 9, 30))
    asked = [CaseRequest(kind="help", state="asked", due=date(2026, 9, 10))]
    answered = [CaseRequest(kind="check_back", state="answered", due=date(2026, 9, 1))]
    found = clocks(case, [], [*asked, *answered], DEFAULT, NOON)
    assert [(each.what, each.state) for each in found] == [
        ("协查的答复", "late"),
        ("上报核查结果", "running"),
    ]
