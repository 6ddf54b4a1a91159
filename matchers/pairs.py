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
    left_rows, left_keys = left_rows[left_keys != 0], left_keys[left_keys != 0]
    right_rows, right_keys = right_rows[right_keys != 0], right_keys[right_keys != 0]
    order = np.argsort(right_keys, kind="stable")
    right_rows, right_keys = right_rows[order], right_keys[order]
    first = np.searchsorted(right_keys, left_keys, side="left")
    count = np.searchsorted(right_keys, left_keys, side="right") - first
    _, place, many = np.unique(left_keys, return_inverse=True, return_counts=True)
    product = count * many[place] if len(left_keys) else count
    skipped = int(count[product > limit].sum())
    count = np.where(product > limit, 0, count)
    total = int(count.sum())
    start = (
        np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) if total else np.zeros(0, int)
    )
    right = right_rows[(start + np.arange(total)).astype(np.int64)]
    return np.repeat(left_rows, count), right, skipped


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
