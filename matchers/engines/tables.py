"""Tables that travel: their columns, and the few things that every kernel does with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from matchers.engines.packed import unpack
from matchers.engines.wire import COUNTED, WIRE
from matchers.people import Longs
from matchers.run import LENT

Table = Any


TOKEN = [
    ("rule", pa.int32()), ("key", pa.int64()), ("finer", pa.int64()), ("at", pa.int32()),
    ("row", pa.int64()), ("person", pa.int64()),
]  # fmt: skip
"""A key of a record, and what it may be refined by (``matchers.sharing``)."""


PAIR = [("left", pa.int64()), ("right", pa.int64()), ("lp", pa.int64()), ("rp", pa.int64())]


BARE = [*PAIR, ("rules", pa.int64())]


def columns(table: Table) -> dict[str, Any]:
    """The columns of records on the wire, and what was counted, where it is there."""
    there = set(table.column_names)
    counted = {name: array(table, name) for name in COUNTED if name in there}
    return unpack(whole(table.column("record")), WIRE) | counted


def array(table: Table, name: str) -> Any:
    """A column as numpy array."""
    return table.column(name).to_numpy()


def dense(table: Table, name: str) -> Longs:
    """Codes of persons, as few as are at hand, in the same order."""
    return np.unique(array(table, name), return_inverse=True)[1].astype(np.int64)


def in_order(table: Table) -> Table:
    """The pairs in the order in which the local engine has them: those made with loans come behind."""
    lent = (array(table, "rules").view(np.uint64) & LENT) > 0
    order = np.lexsort((array(table, "right"), array(table, "left"), lent))
    return table.take(pa.array(order))


def schema_of(table: Table) -> list[tuple[str, pa.DataType]]:
    """The columns of a table and their types."""
    return [(each.name, each.type) for each in table.schema]


def shaped(table: Table, made: Mapping[str, Any], schema: Sequence[tuple[str, pa.DataType]]) -> Table:
    """The table with these columns: what was made, and of the others what it has."""
    return pa.table(
        [pa.array(made[name]).cast(kind) if name in made else table.column(name) for name, kind in schema],
        schema=pa.schema(schema),
    )


def changed(table: Table, made: Mapping[str, Any]) -> Table:
    """The table with some columns put in the place of its own."""
    return shaped(table, made, schema_of(table))


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
