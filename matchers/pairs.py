"""Pairs of records, and how two sets of keys are joined into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matchers.people import Flags, Longs
from matchers.texts import runs

Keys = NDArray[np.uint64]
_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F],
    dtype=np.uint64,
)
_LOW, _LOWS, _HIGHS = 0x01, np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
"""The lowest bit of a byte, and the lowest and the highest of each byte of a word."""


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
    wide = np.full((len(matrix), -(-matrix.shape[1] // 8) * 8), _LOW, dtype=np.uint8)
    wide[:, : matrix.shape[1]] = matrix
    words = wide.view(np.uint64).T
    # A word without a 0 byte has no byte that borrows when 1 is taken from each.
    hidden = [(word - _LOWS) & ~word & _HIGHS for word in words]
    return mix(*np.where(np.bitwise_or.reduce(hidden) > 0, np.uint64(0), words))


class Joined(NamedTuple):
    """Pairs of a left and a right row, and what was too common to give any.

    Attributes:
        left, right: rows, of one length.
        skipped: how many pairs were left out. wide: the keys that would have given them, ascending.
    """

    left: Longs
    right: Longs
    skipped: int
    wide: Keys


def join(left_rows: Longs, left_keys: Keys, right_rows: Longs, right_keys: Keys, limit: int) -> Joined:
    """Rows whose keys are equal and not 0.

    A key that would give more than ``limit`` pairs gives none: it says too little.
    """
    # The fewer first sift the more: their table is small, and few are left to sift them in turn.
    if len(left_keys) < len(right_keys):
        right_rows, right_keys = _met(right_rows, right_keys, left_keys)
    left_rows, left_keys = _by_key(*_met(left_rows, left_keys, right_keys))
    right_rows, right_keys = _by_key(*_met(right_rows, right_keys, left_keys))
    starts = _starts(left_keys)
    keys, many = left_keys[starts], np.diff(starts, append=len(left_keys))
    first = np.searchsorted(right_keys, keys, side="left")
    count = np.searchsorted(right_keys, keys, side="right") - first
    product = count * many
    wide = product > limit
    count = np.where(wide, 0, count)
    # Each left row of a key takes the key's run of right rows.
    ours = np.repeat(count, many)
    left, right = np.repeat(left_rows, ours), right_rows[runs(np.repeat(first, many), ours)]
    return Joined(left, right, int(product[wide].sum()), keys[wide])


def join_self(rows: Longs, keys: Keys, limit: int) -> Joined:
    """Pairs of rows of one side whose keys are equal and not 0, each pair once, the lower row on the left.

    A row may come several times with several keys. ``limit`` as for ``join``, of pairs before halving.
    """
    ordered = np.sort(keys)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    rows, keys = _by_key(*_met(rows, keys, twice))
    starts = _starts(keys)
    many = np.diff(starts, append=len(keys))
    common = many * many > limit
    # Each row of a key takes those behind it.
    behind = np.repeat(starts + many, many) - np.arange(1, len(keys) + 1)
    behind[np.repeat(common, many)] = 0
    a, b = np.repeat(rows, behind), rows[runs(np.arange(1, len(keys) + 1), behind)]
    unlike = a != b
    skipped = int((many * (many - 1) // 2)[common].sum())
    return Joined(np.minimum(a, b)[unlike], np.maximum(a, b)[unlike], skipped, keys[starts[common]])


def _by_key(rows: Longs, keys: Keys) -> tuple[Longs, Keys]:
    order = np.argsort(keys)
    return rows[order], keys[order]


def _starts(ordered: NDArray[np.integer]) -> Longs:
    """The places where a new value begins."""
    return np.flatnonzero(np.concatenate([ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]]))


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
    # One number to sort by: left, right, rule.
    width = size.bit_length()
    packed = np.concatenate(
        [((a << width | b) << _RULE) | rule for a, b, rule in zip(left, right, rules, strict=True)]
    )
    packed.sort()
    pairs, bits = packed >> _RULE, np.uint64(1) << (packed & (1 << _RULE) - 1).astype(np.uint64)
    starts = _starts(pairs)
    merged = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    pairs = pairs[starts]
    return Pairs(pairs >> width, pairs & (1 << width) - 1, merged)


_RULE = 6
"""Bits of the number of a rule: as many rules as ``Pairs.rules`` has bits."""


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
