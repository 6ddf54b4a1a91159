"""The ladder: no step before the one that it needs, whoever wants it."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.case import STATES
from schemas.notice import LADDER, NOTICES, Given, obstacle
from schemas.permission import AGENCY_KINDS

DAY = date(2026, 10, 1)
"""The delivery of each step but the last in ``ladder``."""


def test_the_table_is_whole() -> None:
    assert LADDER == ("persuade", "return_by", "order", "penalty", "enforce", "sue")
    for kind in NOTICES.values():
        assert set(kind.issuers) <= set(AGENCY_KINDS)
        assert set(kind.states) <= set(STATES)
        assert kind.source
        assert not kind.after or LADDER.index(kind.after) < LADDER.index(kind.name)


def given(*kinds: str, served: date | None = DAY) -> list[Given]:
    return [Given(kind, f"甲〔2026〕{no}号", served, NOTICES[kind].term) for no, kind in enumerate(kinds, 1)]


@pytest.mark.parametrize(
    ("wanted", "before", "issuer", "state", "today", "why"),
    [
        ("persuade", given(), "school", "persuading", DAY, ""),
        ("persuade", given(), "police", "persuading", DAY, "不能由本单位制发"),
        ("persuade", given(), "school", "verifying", DAY, "劝返中"),
        ("persuade", given("persuade"), "school", "persuading", DAY, "不能重复制发"),
        ("persuade", given("persuade"), "school", "persuading", date(2026, 10, 9), ""),
        ("return_by", given(), "township", "persuading", DAY, "须先制发并送达《劝返通知书》"),
        ("return_by", given("persuade", served=None), "township", "persuading", DAY, "还没有登记送达"),
        ("return_by", given("persuade"), "township", "persuading", date(2026, 10, 8), "2026-10-08 期满后"),
        ("return_by", given("persuade"), "township", "persuading", date(2026, 10, 9), ""),
        ("return_by", given("persuade"), "education", "persuading", date(2026, 10, 9), "不能由本单位制发"),
        ("return_by", given("persuade"), "township", "watching", date(2026, 10, 9), "不能制发"),
        ("order", given("persuade"), "township", "persuading", date(2026, 12, 1), "《限期复学通知书》"),
        (
            "order",
            given("persuade", "return_by"),
            "education",
            "persuading",
            date(2026, 10, 11),
            "2026-10-11",
        ),
        ("order", given("persuade", "return_by"), "education", "persuading", date(2026, 10, 12), ""),
        ("penalty", given("persuade", "return_by"), "township", "persuading", date(2026, 12, 1), "责令"),
        ("penalty", given("order"), "township", "persuading", date(2026, 10, 17), ""),
        ("enforce", given("penalty"), "township", "persuading", date(2027, 4, 2), "期满后"),
        ("enforce", given("penalty"), "township", "persuading", date(2027, 4, 3), ""),
        ("sue", given("order"), "township", "persuading", date(2027, 4, 2), "《行政处罚决定书》"),
        ("sue", given("penalty"), "township", "persuading", date(2026, 10, 17), ""),
        ("inquiry", given(), "school", "verifying", DAY, ""),
        ("inquiry", given(), "school", "open", DAY, "请先分派"),
    ],
)
def test_a_step_waits_for_the_one_before(
    wanted: str, before: list[Given], issuer: str, state: str, today: date, why: str
) -> None:
    said = obstacle(NOTICES[wanted], before, issuer, state, today)
    assert why in said
    assert bool(said) == bool(why)


def test_the_latest_of_a_kind_counts() -> None:
    """A notice that was issued once more starts its term anew."""
    again = [*given("persuade"), Given("persuade", "乙〔2026〕9号", date(2026, 11, 1), 7)]
    assert "乙〔2026〕9号" in obstacle(
        NOTICES["return_by"], again, "township", "persuading", date(2026, 11, 5)
    )
