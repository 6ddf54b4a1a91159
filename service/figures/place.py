"""What is counted of a township and of the county, and how a child and a case are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.case import outcomes
from schemas.indicator import BACK, DROPPED_OUT, FALSE_GROUPS
from schemas.rounds import STATES
from service.meetings.figures import counts_of
from service.rounds.models import Round
from service.runs.models import Run

LISTED = ("in_class", "absent", "review", "not_enrolled")
"""The children on the list, each in one: enrolled and in class (or no roster), enrolled and not in class,
doubtful, not found."""

CASES = ("closed", "out_of_school", "watch", "apart", "explained", "pending")
"""The cases, each in one: closed; by the approved outcome out of school, watched (疑似), not found, explained
for a time or back and followed; without an approved outcome."""

_SUMS = {"enrolled": ("in_class", "absent"), "suspects": ("absent", "review", "not_enrolled")}

VERIFIED = ("verifying", "meeting", "signed", "closed")
"""States of a round in which its cases are open; before them the figures are those of the matching alone."""


@dataclass(slots=True)
class Place:
    """What is counted of a township, or of the whole county.

    Attributes:
        code, name: of the township; the county's own code where nobody knows the township.
        listed: one number for each of ``LISTED``. cases: for each of ``CASES``. kinds: of the cases.
        outcomes: approved, by code. counts: what indicators are made of.
        days: from the assignment to the first result: median and nine tenths; None without any.
    """

    code: str
    name: str = ""
    listed: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    days: tuple[float, float] | None = None

    @property
    def children(self) -> int:
        """All on the list."""
        return sum(self.listed.values())

    @property
    def all_cases(self) -> int:
        """All cases."""
        return sum(self.cases.values())

    def value(self, column: str) -> int:
        """A number by its name: of the counters, ``children``, ``enrolled``, ``suspects``, ``all_cases``."""
        if column in ("children", "all_cases"):
            return int(getattr(self, column))
        if column in _SUMS:
            return sum(self.listed[name] for name in _SUMS[column])
        return (self.listed if column in LISTED else self.cases if column in CASES else self.counts)[column]

    def any(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.children or self.all_cases)


@dataclass(slots=True)
class Figures:
    """The figures of a round as one reader's walls let them through.

    Attributes:
        run: null before there is one. total: of all ``places``, which are in the order of their codes.
        preliminary: the round's cases are not open yet. beyond: children on the list who are on no population
            list (pupils not in class); null where it was not counted.
        cases: of the round, summed up: ``region_code``, ``kind``, ``state``, ``outcome``, ``groups``, ``n``.
    """

    round: Round
    run: Run | None
    total: Place
    places: list[Place]
    preliminary: bool
    beyond: int | None = None
    cases: Sequence[Any] = ()

    @property
    def state(self) -> str:
        """Of the round, in Chinese."""
        return STATES[self.round.state]


def listed_as(enrolment: str, attendance: str) -> str:
    """Which of ``LISTED`` a child of the run's list is.

    >>> listed_as("enrolled", "absent"), listed_as("enrolled", "unknown"), listed_as("review", "unknown")
    ('absent', 'in_class', 'review')
    """
    if enrolment != "enrolled":
        return enrolment
    return "absent" if attendance == "absent" else "in_class"


def case_class(state: str, outcome: str) -> str:
    """Which of ``CASES`` a case is. ``outcome``: the approved code that counts, "" for none.

    >>> case_class("closed", "B01"), case_class("submitted", "D03"), case_class("assigned", "")
    ('closed', 'out_of_school', 'pending')
    """
    return counts_of(state, outcome)[-1]


def made_of(state: str, outcome: str, kind: str) -> Iterable[str]:
    """What else a case counts as."""
    if outcome in BACK:
        yield "returned"
    if case_class(state, outcome) == "out_of_school" and outcome in DROPPED_OUT:
        yield "dropped_out"
    # Who was explained, or out of school and came back, was no false alarm.
    if state == "closed" and kind != "expired" and outcomes()[outcome].group in FALSE_GROUPS:
        yield "false"
    if kind in ("carried", "expired"):
        yield "again"
