"""Where a child who comes back to school is placed: a rule is a table of spans, ``codes/placement.csv``."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from types import MappingProxyType

from schemas.codes import code_list

GRADES = (1, 9)
"""The first and the last grade of compulsory education."""

ENTRY_AGE = 6
"""Years, whole on 31 August, from which a child is due in the first grade."""

PLACES: Mapping[str, str] = {"same": "回原年级", "one_lower": "降一个年级", "by_age": "按年龄编班"}


@dataclass(frozen=True, slots=True)
class Span:
    """How long a child may have been out for a place: up to ``months``, None without end.

    Attributes:
        last: whether the day on which the months are full belongs to it. source: of the rule, in Chinese.
    """

    months: int | None
    last: bool
    place: str
    source: str

    def holds(self, out_since: date, returned: date) -> bool:
        """Whether a child that was out from one day to the other falls into it, or into an earlier one."""
        if self.months is None:
            return True
        end = months_after(out_since, self.months)
        return returned < end or (self.last and returned == end)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of placement with its spans, the shortest first."""

    name: str
    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """What a rule says of a child. ``grade``: 0 where it cannot be said; ``place`` of ``PLACES``."""

    grade: int
    place: str
    source: str


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name."""
    found = {}
    for name, rows in groupby(code_list("placement"), key=lambda row: row["rule"]):
        listed = list(rows)
        spans = tuple(
            Span(
                int(row["months"]) if row["months"] else None,
                row["last"] == "yes",
                row["place"],
                row["source"],
            )
            for row in listed
        )
        found[name] = Rule(name, listed[0]["label"], spans)
    return MappingProxyType(found)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    month = day.month - 1 + months
    year, number = day.year + month // 12, month % 12 + 1
    return date(year, number, min(day.day, monthrange(year, number)[1]))


def placed(rule: Rule, out_since: date | None, returned: date, class_grade: int, age_grade: int) -> Placement:
    """Where a child is placed who comes back.

    Args:
        out_since: the last day at school; None where it never was at one, or nobody knows: then by age.
        class_grade: the grade in which the child's former class is now, 0 unknown.
        age_grade: the grade of the child's age, 0 unknown or beyond the last.
    """
    if out_since is None:
        span = next((each for each in rule.spans if each.place == "by_age"), rule.spans[-1])
    else:
        span = next((each for each in rule.spans if each.holds(out_since, returned)), rule.spans[-1])
    grade = {"same": class_grade, "one_lower": class_grade and class_grade - 1, "by_age": age_grade}[
        span.place
    ]
    if span.place == "one_lower" and class_grade:
        grade = max(GRADES[0], grade)
    return Placement(grade if grade <= GRADES[1] else 0, span.place, span.source)


def age_grade(birth: date | None, day: date) -> int:
    """The grade of the child's age on a day; 0 where unknown, too young or beyond the last.

    As ``matchers.age`` has it: in the school year from 1 September of Y, born from 1 September of Y-7 to
    31 August of Y-6 is due in the first grade.
    """
    if birth is None:
        return 0
    year = day.year if day.month >= 9 else day.year - 1
    due = year - ENTRY_AGE + 1 - (birth.year + (birth.month >= 9))
    return due if GRADES[0] <= due <= GRADES[1] else 0
