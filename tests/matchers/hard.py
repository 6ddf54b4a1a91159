"""The family of most hard cases, and what is asked of a county that was screened."""

from __future__ import annotations

from matchers import Screening
from tests.matchers.county import child_at, family, known_at_school, number

FAMILY = family()
AT_SCHOOL = known_at_school()
FATHER, FATHER_ID = FAMILY["head_name"], FAMILY["head_id"]
ELDER = number("2013-05-06", 13)
YOUNGER = number("2016-08-09", 27)
OTHER = number("2013-05-06", 357)

Table = tuple[Screening, list[str]]
"""A county with one family a row of a table, screened once; and the source of each row's child."""


def state(found: Screening, source: str) -> str:
    return child_at(found, source)["enrolment"]


def codes(found: Screening) -> set[str]:
    return set(found.issues["code"])
