"""What persons have decided of some records, as every process knows it: decisions are few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from matchers.decided import Decided, made_without
from matchers.decision_table import concerned
from matchers.engines.tables import BARE, Table, array, columns, in_order
from matchers.engines.wire import Desk, signed
from matchers.id_table import VALID
from matchers.pairs import Pairs
from matchers.people import Longs

NUMBER = [("number", pa.int64())]
UNMADE = [("left", pa.int64()), ("right", pa.int64())]


def _none() -> Longs:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Orders:
    """The pairs of records that persons have decided.

    Attributes:
        row: the records that decisions name, ascending. person: the person of each, as it is now.
        decided: the pairs, as places in ``row``.
    """

    row: Longs = field(default_factory=_none)
    person: Longs = field(default_factory=_none)
    decided: Decided = field(default_factory=Decided)

    def __bool__(self) -> bool:
        """Whether anything is decided."""
        return bool(len(self.decided.same) or len(self.decided.different))

    def moved(self, lowest: Mapping[int, int]) -> Orders:
        """The same when persons have been joined: ``lowest`` is the new code of those that have one."""
        person = [lowest.get(each, each) for each in self.person.tolist()]
        return replace(self, person=np.array(person, dtype=np.int64))

    def torn(self) -> Longs:
        """The persons in whom two records came together that must stay apart."""
        one, other = self.person[self.decided.different].T
        return np.unique(one[one == other])

    def between(self, person: Longs, code: Longs) -> Decided:
        """What is refused between the records at hand.

        Args:
            person: the person of each. code: what the person is called here, where it may have several.
        """
        pairs = self.person[self.decided.different]
        at = np.isin(person, pairs)
        here = pd.DataFrame({"person": person[at], "code": code[at]}).drop_duplicates()
        met = pd.DataFrame(pairs, columns=["one", "other"])
        for side in ("one", "other"):
            met = met.merge(here.rename(columns={"person": side, "code": f"{side}_code"}), on=side)
        return Decided(different=met[["one_code", "other_code"]].to_numpy(dtype=np.int64))

    def allowed(self, table: Table) -> Table:
        """The pairs without those of persons who were told apart: of any pairs."""
        if not len(self.decided.different):
            return table
        left, right = array(table, "lp"), array(table, "rp")
        every = np.unique(np.concatenate([left, right]))
        left, right = (np.searchsorted(every, side) for side in (left, right))
        return table.filter(pa.array(~self.between(every, np.arange(len(every))).refused(left, right)))

    def confirmed(self, *, one_side: bool = False) -> Table:
        """The confirmed pairs, whichever of their records is on the left; the lower one of one side."""
        every = np.arange(len(self.row))
        person = np.unique(self.person, return_inverse=True)[1]
        found = self.decided.confirmed(every, every if one_side else every.copy(), person)
        rows = [self.row[found.left], self.row[found.right]]
        persons = [self.person[found.left], self.person[found.right]]
        return pa.table([*rows, *persons, signed(found.rules)], schema=pa.schema(BARE))

    def unmade(self, table: Table) -> Table:
        """The pairs that may not be joined after those before them: of persons who hang together, all pairs.

        Pairs that need no weighing come ``first``.
        """
        table = in_order(table)
        if "first" in table.column_names:
            table = table.take(pa.array(np.argsort(array(table, "first"), kind="stable")))
        left, right = array(table, "lp"), array(table, "rp")
        every = np.unique(np.concatenate([left, right, self.person]))
        code = np.arange(len(every))
        pairs = Pairs(np.searchsorted(every, left), np.searchsorted(every, right), _none().astype(np.uint64))
        made = made_without(code, pairs, np.searchsorted(every, self.person[self.decided.different]))
        return table.select([name for name, _ in UNMADE]).filter(pa.array(~made))


def named(desk: Desk, said: pd.DataFrame, table: Table) -> Table:
    """The records that a table of decisions (``matchers.decisions.cleaned``) concerns: of any records."""
    return table.filter(pa.array(concerned(said, desk.people(columns(table)))))


def own_numbers(desk: Desk, table: Table) -> Table:
    """The valid own number of each record: of any records."""
    people = desk.people(columns(table))
    valid = people.ids.state[people.id1] == VALID
    return pa.table([signed(people.ids.whole[people.id1[valid]])], schema=pa.schema(NUMBER))
