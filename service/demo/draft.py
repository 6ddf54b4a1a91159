"""A list before it is laid out: the true values, then what the clerks make of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from service.demo.draws import Array, column, repeated, texts


@dataclass
class Draft:
    """The records of one list while errors are put in.

    Attributes:
        kind: the kind of list, which names the rates in errors.toml.
        columns: text by column name (as in ``schemas.table.RECORDS`` where it has one), one value a record.
        child: child_id of each record, -1 for a grown-up.
        clerk: who wrote each record (school, township), 0 upwards: mistakes gather by clerk.
        true_id: the number that belongs to the person, whatever the column says later.
        mistakes: record index and class of what was put in.
    """

    kind: str
    columns: dict[str, Array]
    child: Array
    clerk: Array
    true_id: Array
    mistakes: list[tuple[Array, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.child)

    def set(self, column: str, index: Array, values: Array | list[str]) -> None:
        """Write values at some records."""
        self.columns[column][index] = texts(values)

    def note(self, index: Array, what: str) -> None:
        """Remember a mistake of this class at these records."""
        if len(index):
            self.mistakes.append((np.asarray(index), what))

    def whole_numbers(self, chosen: Array) -> Array:
        """Chosen children's records whose number column still holds the person's own 18 characters."""
        return np.flatnonzero(chosen & (self.child >= 0) & (self.columns["id_number"] == self.true_id))

    def take(self, chosen: Array) -> Draft:
        """The draft of some records, in the given order."""
        place = np.full(len(self), -1)
        place[chosen] = np.arange(len(chosen))
        kept = [(place[index][place[index] >= 0], what) for index, what in self.mistakes]
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return Draft(
            self.kind,
            columns,
            self.child[chosen],
            self.clerk[chosen],
            self.true_id[chosen],
            [(index, what) for index, what in kept if len(index)],
        )

    def mistake_table(self) -> pd.DataFrame:
        """Columns record (index in this draft) and error, in the order of the records."""
        index = np.concatenate([each for each, _ in self.mistakes] or [np.zeros(0, dtype=int)])
        what = np.concatenate([repeated(each, len(at)) for at, each in self.mistakes] or [texts([])])
        order = np.lexsort((np.unique(what, return_inverse=True)[1], index))
        return pd.DataFrame({"record": index[order].astype(int), "error": column(what[order])})
