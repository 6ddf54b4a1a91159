"""Many small rows that go to one place, as one row: what is made and read by Python alone travels so.

Spark still says who gets what, spills it and sends it again; but it handles a row a place, not a row a key.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from matchers.engines.tables import Table, array
from matchers.pairs import mix

PARCEL = [("bin", pa.int32()), ("rows", pa.binary())]


def parcelled(key: str, bins: int, table: Table) -> Table:
    """The rows as a parcel for each of so many bins: rows with one value of ``key`` (int64) share a bin."""
    bin_ = (mix(array(table, key).view(np.uint64)) % np.uint64(bins)).astype(np.int32)
    order = np.argsort(bin_, kind="stable")
    table, bin_ = table.take(pa.array(order)), bin_[order]
    every, start = np.unique(bin_, return_index=True)
    size = np.diff(start, append=len(bin_))
    parcels = [_written(table.slice(*each)) for each in zip(start.tolist(), size.tolist(), strict=True)]
    return pa.table([pa.array(every), pa.array(parcels, pa.binary())], schema=pa.schema(PARCEL))


def opened(parcels: Table) -> Table:
    """The rows of all these parcels."""
    each = (pa.ipc.open_stream(parcel.as_buffer()).read_all() for parcel in parcels.column("rows"))
    return pa.concat_tables(each).combine_chunks()


def _written(table: Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written
