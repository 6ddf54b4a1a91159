"""Tables with a row for each of a million children or links, laid out in pieces.

Laid out at once, with every text and sentence, such a table is larger than the records it is made from. What
is known of a row is therefore kept as numbers, and a column is a function that turns row numbers into texts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matchers.people import Longs
from matchers.texts import spread

PIECE = 25_000
"""Rows of one piece: some 12 MB of text."""

AHEAD = 2
"""Pieces that are being made at a time."""


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
        made = {name: self.columns[name](rows) for name in names or self.columns}
        table: pd.DataFrame = pa.table(made).to_pandas()
        return table

    def whole(self, names: Sequence[str] = ()) -> pd.DataFrame:
        """Every row: for single columns, and for small tables."""
        return self.take(np.arange(self.size), names)

    def pieces(self, names: Sequence[str] = (), size: int = PIECE) -> Iterator[pd.DataFrame]:
        """The table from the first row to the last, ``size`` rows at a time; one piece if it is empty.

        The next pieces are made while the caller works on one: Arrow and numpy work without the lock.
        """
        ranges = (np.arange(at, min(at + size, self.size)) for at in range(0, max(self.size, 1), size))
        with ThreadPoolExecutor(AHEAD) as threads:
            coming = deque(threads.submit(self.take, rows, names) for rows in islice(ranges, AHEAD))
            while coming:
                piece = coming.popleft().result()
                coming.extend(threads.submit(self.take, rows, names) for rows in islice(ranges, 1))
                yield piece
        # Arrow would keep what the pieces took; the next table is as large.
        pa.default_memory_pool().release_unused()

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

    @classmethod
    def on(cls, table: pa.Table) -> LongTable:
        """The same on a table of Arrow, which may lie in a file: only batches asked for are read."""
        return cls(len(table), {name: _taking_batches(table.column(name)) for name in table.column_names})


def _taking(column: pd.Series) -> Callable[[Longs], pa.Array]:
    values = pa.array(column)
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return lambda rows: whole.take(pa.array(rows))


def _taking_batches(column: pa.ChunkedArray) -> Callable[[Longs], pa.Array]:
    starts = np.cumsum([0, *map(len, column.chunks)])

    def taken(rows: Longs) -> pa.Array:
        place = np.searchsorted(starts, rows, side="right") - 1
        parts = []
        for each in np.unique(place).tolist():
            at = np.flatnonzero(place == each)
            parts.append((at, column.chunk(each).take(pa.array(rows[at] - starts[each]))))
        return spread(len(rows), parts) if parts else pa.array([], column.type)

    return taken
