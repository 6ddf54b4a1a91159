"""Rows that share a key. What too many share is refined by what else is known, before any pair is made.

Two thousand children of one name and year give four million pairs, and hardly one of them is a child twice:
such a key gives no pair by itself. Of those who have it only those are paired who agree in more: first in
sex, which is nearly always known, then in township, then in year of birth (linkage notes, section 5.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchers.pairs import Joined, Keys, join, join_self, mix
from matchers.people import Longs, People

LEVELS = ((48, 0xFF), (16, 0xFFFFFFFF), (0, 0xFFFF))
"""Sex, township, year: how far to the left each stands in what ``finer_of`` gives, and its bits."""


def finer_of(people: People, rows: Longs) -> Keys:
    """Sex, township and year of birth of these rows, one number a row; 0 in the place of what is unknown."""
    born = np.where(people.birth[rows] > 0, people.birth[rows], people.id_birth[rows]) // 10000
    parts: list[NDArray[np.integer]] = [people.sex[rows], people.town[rows], born]
    placed = zip(parts, LEVELS, strict=True)
    told: Keys = np.bitwise_or.reduce([each.astype(np.uint64) << np.uint64(at) for each, (at, _) in placed])
    return told


@dataclass(frozen=True, slots=True)
class Tokens:
    """Rows with their keys; a row that has several keys stands there several times.

    Attributes:
        rows, keys: of one length. finer: places in them -> what ``finer_of`` says of those rows.
    """

    rows: Longs
    keys: Keys
    finer: Callable[[Longs], Keys]

    def refined(self, wide: Keys, level: tuple[int, int]) -> Tokens:
        """Those with one of these keys, each with one more thing that is known; the others are left out."""
        place = np.minimum(np.searchsorted(wide, self.keys), len(wide) - 1)
        at = np.flatnonzero(wide[place] == self.keys)
        finer = self.finer(at)
        shift, bits = (np.uint64(each) for each in level)
        keys = mix(self.keys[at], finer >> shift & bits)
        known = np.flatnonzero(keys)
        return Tokens(self.rows[at[known]], keys[known], finer[known].__getitem__)


def share(left: Tokens, right: Tokens, limit: int) -> tuple[Longs, Longs, int]:
    """The pairs of a left and a right row that share a key, and how many were left out as too common.

    ``limit`` is how many pairs one key may give (``matchers.pairs.join``).
    """
    found = [join(left.rows, left.keys, right.rows, right.keys, limit)]
    for level in LEVELS:
        wide = found[-1].wide
        if len(wide):
            left, right = left.refined(wide, level), right.refined(wide, level)
            found.append(join(left.rows, left.keys, right.rows, right.keys, limit))
    return _together(found)


def share_self(tokens: Tokens, limit: int) -> tuple[Longs, Longs, int]:
    """The same of the rows of one side, each pair once, the lower row on the left."""
    found = [join_self(tokens.rows, tokens.keys, limit)]
    for level in LEVELS:
        wide = found[-1].wide
        if len(wide):
            tokens = tokens.refined(wide, level)
            found.append(join_self(tokens.rows, tokens.keys, limit))
    return _together(found)


def _together(found: list[Joined]) -> tuple[Longs, Longs, int]:
    left, right = (np.concatenate([each[side] for each in found]) for side in range(2))
    return left, right, found[0].skipped - sum(len(each.left) for each in found[1:])
