"""How far two rows of syllables are apart: a weighted edit distance over all pairs at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.name_syllables import FAR, NONE, Syllables

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
BATCH = 1 << 14
"""Pairs that are worked on together: bounds the memory of their tables."""


def distances(syllables: Syllables, one: Ints, other: Ints) -> NDArray[np.int32]:
    """Two P x W matrices of syllable codes, filled up with NONE -> P distances in tenths of a syllable.

    A syllable may be replaced by a like one, left out, added, or change places with its neighbour (optimal
    string alignment, Damerau 1964, with the costs of ``Syllables``).
    """
    result = np.zeros(len(one), dtype=np.int32)
    sizes = np.maximum((one != NONE).sum(axis=1), (other != NONE).sum(axis=1))
    order = np.argsort(sizes, kind="stable")
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        width = int(sizes[rows[-1]])
        result[rows] = _align(syllables, one[rows, :width], other[rows, :width])
    return result


def _align(syllables: Syllables, one: Ints, other: Ints) -> NDArray[np.int32]:
    pairs, width = one.shape
    size_one, size_other = (one != NONE).sum(axis=1), (other != NONE).sum(axis=1)
    drop = np.where(one == NONE, 0, syllables.weak[one]).astype(np.int16)
    add = np.where(other == NONE, 0, syllables.weak[other]).astype(np.int16)
    # table[i][j]: the first i syllables of one against the first j of the other, for every pair.
    table = np.zeros((width + 1, width + 1, pairs), dtype=np.int16)
    table[1:, 0] = np.cumsum(drop, axis=1).T
    table[0, 1:] = np.cumsum(add, axis=1).T
    for i in range(1, width + 1):
        for j in range(1, width + 1):
            change = table[i - 1, j - 1] + syllables.apart(one[:, i - 1], other[:, j - 1])
            best = np.minimum(change, table[i - 1, j] + drop[:, i - 1])
            best = np.minimum(best, table[i, j - 1] + add[:, j - 1])
            if i > 1 and j > 1:
                swapped = (one[:, i - 1] == other[:, j - 2]) & (one[:, i - 2] == other[:, j - 1])
                best = np.where(swapped, np.minimum(best, table[i - 2, j - 2] + FAR), best)
            table[i, j] = best
    found: NDArray[np.int32] = table[size_one, size_other, np.arange(pairs)].astype(np.int32)
    return found
