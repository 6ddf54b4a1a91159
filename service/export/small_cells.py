"""Small numbers in tables across agencies: fewer than 5 is ``<5``, and no sum gives it away (A9)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEAST = 5
"""From so many children on a number is shown."""

SMALL, HIDDEN = "<5", "…"
"""What stands for a small number, and for one that would tell a small one by subtraction."""

_Flags = NDArray[np.bool_]


def suppressed(counts: Sequence[Sequence[int]]) -> list[list[str]]:
    """A table of counts as it may be published together with the sums of its rows and columns.

    >>> suppressed([[9, 2], [8, 7]])
    [['…', '<5'], ['…', '…']]
    >>> suppressed([[9, 0], [8, 7]])
    [['9', '0'], ['8', '7']]
    """
    table = np.array(counts, dtype=np.int64).reshape(len(counts), len(counts[0]) if counts else 0)
    small = (table > 0) & (table < LEAST)
    hidden = small.copy()
    while (told := _told_by_sums(hidden)).any():
        single = (hidden.sum(axis=1, keepdims=True) == 1) | (hidden.sum(axis=0) == 1)
        first = told & single if (told & single).any() else told
        row, column = (int(each) for each in np.argwhere(first)[0])
        lines = [(table[row], hidden[row]), (table[:, column], hidden[:, column])]
        alone = [line for line in lines if np.count_nonzero(line[1]) == 1]
        # Each line where it stands alone gets another; where none is left to hide, somewhere else there is.
        done = [_hide_another(*line) for line in alone or lines]
        if not any(done) and not _hide_another(table.reshape(-1), hidden.reshape(-1)):
            break
    return [
        [_shown(*cell) for cell in zip(counts.tolist(), few.tolist(), away.tolist(), strict=True)]
        for counts, few, away in zip(table, small, hidden, strict=True)
    ]


def _shown(count: int, few: bool, away: bool) -> str:
    return SMALL if few else HIDDEN if away else f"{count:,}"


def alone(count: int) -> str:
    """One number that stands alone."""
    return SMALL if 0 < count < LEAST else f"{count:,}"


def _told_by_sums(hidden: _Flags) -> _Flags:
    """Which of the hidden cells follow from the shown ones and the sums of rows and columns.

    One does where the sums allow it no other value: a unit vector in the row space of their equations.
    """
    cells = np.argwhere(hidden)
    told = np.zeros_like(hidden)
    if not len(cells):
        return told
    rows, columns = hidden.shape
    sums = np.zeros((rows + columns, len(cells)))
    sums[cells[:, 0], np.arange(len(cells))] = 1
    sums[rows + cells[:, 1], np.arange(len(cells))] = 1
    # The projection on the row space leaves a unit vector in it as it is.
    kept = np.diag(np.linalg.pinv(sums) @ sums)
    told[tuple(cells[kept > 1 - 1e-9].T)] = True
    return told


def _hide_another(counts: NDArray[np.int64], hidden: _Flags) -> bool:
    """Hide the smallest shown count of a row or column, zeros last; whether there was one."""
    free = np.flatnonzero(~hidden)
    if not len(free):
        return False
    order = np.where(counts[free] == 0, np.iinfo(np.int64).max, counts[free])
    hidden[free[np.argmin(order)]] = True
    return True
