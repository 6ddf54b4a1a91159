"""Columns as one column of bytes, and back.

What an engine carries and never looks at then costs it one value a row, instead of one a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matchers.texts import runs

Layout = Sequence[tuple[str, Any]]
"""Names of columns, and of each the kind of number it holds, ``str`` for texts."""


def pack(columns: Mapping[str, Any], layout: Layout) -> pa.Array:
    """The columns as bytes: of a row first its numbers and the lengths of its texts, then the texts."""
    texts = [_bytes(columns[name]) for name, kind in layout if kind is str]
    held = np.zeros(len(columns[layout[0][0]]), dtype=_fixed(layout))
    lengths = iter(texts)
    for name, kind in layout:
        held[name] = pc.binary_length(next(lengths)).to_numpy(False) if kind is str else columns[name]
    numbers = [None, pa.py_buffer(held.tobytes())]
    fixed = pa.Array.from_buffers(pa.binary(held.itemsize), len(held), numbers).cast(pa.binary())
    return pc.binary_join_element_wise(fixed, *texts, b"")


def unpack(packed: pa.Array, layout: Layout) -> dict[str, Any]:
    """What ``pack`` has packed: numbers as numpy arrays, texts as Arrow's."""
    kind = _fixed(layout)
    if not len(packed):
        return {name: pa.array([], pa.string()) if of is str else np.zeros(0, of) for name, of in layout}
    offset, data = (
        np.frombuffer(buffer, of)
        for buffer, of in zip(packed.buffers()[1:], (np.int32, np.uint8), strict=True)
    )
    start = offset[packed.offset : packed.offset + len(packed)].astype(np.int64)
    held = data[start[:, None] + np.arange(kind.itemsize)].view(kind)[:, 0]
    start += kind.itemsize
    found: dict[str, Any] = {}
    for name, of in layout:
        if of is not str:
            found[name] = np.ascontiguousarray(held[name])
            continue
        length = held[name].astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
        text = [None, pa.py_buffer(ends), pa.py_buffer(data[runs(start, length)])]
        found[name] = pa.Array.from_buffers(pa.string(), len(packed), text)
        start += length
    return found


def _fixed(layout: Layout) -> np.dtype[np.void]:
    return np.dtype([(name, np.uint32 if kind is str else kind) for name, kind in layout])


def _bytes(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.cast(pa.string()).cast(pa.binary())
