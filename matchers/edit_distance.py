"""Edit distance of many pairs of short codes at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def osa(
    left: NDArray[np.integer],
    left_size: NDArray[np.integer],
    right: NDArray[np.integer],
    right_size: NDArray[np.integer],
) -> NDArray[np.uint8]:
    """Optimal string alignment distance (insertion, deletion, substitution, swap of neighbours) of m pairs.

    Args:
        left, right: m x w codes of characters, 0 behind the end.
        left_size, right_size: m counts of characters, at most w.

    The usual table of (w + 1) x (w + 1) cells is filled cell by cell for all pairs together; the answer of
    a pair is the cell at its two sizes.
    """
    width, count = left.shape[1], len(left)
    rows = np.zeros((width + 1, width + 1, count), dtype=np.uint8)
    rows[:, 0] = np.arange(width + 1, dtype=np.uint8)[:, None]
    rows[0, :] = np.arange(width + 1, dtype=np.uint8)[:, None]
    x, y = np.ascontiguousarray(left.T), np.ascontiguousarray(right.T)
    for i in range(1, width + 1):
        for j in range(1, width + 1):
            best = np.minimum(rows[i - 1, j], rows[i, j - 1]) + np.uint8(1)
            np.minimum(best, rows[i - 1, j - 1] + (x[i - 1] != y[j - 1]), out=best)
            if i > 1 and j > 1:
                swap = (x[i - 1] == y[j - 2]) & (x[i - 2] == y[j - 1])
                np.minimum(best, np.where(swap, rows[i - 2, j - 2] + np.uint8(1), best), out=best)
            rows[i, j] = best
    result: NDArray[np.uint8] = rows[left_size, right_size, np.arange(count)]
    return result


def within_two(
    left: NDArray[np.integer],
    left_size: NDArray[np.integer],
    right: NDArray[np.integer],
    right_size: NDArray[np.integer],
) -> NDArray[np.uint8]:
    """The distance of ``osa`` where it is at most 2, else 3: only pairs that can be so near are worked on."""
    gap = np.abs(left_size.astype(np.int64) - right_size.astype(np.int64))
    result = np.full(len(left), 3, dtype=np.uint8)
    near = np.flatnonzero(gap <= 2)
    for start in range(0, len(near), CHUNK):
        rows = near[start : start + CHUNK]
        found = osa(left[rows], left_size[rows], right[rows], right_size[rows])
        result[rows] = np.minimum(found, 3)
    return result


CHUNK = 50_000
"""Pairs worked on at a time: the table has 441 cells a pair at the width of numbers."""
