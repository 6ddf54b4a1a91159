"""The records and links of a bin, as the local engine has them.

The records of a bin are those of its own persons (``home``), and single records of others that some link
names: of those nothing is told here, they are told in their own bin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from matchers.age import SchoolAge
from matchers.attendance import Attendance, shown_in_class
from matchers.decided import CONFIRMED
from matchers.engines.orders import Orders
from matchers.engines.packed import unpack
from matchers.engines.records import PLACE, TEXTS
from matchers.engines.scoring import Scoring
from matchers.engines.tables import Table, array, columns
from matchers.engines.wire import Desk
from matchers.enrolment import Enrolment, enrolments
from matchers.model import Model, Rule
from matchers.pairs import Pairs
from matchers.people import POPULATION, ROLL, Flags, Ints, Listed, Longs, People
from matchers.resolve import Persons
from matchers.run import LENT, Result
from matchers.screen import Aged, aged
from matchers.second_look import Second, second_look
from matchers.shown import TOLD, Shown
from matchers.steps.s4_compare import PERSON, PUPIL
from matchers.tally import Fates, fates_of

SECOND = -1
"""The stage of what a second look has found, among the links that are sent to a bin."""

LINK_ORDER = [
    ("stage_at", pa.int64()), ("lighter", pa.float64()), ("first", pa.int64()), ("lent", pa.bool_()),
    ("left", pa.int64()), ("right", pa.int64()),
]  # fmt: skip
"""What links are ordered by."""


@dataclass(frozen=True)
class Assembly:
    """How bins are put together.

    Attributes:
        stages: name of each stage (resolve, roll, attendance), and which rules decided about its links.
        orders: what persons have decided.
    """

    desk: Desk
    model: Model
    as_of: date
    stages: tuple[tuple[str, str], ...]
    orders: Orders = field(default_factory=Orders)

    def rules(self, at: int) -> tuple[Rule, ...]:
        """The rules by which the links of a stage are named."""
        use = self.stages[at][1]
        if use == "confirmed":
            return (CONFIRMED,)
        if use == "number":
            return tuple(rule for rule in self.model.rules["person"] if rule.sure)
        return self.model.rules[use] if use == "double" else (*self.model.rules[use], CONFIRMED)


class Bin:
    """The records and links of a bin, as the local engine has them."""

    def __init__(self, assembly: Assembly, rows: Table, pairs: Table) -> None:
        self.assembly = assembly
        self.rows = rows.sort_by("row").combine_chunks()
        self.pairs = pairs.append_column("lent", pa.array((array(pairs, "rules").view(np.uint64) & LENT) > 0))
        keys = ("first", "lent", "left", "right")
        self.pairs = self.pairs.sort_by([(name, "ascending") for name in keys]).combine_chunks()
        self.row: Longs = array(self.rows, "row")
        self.home: Flags = array(self.rows, "home")
        self.people: People = assembly.desk.people(columns(self.rows))
        person = array(self.rows, "person")
        code = self._codes(person)
        self.persons = Persons(code, decided=assembly.orders.between(person, code))
        stages = enumerate(assembly.stages)
        self.persons.links.extend(self.result(at) for at, (name, _) in stages if name == "resolve")

    def _codes(self, person: Longs) -> Longs:
        """Each row's person as a row of this bin; of a person of whom only this record is here, the row."""
        at = np.minimum(np.searchsorted(self.row, person), len(self.row) - 1)
        return np.where(self.row[at] == person, at, np.arange(len(self.row))).astype(np.int64)

    @cached_property
    def texts(self) -> dict[str, pa.Array]:
        """What the records say, and where they stand."""
        held = unpack(self.rows.column("told").combine_chunks(), TEXTS)
        return {name: pa.array(each) for name, each in held.items()}

    @cached_property
    def shown(self) -> Shown:
        """The texts in the order of the lists, as the local engine reads them."""
        place = pa.table({name: self.texts[name] for name, _ in PLACE})
        order = np.asarray(pa.compute.sort_indices(place, [(name, "ascending") for name, _ in PLACE]))
        at = np.empty(len(order), dtype=np.int64)
        at[order] = np.arange(len(order))
        told = {name: self.texts[f"t_{name}"].cast(pa.large_string()) for name in TOLD}
        told |= {"file": self.texts["source"].cast(pa.large_string())}
        told |= {"sheet": self.texts["sheet"], "row": self.texts["line"], "member": self.texts["member"]}
        records = pa.table(told).take(pa.array(order)).to_pandas()
        return Shown(Listed(self.people, records, at))

    def result(self, at: int) -> Result:
        """The links of one stage."""
        name, _ = self.assembly.stages[at]
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at))
        left, right = (np.searchsorted(self.row, array(table, side)) for side in ("left", "right"))
        comparing = PUPIL if name == "attendance" else PERSON
        scoring = Scoring(self.assembly.desk, self.assembly.model, comparing, "")
        # Before the persons of a side are known, links are between what was joined until then.
        codes = [self.persons.code[left], self.persons.code[right]]
        if name == "resolve":
            codes = [np.unique(array(table, each), return_inverse=True)[1] for each in ("lp", "rp")]
        return Result(
            pairs=Pairs(left, right, array(table, "rules").view(np.uint64)),
            left=codes[0].astype(np.int64),
            right=codes[1].astype(np.int64),
            levels=scoring.levels(table),
            weight=array(table, "weight"),
            probability=array(table, "probability"),
            rule=array(table, "rule").astype(np.int16),
            decision=array(table, "decision").astype(np.uint8),
            rules=self.assembly.rules(at),
            parts=scoring.parts(table),
        )

    def told(self, at: int, chosen: Longs) -> dict[str, Any]:
        """What these links of a stage are ordered by."""
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at)).take(pa.array(chosen))
        told = {name: array(table, name) for name, _ in LINK_ORDER if name != "lighter"}
        return told | {"lighter": -array(table, "weight")}

    @cached_property
    def fate(self) -> Fates:
        """What became of each record here; of those at home it is the whole truth."""
        grown = np.zeros(len(self.people), dtype=bool)
        return fates_of(self.people, self.persons, self.ages.person, self.ages.fate, grown)

    @cached_property
    def linked(self) -> Result:
        """The links between children and pupils."""
        return self.result([name for name, _ in self.assembly.stages].index("roll"))

    @cached_property
    def ages(self) -> Aged:
        """What ages say of the persons of whom records on population lists are here."""
        people = self.people
        rows = np.flatnonzero(people.side == POPULATION)
        return aged(people, rows, self.persons.code, SchoolAge.at(self.assembly.as_of))

    def found(self, look: Callable[..., Second] = second_look) -> tuple[Enrolment, Ints, Longs]:
        """What is found of the children of this bin: with the birthday of each, and how many were given."""
        ages = self.ages
        due = ages.due & self.home[ages.person]
        children = enrolments(
            self.people,
            self.persons,
            self.linked,
            ages.person[due],
            self.assembly.model,
            look=look,
            bearers=array(self.rows, "bearers"),
        )
        return children, ages.birth[due], ages.given[due]

    def look(self, people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Second:
        """What the second look has found, which was taken over all lists."""
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == SECOND))
        child, row, owner = (np.searchsorted(self.row, array(table, each)) for each in ("lp", "right", "rp"))
        ours = self.home[np.minimum(child, len(self.row) - 1)]
        return Second(child[ours], row[ours], owner[ours], array(table, "probability")[ours])

    @cached_property
    def present(self) -> Attendance:
        """What rosters show of the pupils of this bin."""
        at = [name for name, _ in self.assembly.stages].index("attendance")
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at))
        roll = np.flatnonzero(self.people.side == ROLL)
        covered = array(self.rows, "covered")[roll]
        chosen = np.flatnonzero(array(table, "chosen"))
        found = shown_in_class(self.people, roll, covered, self.persons.code, self.result(at), chosen)
        ours = self.home[found.pupil]
        return Attendance(found.pupil[ours], found.state[ours], found.roster[ours], found.result)
