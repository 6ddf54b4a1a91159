"""Tables with a row for each of a million children or links, laid out in pieces.

Laid out at once, with every text and sentence, such a table is larger than the records it is made from. What
is known of a row is therefore kept as numbers, and a column is a function that turns row numbers into texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matchers.people import Longs

PIECE = 100_000
"""Rows of one piece: some 50 MB of text."""

MANY, THREADS = 10_000, 2
"""Rows from which columns are made side by side, and by how many threads: Arrow works without the lock."""


@dataclass(frozen=True, slots=True)
class LongTable:
    """A table of ``size`` rows whose columns are made when they are asked for.

    ``columns`` holds, by name and in order, what turns row numbers into the values of these rows.
    """

    size: int
    columns: Mapping[str, Callable[[Longs], pa.Array]]

    def __len__(self) -> int:
        """The number of rows."""
        return self.size

    def take(self, rows: Longs, names: Sequence[str] = ()) -> pd.DataFrame:
        """These rows, in this order; only these columns where some are named."""
        chosen = list(names or self.columns)
        if len(rows) < MANY:
            made = [self.columns[name](rows) for name in chosen]
        else:
            # Sentences take longest and stand last: they are begun first.
            with ThreadPoolExecutor(THREADS) as threads:
                made = list(threads.map(lambda name: self.columns[name](rows), reversed(chosen)))[::-1]
        table: pd.DataFrame = pa.table(dict(zip(chosen, made, strict=True))).to_pandas()
        return table

    def whole(self, names: Sequence[str] = ()) -> pd.DataFrame:
        """Every row: for single columns, and for small tables."""
        return self.take(np.arange(self.size), names)

    def pieces(self, names: Sequence[str] = (), size: int = PIECE) -> Iterator[pd.DataFrame]:
        """The table from the first row to the last, ``size`` rows at a time; one piece if it is empty."""
        for start in range(0, max(self.size, 1), size):
            yield self.take(np.arange(start, min(start + size, self.size)), names)

    def where(self, **values: str) -> Longs:
        """The numbers of the rows that have these values in these columns."""
        found = np.ones(self.size, dtype=bool)
        every = np.arange(self.size)
        for name, value in values.items():
            found &= pc.equal(self.columns[name](every), value).to_numpy(zero_copy_only=False)
        return np.flatnonzero(found)

    @classmethod
    def of(cls, table: pd.DataFrame) -> LongTable:
        """A table that is there already, as one of these."""
        columns = {name: _taking(table[name]) for name in table.columns}
        return cls(len(table), columns)


def _taking(column: pd.Series) -> Callable[[Longs], pa.Array]:
    values = pa.array(column)
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return lambda rows: whole.take(pa.array(rows))
