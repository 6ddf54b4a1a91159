"""Persons whose records and links are all at hand -> their rows of the list of children and of the links.

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
import pandas as pd
import pyarrow as pa

from matchers.age import IN_AGE, UNKNOWN, SchoolAge, person_birth
from matchers.attendance import Attendance, shown_in_class
from matchers.children import COLUMNS, Children, child_list
from matchers.decided import CONFIRMED
from matchers.engines.orders import Orders
from matchers.engines.records import PLACE as PLACES
from matchers.engines.tables import Table, array, columns
from matchers.engines.wire import Desk
from matchers.enrolment import Enrolment, enrolments
from matchers.links import COLUMNS as LINK_COLUMNS
from matchers.links import in_order, link_list
from matchers.model import Model, Rule
from matchers.pairs import Pairs
from matchers.people import POPULATION, ROLL, Flags, Ints, Listed, Longs, People
from matchers.resolve import Persons
from matchers.run import LENT, Result
from matchers.screen import adult_persons
from matchers.second_look import Second, second_look
from matchers.shown import TOLD, Shown
from matchers.steps.s4_compare import PERSON, PUPIL

SECOND = -1
"""The stage of what a second look has found, among the links that are sent to a bin."""

OF_CHILD = [name for name in COLUMNS if name != "child_id"]
OF_LINK = [name for name in LINK_COLUMNS if name not in ("link_id", "child_id")]
_NUMBERS = {"probability": pa.float64(), "expected_grade": pa.int64(), "weight": pa.float64()}
CHILD_ORDER = [
    ("alone", pa.bool_()),
    *((f"at_{name}", kind) for name, kind in PLACES),
    ("person", pa.int64()),
]
LINK_ORDER = [
    ("stage_at", pa.int64()), ("lighter", pa.float64()), ("first", pa.int64()), ("lent", pa.bool_()),
    ("left", pa.int64()), ("right", pa.int64()),
]  # fmt: skip
CHILDREN = [*CHILD_ORDER, ("pupil", pa.int64()), *((n, _NUMBERS.get(n, pa.string())) for n in OF_CHILD)]
LINKS = [*LINK_ORDER, ("person", pa.int64()), *((n, _NUMBERS.get(n, pa.string())) for n in OF_LINK)]


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

    def free(self, rows: Table, pairs: Table) -> Table:
        """The children who are on no roll and may be looked at once more."""
        asked: list[Longs] = []

        def look(people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Second:
            asked.append(children)
            none = np.zeros(0, dtype=np.int64)
            return Second(none, none, none, none.astype(float))

        bin_ = _Bin(self, rows, pairs)
        bin_.found(look)
        return pa.table({"person": pa.array(bin_.row[np.concatenate(asked)])})

    def children(self, rows: Table, pairs: Table) -> Table:
        """The rows of the list of children, without their numbers, and what they are ordered by."""
        bin_ = _Bin(self, rows, pairs)
        listed = bin_.listed(bin_.found(bin_.look))
        every = np.arange(len(listed.table))
        made: dict[str, Any] = {name: listed.table.columns[name](every) for name in OF_CHILD}
        alone = pa.array((listed.facts["origin"] == "roll").to_numpy())
        for name, kind in PLACES:
            place = bin_.rows.column(name).take(pa.array(listed.first))
            # Children of residents stand by place, the other pupils behind them by number alone.
            made[f"at_{name}"] = pa.compute.if_else(alone, pa.scalar(None, kind), place)
        pupil = listed.facts["pupil"].to_numpy(dtype=np.int64)
        made["pupil"] = np.where(pupil >= 0, bin_.row[pupil], -1)
        made["person"] = bin_.row[listed.facts["person"].to_numpy(dtype=np.int64)]
        made["alone"] = alone
        return _table(made, CHILDREN)

    def links(self, rows: Table, pairs: Table) -> Table:
        """The links of this bin's persons, without their numbers, and what they are ordered by."""
        bin_ = _Bin(self, rows, pairs)
        facts = pd.DataFrame({"person": np.zeros(0, dtype=np.int64), "pupil": np.zeros(0, dtype=np.int64)})
        results = [(name, bin_.result(at)) for at, (name, _) in enumerate(self.stages)]
        table = link_list(bin_.shown, results, bin_.persons, facts)
        order = [bin_.told(at, in_order(result)) for at, (_, result) in enumerate(results)]
        told = {name: np.concatenate([each[name] for each in order]) for name, _ in LINK_ORDER}
        left = np.searchsorted(bin_.row, told["left"])
        ours = np.flatnonzero(bin_.home[left])
        made: dict[str, Any] = {name: table.columns[name](ours) for name in OF_LINK}
        made |= {name: each[ours] for name, each in told.items()}
        made["person"] = bin_.row[bin_.persons.code[left[ours]]]
        return _table(made, LINKS)

    def rules(self, at: int) -> tuple[Rule, ...]:
        """The rules by which the links of a stage are named."""
        use = self.stages[at][1]
        if use == "confirmed":
            return (CONFIRMED,)
        return self.model.rules[use] if use == "double" else (*self.model.rules[use], CONFIRMED)


