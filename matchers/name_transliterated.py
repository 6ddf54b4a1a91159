"""Two long names, transliterated ones mostly, held against each other by component."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.name_distance import distances
from matchers.name_syllables import FAR, NONE
from matchers.name_table import SHORT, WIDE, NameTable

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
CLOSE = 0.84
"""Share of equal syllables, like ones counted in part, from which two readings that begin with the same
letter are one name: 艾合买提 and 艾买提 lie above it, 吐尔逊 and 吐尔洪 below."""

LETTERS = 4
"""Least letters in the reading of a name that is taken for the beginning of a longer one."""


def by_component(names: NameTable, a: Longs, b: Longs) -> tuple[Flags, Flags, Flags]:
    """Pairs of names, at least one of each pair long -> flags: a part equal; alike; equal but cut or gapped.

    Parts between dots are compared each in its place. Where the dots of one name were lost, the wholes are.
    """
    one, other = _syllables(names, a), _syllables(names, b)
    parts_one, parts_other = _parts(names, a), _parts(names, b)
    many = parts_one.max(axis=1)
    paired = (many == parts_other.max(axis=1)) & (many > 0)
    alike = np.zeros(len(a), dtype=bool)
    related = np.zeros(len(a), dtype=bool)
    whole = np.flatnonzero(~paired)
    alike[whole] = _alike(names, one[whole], other[whole])
    each = np.flatnonzero(paired)
    alike[each] = True
    for part in range(int(many[each].max()) + 1 if len(each) else 0):
        x, y = _part(one[each], parts_one[each], part), _part(other[each], parts_other[each], part)
        there = many[each] >= part
        alike[each] &= _alike(names, x, y) | ~there
        related[each] |= (x == y).all(axis=1) & there
    return related & ~alike, alike, _gapped(names, a, b) | _cut(names, one, other, a, b)


def _syllables(names: NameTable, rows: Longs) -> Ints:
    short = names.syllables.transliterated[names.chars[rows]]
    return _widened(names, rows, short, names.wide.syllables)


def _widened(names: NameTable, rows: Longs, short: Ints, wide: Ints) -> Ints:
    """Codes of names in wide rows, with those of ``short`` where a name has no wide row."""
    matrix = wide[names.wide_row[rows]]
    matrix[:, :SHORT] = np.where((names.wide_row[rows] == 0)[:, None], short, matrix[:, :SHORT])
    return matrix


def _parts(names: NameTable, rows: Longs) -> NDArray[np.uint8]:
    return names.wide.part[names.wide_row[rows]]


def _part(syllables: Ints, parts: NDArray[np.uint8], part: int) -> Ints:
    """The syllables of one part, from the first place on."""
    inside = (parts == part) & (syllables != NONE)
    first = np.argmax(inside, axis=1)
    place = first[:, None] + np.arange(WIDE)[None, :]
    kept = np.arange(WIDE)[None, :] < inside.sum(axis=1)[:, None]
    found = np.take_along_axis(syllables, np.minimum(place, WIDE - 1), axis=1)
    return np.where(kept, found, NONE).astype(np.int32)


def _alike(names: NameTable, one: Ints, other: Ints) -> Flags:
    """Whether two readings are one name's."""
    longer = np.maximum((one != NONE).sum(axis=1), (other != NONE).sum(axis=1))
    begins = names.syllables.apart(one[:, 0], other[:, 0]) < FAR
    found = np.zeros(len(one), dtype=bool)
    rows = np.flatnonzero(begins)
    far = distances(names.syllables, one[rows], other[rows])
    found[rows] = far <= (1 - CLOSE) * FAR * longer[rows]
    return found


def _gapped(names: NameTable, a: Longs, b: Longs) -> Flags:
    """Whether two names are equal but for characters that were lost."""
    one = _widened(names, a, names.chars[a], names.wide.chars)
    other = _widened(names, b, names.chars[b], names.wide.chars)
    mark = names.characters.lost
    lost = (one == mark) | (other == mark)
    same = (one == other) & (one > 0) & ~lost
    fits = ((one == other) | lost).all(axis=1) & lost.any(axis=1) & same.any(axis=1)
    result: Flags = fits & (names.length[a] == names.length[b])
    return result


def _cut(names: NameTable, one: Ints, other: Ints, a: Longs, b: Longs) -> Flags:
    """Whether one name sounds like the beginning of the other: of which a part or n characters were kept."""
    shared = (one == other) & (one != NONE)
    equal = np.cumprod(shared, axis=1).sum(axis=1)
    sizes = np.minimum((one != NONE).sum(axis=1), (other != NONE).sum(axis=1))
    letters = np.minimum(names.syllables.letters[one].sum(axis=1), names.syllables.letters[other].sum(axis=1))
    result: Flags = (equal == sizes) & (sizes >= 2) & (letters >= LETTERS)
    return result & (np.minimum(names.length[a], names.length[b]) >= 2)
