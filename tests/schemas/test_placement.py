"""Where a child is placed that comes back, by the rule of a place."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.placement import PLACES, months_after, placed, rules

LEFT = date(2025, 9, 30)


def test_each_rule_ends_with_a_span_without_end() -> None:
    for rule in rules().values():
        assert rule.spans[-1].months is None
        assert all(span.place in PLACES and span.source for span in rule.spans)
        months = [span.months for span in rule.spans[:-1]]
        assert months == sorted(months)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("rule", "out_since", "returned", "class_grade", "age_grade", "grade", "place"),
    [
        ("yushu", LEFT, date(2025, 10, 8), 5, 6, 5, "same"),
        ("yushu", LEFT, date(2025, 12, 29), 5, 6, 5, "same"),
        ("yushu", LEFT, date(2025, 12, 30), 5, 6, 4, "one_lower"),
        ("yushu", LEFT, date(2026, 9, 30), 6, 7, 5, "one_lower"),
        ("yushu", LEFT, date(2026, 10, 1), 6, 7, 7, "by_age"),
        ("yushu", LEFT, date(2026, 3, 1), 1, 2, 1, "one_lower"),
        ("yushu", LEFT, date(2026, 3, 1), 0, 4, 0, "one_lower"),
        ("yushu", None, date(2026, 9, 1), 0, 3, 3, "by_age"),
        ("yushu", None, date(2026, 9, 1), 0, 0, 0, "by_age"),
        ("yushu", date(2025, 11, 30), date(2026, 2, 27), 5, 5, 5, "same"),
        ("yushu", date(2025, 11, 30), date(2026, 2, 28), 5, 5, 4, "one_lower"),
        ("same", LEFT, date(2027, 9, 1), 8, 9, 8, "same"),
        ("by_age", LEFT, date(2025, 10, 1), 5, 6, 6, "by_age"),
    ],
)
def test_a_child_is_placed_by_how_long_it_was_out(
    rule: str,
    out_since: date | None,
    returned: date,
    class_grade: int,
    age_grade: int,
    grade: int,
    place: str,
) -> None:
    found = placed(rules()[rule], out_since, returned, class_grade, age_grade)
    assert (found.grade, found.place) == (grade, place)
    assert found.source


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 9, 30), 3, date(2025, 12, 30)),
        (date(2025, 12, 5), 12, date(2026, 12, 5)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after