class _Bin:
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
        self.shown = Shown(self._texts())
        stages = enumerate(assembly.stages)
        self.persons.links.extend(self.result(at) for at, (name, _) in stages if name == "resolve")

    def _codes(self, person: Longs) -> Longs:
        """Each row's person as a row of this bin; of a person of whom only this record is here, the row."""
        at = np.minimum(np.searchsorted(self.row, person), len(self.row) - 1)
        return np.where(self.row[at] == person, at, np.arange(len(self.row))).astype(np.int64)

    def _texts(self) -> Listed:
        """The texts in the order of the lists, as the local engine reads them."""
        place = pa.table({name: self.rows.column(name) for name, _ in PLACES})
        order = np.asarray(pa.compute.sort_indices(place, [(name, "ascending") for name, _ in PLACES]))
        at = np.empty(len(order), dtype=np.int64)
        at[order] = np.arange(len(order))
        told = {name: self.rows.column(f"t_{name}").cast(pa.large_string()) for name in TOLD}
        told |= {"file": self.rows.column("source").cast(pa.large_string())}
        told |= {
            "sheet": place.column("sheet"),
            "row": place.column("line"),
            "member": place.column("member"),
        }
        records = pa.table(told).take(pa.array(order)).to_pandas()
        return Listed(self.people, records, at)

    def result(self, at: int) -> Result:
        """The links of one stage."""
        name, _ = self.assembly.stages[at]
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at))
        left, right = (np.searchsorted(self.row, array(table, side)) for side in ("left", "right"))
        comparing = PUPIL if name == "attendance" else PERSON
        # Before the persons of a side are known, links are between what was joined until then.
        codes = [self.persons.code[left], self.persons.code[right]]
        if name == "resolve":
            codes = [np.unique(array(table, each), return_inverse=True)[1] for each in ("lp", "rp")]
        return Result(
            pairs=Pairs(left, right, array(table, "rules").view(np.uint64)),
            left=codes[0].astype(np.int64),
            right=codes[1].astype(np.int64),
            levels={each: array(table, f"level_{each}").astype(np.uint8) for each in comparing},
            weight=array(table, "weight"),
            probability=array(table, "probability"),
            rule=array(table, "rule").astype(np.int16),
            decision=array(table, "decision").astype(np.uint8),
            rules=self.assembly.rules(at),
            parts={each: array(table, f"part_{each}").astype(np.float32) for each in comparing},
        )

    def told(self, at: int, chosen: Longs) -> dict[str, Any]:
        """What these links of a stage are ordered by."""
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at)).take(pa.array(chosen))
        return {
            name: -array(table, "weight") if name == "lighter" else array(table, name)
            for name, _ in LINK_ORDER
        }

    @cached_property
    def _linked(self) -> Result:
        return self.result([name for name, _ in self.assembly.stages].index("roll"))

    def found(self, look: Callable[..., Second] = second_look) -> tuple[Enrolment, Ints, Longs]:
        """What is found of the children of this bin: with the birthday of each, and how many were given."""
        people, code = self.people, self.persons.code
        school_age = SchoolAge.at(self.assembly.as_of)
        population = np.flatnonzero(people.side == POPULATION)
        person, birth, given = person_birth(people, population, code, school_age)
        age = school_age.sort(birth)
        due = ((age == IN_AGE) | (age == UNKNOWN)) & ~adult_persons(people, population, code, person)
        due &= self.home[person]
        bearers = array(self.rows, "bearers")
        children = enrolments(
            people, self.persons, self._linked, person[due], self.assembly.model, look=look, bearers=bearers
        )
        return children, birth[due], given[due]

    def look(self, people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Second:
        """What the second look has found, which was taken over all lists."""
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == SECOND))
        child, row, owner = (np.searchsorted(self.row, array(table, each)) for each in ("lp", "right", "rp"))
        ours = self.home[np.minimum(child, len(self.row) - 1)]
        return Second(child[ours], row[ours], owner[ours], array(table, "probability")[ours])

    def listed(self, found: tuple[Enrolment, Ints, Longs]) -> Children:
        """The rows of the list of children."""
        children, birth, given = found
        at = [name for name, _ in self.assembly.stages].index("attendance")
        result, code = self.result(at), self.persons.code
        table = self.pairs.filter(pa.array(array(self.pairs, "stage_at") == at))
        roll = np.flatnonzero(self.people.side == ROLL)
        covered = array(self.rows, "covered")[roll]
        chosen = np.flatnonzero(array(table, "chosen"))
        present = shown_in_class(self.people, roll, covered, code, result, chosen)
        ours = self.home[present.pupil]
        present = Attendance(present.pupil[ours], present.state[ours], present.roster[ours], result)
        school_age = SchoolAge.at(self.assembly.as_of)
        return child_list(self.shown, self.persons, children, present, (birth, given), school_age)


def _table(made: dict[str, Any], schema: list[tuple[str, pa.DataType]]) -> Table:
    arrays = []
    for name, kind in schema:
        values = made[name]
        values = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        arrays.append(values.cast(kind))
    return pa.table(arrays, schema=pa.schema(schema))
