"""The characters that occur in names, each once: how it reads, and how alike two of them are.

Codes are dense integers, the most frequent character first; code 0 is "no character".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from schemas.fields.name_sounds import Confusions, readings, surname_readings

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Codes = NDArray[np.integer]
LOST = "□"
READINGS = 7
"""No character in use has more readings in pypinyin."""

HEAD = 6000
"""Characters whose likeness to one another stands ready in a square table (36 MB at most)."""

POINTS = 0x110000
NONE, NEAR, SHAPE, SOUND, SAME = range(5)


@dataclass(frozen=True, slots=True)
class Characters:
    """K characters and code 0.

    Attributes:
        points: K + 1 Unicode code points; 0 for code 0.
        code_of: a code for every code point; 0 for one that does not occur.
        sound: (K + 1) x READINGS codes of toneless readings, surname readings too; negative for none.
        near: the same, with what the speakers of the place confuse folded together.
        shape: sorted packed pairs of codes (smaller * (K + 1) + larger) of characters alike in shape.
        square: likeness of the first HEAD codes to one another.
    """

    points: NDArray[np.uint32]
    code_of: Ints
    sound: Ints
    near: Ints
    shape: NDArray[np.int64]
    square: Bytes

    @property
    def lost(self) -> int:
        """The code of the sign for a lost character; one that no name has where none was lost."""
        return int(self.code_of[ord(LOST)]) or len(self.points)

    def likeness(self, one: Codes, other: Codes) -> Bytes:
        """Codes, of one shape -> SAME, SOUND (a reading in common), SHAPE, NEAR (a near reading) or NONE."""
        head = len(self.square)
        if len(self.points) <= head:
            return self.square[one, other]
        inside = (one < head) & (other < head)
        result = self.square[np.where(inside, one, 0), np.where(inside, other, 0)]
        rest = np.nonzero(~inside)
        result[rest] = _likeness(self, one[rest], other[rest])
        return result


def build_characters(
    points: NDArray[np.uint32], confusions: Confusions, fixed: Sequence[str] = (), head: int = HEAD
) -> Characters:
    """Code points of all names, in any order and number -> the table of them, and of ``fixed``."""
    count = np.bincount(points, minlength=POINTS)
    count[[ord(each) for each in fixed]] += 1
    present = np.flatnonzero(count)
    present = present[np.argsort(-count[present], kind="stable")]
    code_of = np.zeros(POINTS, dtype=np.int32)
    code_of[present] = np.arange(1, len(present) + 1)
    known = [""] + [chr(each) for each in present.tolist()]
    table = Characters(
        points=np.concatenate([[0], present]).astype(np.uint32),
        code_of=code_of,
        sound=_readings(known, lambda syllable: syllable),
        near=_readings(known, confusions.fold),
        shape=_shape(code_of, len(known)),
        square=np.zeros((0, 0), dtype=np.uint8),
    )
    return Characters(
        table.points, code_of, table.sound, table.near, table.shape, _square(table, min(head, len(known)))
    )


def _readings(known: Sequence[str], fold: Callable[[str], str]) -> Ints:
    codes: dict[str, int] = {}
    matrix = np.full((len(known), READINGS), -1, dtype=np.int32)
    surnames = surname_readings()
    for row, character in enumerate(known):
        if character < "\u2e80":  # Latin letters and marks sound like nothing but themselves
            continue
        every = (*surnames.get(character, ()), *readings(character))
        found = list(dict.fromkeys(fold(each) for each in every))[:READINGS]
        matrix[row, : len(found)] = [codes.setdefault(each, len(codes)) for each in found]
    return matrix


@cache
def shape_pairs() -> NDArray[np.uint32]:
    """Pairs of characters alike in shape, as two columns of code points (``models/shape*.csv``)."""
    found = set()
    for name in ("shape.csv", "shape_derived.csv"):
        text = resources.files("matchers").joinpath("models", name).read_text("utf-8")
        groups = [line.split(",")[0] for line in text.splitlines() if line and not line.startswith("#")][1:]
        found |= {(ord(x), ord(y)) for group in groups for x in group for y in group if x < y}
    return np.array(sorted(found), dtype=np.uint32).reshape(-1, 2)


def _shape(code_of: Ints, size: int) -> NDArray[np.int64]:
    pairs = code_of[shape_pairs()].astype(np.int64)
    pairs = pairs[(pairs > 0).all(axis=1)]
    return np.sort(pairs.min(axis=1) * size + pairs.max(axis=1))


def _square(table: Characters, size: int) -> Bytes:
    """The likeness of the first codes: written reading by reading, weaker kinds first."""
    square = np.zeros((size, size), dtype=np.uint8)
    _mark(square, table.near[:size], NEAR)
    low, high = np.divmod(table.shape, len(table.points))
    low, high = low[high < size], high[high < size]
    square[low, high] = square[high, low] = SHAPE
    _mark(square, table.sound[:size], SOUND)
    every = np.arange(1, size)
    square[every, every] = SAME
    return square


def _mark(square: Bytes, matrix: Ints, kind: int) -> None:
    rows, columns = np.nonzero(matrix >= 0)
    values = matrix[rows, columns]
    order = np.argsort(values, kind="stable")
    rows, values = rows[order], values[order]
    for group in np.split(rows, np.flatnonzero(np.diff(values)) + 1):
        square[np.ix_(group, group)] = kind


def _likeness(table: Characters, one: Codes, other: Codes) -> Bytes:
    """The same as the square table says, worked out pair by pair: for characters that are rare."""
    result = np.zeros(one.shape, dtype=np.uint8)
    result[_share(table.near, one, other)] = NEAR
    if len(table.shape):
        packed = np.minimum(one, other).astype(np.int64) * len(table.points) + np.maximum(one, other)
        place = np.minimum(np.searchsorted(table.shape, packed), len(table.shape) - 1)
        result[table.shape[place] == packed] = SHAPE
    result[_share(table.sound, one, other)] = SOUND
    result[(one == other) & (one > 0)] = SAME
    return result


def _share(matrix: Ints, one: Codes, other: Codes) -> NDArray[np.bool_]:
    left, right = matrix[one], matrix[other]
    found = np.zeros(one.shape, dtype=bool)
    for column in range(READINGS):
        each = left[:, column, None]
        found |= ((each == right) & (each >= 0)).any(axis=1)
    return found
