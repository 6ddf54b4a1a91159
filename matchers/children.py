"""The list of children: one row each, with state, evidence and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from matchers.age import SchoolAge
from matchers.attendance import ABSENT, Attendance
from matchers.child_columns import ATTENDS, STATES, OfResidents, OfRoll, Side
from matchers.code_sets import flagged
from matchers.enrolment import ENROLLED, Enrolment, left_school
from matchers.long_table import LongTable
from matchers.people import Ints, Longs
from matchers.resolve import Persons
from matchers.shown import Shown
from matchers.texts import Codes, categories, padded, spread

COLUMNS = [
    "child_id",
    "name",
    "sex",
    "birth_date",
    "id_number",
    "enrolment",
    "attendance",
    "probability",
    "rule",
    "roll_source",
    "candidates",
    "groups",
    "sources",
    "explanation",
    "township",
    "village",
    "address",
    "guardian",
    "phone",
    "expected_grade",
    "school",
    "grade",
    "quality",
    "origin",
]
DIGITS = 7
"""Of a child's number on the list."""

ORIGINS = ("population", "roll")


@dataclass(frozen=True, slots=True)
class Children:
    """The list of children, and what is counted of them.

    Attributes:
        table: one row a child (``COLUMNS``): the children of the population lists in the order of their first
            records, then pupils who are on a roll, not in class, and on no population list.
        facts: by row ``person`` and ``pupil`` (person codes, -1 for none), ``probability``, and as
            categories ``origin``, ``enrolment``, ``attendance`` and ``rule``.
        first: by row the first record of the child, by whose place children are in order; of pupils, any.
    """

    table: LongTable
    facts: pd.DataFrame
    first: Longs


def child_list(
    shown: Shown,
    persons: Persons,
    found: Enrolment,
    present: Attendance,
    birth: tuple[Ints, Longs],
    school_age: SchoolAge,
) -> Children:
    """The list; ``birth`` is the birthday of each child of ``found``, and how many were given."""
    gone = left_school(shown.people, persons)
    taken = flagged(len(shown.people), found.pupil[found.pupil >= 0])
    absent = (present.state == ABSENT) & ~gone[present.pupil] & ~taken[present.pupil]
    pupils = np.flatnonzero(taken | flagged(len(shown.people), present.pupil[absent]))
    own = Side(shown, persons, found.person, *birth)
    roll = Side(shown, persons, pupils, None, np.zeros(len(pupils), dtype=np.int64))
    first = own.first_row(np.arange(len(found.person)))
    order = np.argsort(shown.order[first], kind="stable")
    alone = np.searchsorted(pupils, present.pupil[absent])
    residents = OfResidents(own, roll, found, present, school_age)
    columns = _columns(residents, order, OfRoll(roll, school_age), alone)
    facts = _facts(residents, order, pupils[alone])
    rows = np.concatenate([first[order], pupils[alone]])
    return Children(LongTable(len(order) + len(alone), columns), facts, rows)


def _columns(
    residents: OfResidents, order: Longs, others: OfRoll, alone: Longs
) -> dict[str, Callable[[Longs], pa.Array]]:
    """For each column what makes it: residents in this order come first, then the other pupils."""

    def made(name: str, rows: Longs) -> pa.Array:
        if name == "child_id":
            return padded(rows + 1, DIGITS)
        here, there = np.flatnonzero(rows < len(order)), np.flatnonzero(rows >= len(order))
        parts = [(here, residents.column(name, order[rows[here]]))]
        if len(there):
            parts.append((there, others.column(name, alone[rows[there] - len(order)])))
        return spread(len(rows), parts)

    return {name: lambda rows, name=name: made(name, rows) for name in COLUMNS}  # type: ignore[misc]


def _facts(residents: OfResidents, order: Longs, alone: Longs) -> pd.DataFrame:
    found, more = residents.found, len(alone)

    def category(codes: Codes, known: Sequence[str], other: str) -> pd.Series:
        every = np.concatenate([codes[order], np.full(more, known.index(other), dtype=codes.dtype)])
        return categories(every, known)

    return pd.DataFrame(
        {
            "person": np.concatenate([found.person[order], alone]),
            "pupil": np.concatenate([found.pupil[order], alone]),
            "probability": np.concatenate([found.probability[order], np.ones(more)]),
            "origin": category(np.zeros(len(order), dtype=np.int8), ORIGINS, "roll"),
            "enrolment": category(residents.state, STATES, ENROLLED),
            "attendance": category(residents.attends, ATTENDS, ABSENT),
            "rule": category(residents.rule, residents.rules, ""),
        }
    )
