"""Many values at a glance: which of them are written as they should be, found without reading each one.

Nine values in ten of a large list need no care at all. A field that can tell them apart by arithmetic on
whole arrays declares a ``Glance``; only what it leaves over is cleaned and checked value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

Bytes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Verdicts = np.ndarray[tuple[int], np.dtype[np.int8]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Longs = np.ndarray[tuple[int], np.dtype[np.int64]]

CAREFUL = -1
"""The verdict on a value that has to be read by itself."""

_PIECE = 1 << 13
"""Values looked at together: their bytes and what is reckoned of them fit the processor's cache."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A quick judgement of many values.

    Attributes:
        look: array of text (``large_string`` without nulls) -> one verdict a value: ``CAREFUL``, or n
            for a value of which ``clean(value) == value`` and ``validate(value) == told[n]``.
        told: the issue codes that a verdict stands for; the first is ``()``.
    """

    look: Callable[[pa.LargeStringArray], Verdicts]
    told: tuple[tuple[str, ...], ...] = ((),)


def offsets_of(values: pa.LargeStringArray) -> Longs:
    """Where each value begins in the bytes of the array, and behind the last one where it ends."""
    whole: Longs = np.frombuffer(values.buffers()[1], np.int64)
    return whole[values.offset : values.offset + len(values) + 1]


def bytes_of(values: pa.LargeStringArray) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """The bytes that the offsets point into."""
    buffer = values.buffers()[2]
    return np.frombuffer(buffer, np.uint8) if buffer is not None and buffer.size else np.zeros(0, np.uint8)


def lengths_of(values: pa.LargeStringArray) -> Longs:
    """The number of UTF-8 bytes of each value."""
    lengths: Longs = np.diff(offsets_of(values))
    return lengths


def of_width(values: pa.LargeStringArray, width: int) -> Iterator[tuple[Longs, Bytes]]:
    """The values of that many bytes, as matrices of bytes, some at a time.

    Yields:
        Positions in ``values``, and one column of ``width`` bytes for each. Columns, not rows: numpy works
        along rows of memory, and a few long ones are better than many short ones.
    """
    starts, data = offsets_of(values), bytes_of(values)
    chosen = np.flatnonzero(np.diff(starts) == width)
    if not len(chosen):
        return
    windows = np.ndarray(len(data) - width + 1, np.dtype((np.void, width)), data, strides=(1,))
    for at in range(0, len(chosen), _PIECE):
        piece = chosen[at : at + _PIECE]
        rows = windows[starts[piece]].view(np.uint8).reshape(-1, width)
        yield piece, np.ascontiguousarray(rows.T)


def unseen(values: pa.LargeStringArray) -> Verdicts:
    """The verdicts to begin with: an empty value is as it should be, every other one needs care."""
    verdicts: Verdicts = np.where(lengths_of(values) == 0, 0, CAREFUL).astype(np.int8)
    return verdicts
