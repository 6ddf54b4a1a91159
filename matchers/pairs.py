"""Pairs of records, and how two sets of keys are joined into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchers.people import Flags, Longs

Keys = NDArray[np.uint64]
_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F],
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """m pairs of record rows: ``left`` and ``right`` index People; bit k of ``rules`` says key k found it."""

    left: Longs
    right: Longs
    rules: NDArray[np.uint64]

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.left)

    def take(self, chosen: Longs | Flags) -> Pairs:
        """Only these pairs."""
        return Pairs(self.left[chosen], self.right[chosen], self.rules[chosen])

    def with_more(self, more: Pairs) -> Pairs:
        """These pairs and then those of ``more``; a pair may come twice."""
        sides = [
            np.concatenate([getattr(self, each), getattr(more, each)]) for each in ("left", "right", "rules")
        ]
        return Pairs(*sides)


def mix(*parts: NDArray[np.integer] | NDArray[np.unsignedinteger]) -> Keys:
    """Several codes -> one 64-bit key a row; 0 (no key) where any of the codes is 0."""
    key = np.zeros(len(parts[0]), dtype=np.uint64)
    known = np.ones(len(parts[0]), dtype=bool)
    for number, part in enumerate(parts):
        known &= part != 0
        key ^= part.astype(np.uint64, copy=False)
        key *= _MULTIPLIERS[number % len(_MULTIPLIERS)]
        key ^= key >> np.uint64(29)
    np.maximum(key, 1, out=key)
    key[~known] = 0
    return key


def mix_bytes(matrix: NDArray[np.uint8]) -> Keys:
    """Rows of bytes -> one 64-bit key a row; 0 where any byte is 0 (hidden or absent)."""
    wide = np.zeros((len(matrix), -(-matrix.shape[1] // 8) * 8), dtype=np.uint8)
    wide[:, : matrix.shape[1]] = matrix
    key = mix(*(part + np.uint64(1) for part in wide.view(np.uint64).T))
    key[(matrix == 0).any(axis=1)] = 0
    return key


def join(
    left_rows: Longs, left_keys: Keys, right_rows: Longs, right_keys: Keys, limit: int
) -> tuple[Longs, Longs, int]:
    """Rows whose keys are equal and not 0.

    A key that would give more than ``limit`` pairs gives none: it says too little. Returns the left rows,
    the right rows and the number of pairs so left out.
    """
    left_rows, left_keys = _met(left_rows, left_keys, right_keys)
    right_rows, right_keys = _met(right_rows, right_keys, left_keys)
    order = np.argsort(right_keys, kind="stable")
    right_rows, right_keys = right_rows[order], right_keys[order]
    order = np.argsort(left_keys, kind="stable")
    left_rows, left_keys = left_rows[order], left_keys[order]
    keys, many = np.unique(left_keys, return_counts=True)
    first = np.searchsorted(right_keys, keys, side="left")
    count = np.searchsorted(right_keys, keys, side="right") - first
    product = count * many
    skipped = int(product[product > limit].sum())
    count = np.where(product > limit, 0, count)
    # Each left row of a key takes the key's run of right rows.
    runs, begin = np.repeat(count, many), np.repeat(first, many)
    total = int(runs.sum())
    offset = np.repeat(begin - (np.cumsum(runs) - runs), runs)
    return np.repeat(left_rows, runs), right_rows[offset + np.arange(total)], skipped


def join_self(rows: Longs, keys: Keys, limit: int) -> tuple[Longs, Longs, int]:
    """Pairs of rows of one side whose keys are equal and not 0, each pair once, the lower row on the left.

    A row may come several times with several keys. ``limit`` as for ``join``, of pairs before halving.
    """
    ordered = np.sort(keys[keys != 0])
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    rows, keys = _met(rows, keys, twice)
    a, b, skipped = join(rows, keys, rows, keys, limit)
    return a[a < b], b[a < b], skipped


def _met(rows: Longs, keys: Keys, others: Keys) -> tuple[Longs, Keys]:
    """Leave out most of the rows whose key the others do not have: what is left is quick to sort.

    By a table of the leading bits of the others' keys, so that a few are left that should not be.
    """
    bits = min(max(int(len(others) * 16).bit_length(), 10), 27)
    shift = np.uint64(64 - bits)
    table = np.zeros(1 << bits, dtype=bool)
    table[others >> shift] = True
    chosen = np.flatnonzero(table[keys >> shift] & (keys != 0))
    return rows[chosen], keys[chosen]


def distinct(left: list[Longs], right: list[Longs], rules: list[int], size: int) -> Pairs:
    """Put the finds of several keys together: each pair once, with the bits of all keys that found it."""
    if not left:
        none = np.zeros(0, dtype=np.int64)
        return Pairs(none, none, none.astype(np.uint64))
    packed = np.concatenate([a * size + b for a, b in zip(left, right, strict=True)])
    bits = np.repeat(np.array([1 << rule for rule in rules], dtype=np.uint64), [len(a) for a in left])
    order = np.argsort(packed, kind="stable")
    packed, bits = packed[order], bits[order]
    starts = np.flatnonzero(np.concatenate([[True], packed[1:] != packed[:-1]])) if len(packed) else packed
    merged = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    unique = packed[starts]
    return Pairs(unique // size, unique % size, merged)


def components(size: int, left: Longs, right: Longs) -> Longs:
    """For each code below ``size`` the lowest code that the pairs join it with, directly or through others.

    Each round gives the higher of two codes the lower one and lets every code follow to the end: a chain of
    n takes at most log n rounds, real ones two or three.
    """
    lowest = np.arange(size)
    while True:
        one, other = lowest[left], lowest[right]
        if np.array_equal(one, other):
            return lowest
        np.minimum.at(lowest, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(lowest, lowest[lowest]):
            lowest = lowest[lowest]
