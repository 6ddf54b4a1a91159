"""Each distinct name once, as arrays of codes: what name comparisons and name keys read.

No comparison reads a text: names are rows of character codes and of syllable codes. Most names are short and
live in narrow arrays; long and transliterated ones have a second, wide row each (``Wide``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.name_characters import LOST, Characters, build_characters
from matchers.name_spelling import automaton, respell
from matchers.name_syllables import NONE, Syllables, build_syllables
from matchers.name_text import Flat, Points, dense, distinct_texts, flatten, mixed, simplify, sums
from schemas.fields.name_sounds import EVERYWHERE, Confusions

__all__ = ["LOST", "SHORT", "WIDE", "NameTable", "Named", "Wide", "build_named", "build_names", "more_names"]

SHORT = 4
"""Characters of an ordinary name; a longer one is transliterated."""

WIDE = 20
"""Characters of a long name that are compared; the registry admits 50, and hardly any has more than 16."""

IntArray = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Wide:
    """M long or transliterated names, WIDE places each; row 0 is empty.

    Attributes:
        chars: M x WIDE character codes, as written (simplified, without dots).
        syllables: M x WIDE folded syllables of the name with its known components in their standing form.
        part: M x WIDE numbers of the part (between dots) that a syllable stands in.
    """

    chars: IntArray
    syllables: IntArray
    part: Bytes


@dataclass(frozen=True, slots=True)
class NameTable:
    """Arrays over D distinct names; entry 0 is the empty name.

    Attributes:
        text: D canonical texts, for what is shown; no comparison reads it.
        characters: the characters that occur. syllables: their folded syllables.
        length: D counts of characters, dots left out.
        chars: D x SHORT simplified character codes, dots left out; 0 behind the end.
        wide: long and transliterated names. wide_row: D rows in it; 0 for an ordinary name.
        dotted: D flags: a transliterated name with its dots.
        long: D flags: dotted, or more than SHORT characters: compared by component, not by character.
        foreign: D flags: long, or made up of known components of transliterated names: no surname.
        plain: D keys of the text without dots.
        simple: D dense codes of the simplified text. sound: D dense codes of the toneless reading.
        folded: D keys of the reading but for local confusions (zh/z, n/l, ang/an ...) and the ways of writing
            a component (次仁, 才仁).
        surname: D keys of the first folded syllable. given: D keys of those behind it.
        first_part: D keys of the folded syllables before the first dot; of the whole without dots.

    Equal where the named thing is equal, 0 where there is none. Codes are dense, keys are any numbers of 64
    bits; those of ``plain`` are made from the text alone, the same in whatever list it is read.
    """

    text: pa.Array
    characters: Characters
    syllables: Syllables
    length: Bytes
    chars: IntArray
    wide: Wide
    wide_row: IntArray
    dotted: Flags
    long: Flags
    foreign: Flags
    plain: Keys
    simple: IntArray
    sound: IntArray
    folded: Keys
    surname: Keys
    given: Keys
    first_part: Keys

    def __len__(self) -> int:
        """The number of distinct names, the empty one included."""
        return len(self.length)


@dataclass(frozen=True, slots=True)
class Named:
    """A table of names and, for each, what its codes ``simple`` and ``sound`` stand for in any other table
    that was made with the same characters and syllables."""

    table: NameTable
    simple: Keys
    sound: Keys


def build_names(
    values: Iterable[Any] | pa.Array, confusions: Confusions = EVERYWHERE
) -> tuple[NameTable, IntArray]:
    """Canonical names, one an entry -> the table of distinct names, and each entry's code in it.

    Args:
        values: texts: an Arrow array, an object array, or any iterable of str.
        confusions: the sounds that the speakers of the place do not tell apart.
    """
    codes, texts = distinct_texts(values)
    return build_named(texts, confusions).table, codes.astype(np.int32)


def build_named(texts: pa.Array, confusions: Confusions = EVERYWHERE, fixed: Sequence[str] = ()) -> Named:
    """The table of distinct names, "" first, over the characters that occur and those of ``fixed``."""
    flat = flatten(texts)
    points = simplify(flat)
    characters = build_characters(points, confusions, (*automaton().alphabet, *fixed))
    return _named(texts, flat, points, characters, build_syllables(characters, confusions))


def more_names(texts: pa.Array, known: NameTable, spare: Sequence[str]) -> Named:
    """A table of a few more distinct names, "" first, over the characters and syllables of ``known``.

    A character that is not known there becomes one of ``spare``, which no name holds: it equals nothing.
    """
    flat = flatten(texts)
    points = simplify(flat)
    strange = np.flatnonzero(known.characters.code_of[points] == 0)
    _, number = np.unique(points[strange], return_inverse=True)
    points[strange] = np.array([ord(each) for each in spare], dtype=np.uint32)[number % len(spare)]
    return _named(texts, flat, points, known.characters, known.syllables)


def _named(
    texts: pa.Array, flat: Flat, points: Points, characters: Characters, syllables: Syllables
) -> Named:
    written = characters.code_of[points]
    length = np.diff(flat.start)
    long = flat.dotted | (length > SHORT)
    read = syllables.read(written, flat, ~long)
    wide, wide_row = _wide(written, flat, long, characters, syllables)
    folded = syllables.folded[read]
    keys = _keys(folded, syllables.transliterated[written], flat, wide, wide_row)
    simple, sound = (sums(mixed(each, flat.place), flat.start) for each in (written, read))
    table = NameTable(
        text=texts,
        characters=characters,
        syllables=syllables,
        length=np.minimum(length, 255).astype(np.uint8),
        chars=_matrix(written, flat, SHORT),
        wide=wide,
        wide_row=wide_row,
        dotted=flat.dotted,
        long=long,
        foreign=wide_row > 0,
        plain=sums(mixed(flat.points, flat.place), flat.start),
        simple=dense(simple),
        sound=dense(sound),
        **keys,
    )
    return Named(table, simple, sound)


def _matrix(codes: IntArray, flat: Flat, width: int) -> IntArray:
    """Codes in a row a name, cut at ``width`` and filled up with 0."""
    matrix = np.zeros((len(flat.start) - 1, width), dtype=np.int32)
    inside = flat.place < width
    matrix[flat.row[inside], flat.place[inside]] = codes[inside]
    return matrix


def _wide(
    written: IntArray, flat: Flat, long: Flags, characters: Characters, syllables: Syllables
) -> tuple[Wide, IntArray]:
    """The rows of long names, and of short ones that are made up of known components."""
    known = np.zeros(len(characters.points), dtype=bool)
    known[characters.code_of[automaton().points]] = True
    strange = np.zeros(len(long), dtype=bool)
    strange[flat.row[~known[written]]] = True
    wide_row = np.zeros(len(long), dtype=np.int32)
    count = 1
    blocks = [Wide(*(np.zeros((1, WIDE), dtype=kind) for kind in (np.int32, np.int32, np.uint8)))]
    # Few ordinary names are all of such characters, and those are short: they go through a narrow table.
    for asked, width in ((long, WIDE), (~long & ~strange & (np.diff(flat.start) > 0), SHORT)):
        chosen = np.flatnonzero(asked)
        if not len(chosen):
            continue
        rows, block = _spelt(written, flat, chosen, width, characters, keep_all=width == WIDE)
        wide_row[rows] = np.arange(count, count + len(rows))
        count += len(rows)
        blocks.append(block)
    chars, spelt, part = (
        np.concatenate([getattr(block, name) for block in blocks]) for name in ("chars", "syllables", "part")
    )
    return Wide(chars, syllables.transliterated[spelt], part), wide_row


def _spelt(
    written: IntArray,
    flat: Flat,
    asked: NDArray[np.int64],
    width: int,
    characters: Characters,
    *,
    keep_all: bool,
) -> tuple[NDArray[np.int64], Wide]:
    """The names that are kept, and their rows: in ``syllables`` the characters of the one spelling."""
    slot = np.full(len(flat.start) - 1, -1, dtype=np.int32)
    slot[asked] = np.arange(len(asked))
    chosen = np.flatnonzero((slot[flat.row] >= 0) & (flat.place < width))
    chars = np.zeros((len(asked), width), dtype=np.int32)
    part = np.zeros((len(asked), width), dtype=np.uint8)
    rows, places = slot[flat.row[chosen]], flat.place[chosen]
    chars[rows, places] = written[chosen]
    part[rows, places] = np.minimum(flat.part[chosen], 255)
    spelt, spelt_part, whole = respell(chars, part, characters.code_of, WIDE)
    kept = np.flatnonzero(whole | keep_all)
    wide = np.zeros((len(kept), WIDE), dtype=np.int32)
    wide[:, :width] = chars[kept]
    return asked[kept], Wide(wide, spelt[kept], spelt_part[kept])


def _keys(
    folded: IntArray, transliterated: IntArray, flat: Flat, wide: Wide, wide_row: IntArray
) -> dict[str, NDArray[np.uint64]]:
    """Hashes of the whole name, its first syllable, the others and its first part: folded readings all.

    The first part of a short name is folded as in a transliteration: it may be all that was kept of one.
    """
    value = mixed(folded, flat.place)
    first = flat.place == 0
    part = mixed(transliterated, flat.place)
    given = np.where(np.diff(flat.start)[flat.row] < SHORT, value, part) * ~first
    keys = {"folded": value, "surname": value * first, "given": given, "first_part": part}
    keys = {name: sums(each, flat.start) for name, each in keys.items()}
    own = np.flatnonzero(wide_row)
    rows = wide_row[own]
    syllables, parts = wide.syllables[rows], wide.part[rows]
    spelt = mixed(syllables, np.broadcast_to(np.arange(WIDE), syllables.shape))
    spelt[syllables == NONE] = 0
    keys["folded"][own] = spelt.sum(axis=1) + _beyond(flat, value, own)
    keys["surname"][own] = spelt[:, 0]
    keys["given"][own] = spelt[:, 1:].sum(axis=1)
    keys["first_part"][own] = (spelt * (parts == parts[:, :1])).sum(axis=1)
    return keys


def _beyond(flat: Flat, value: NDArray[np.uint64], own: NDArray[np.int64]) -> NDArray[np.uint64]:
    """What stands behind the last place of the wide rows: two names that only begin alike are two."""
    return sums(np.where(flat.place >= WIDE, value, np.uint64(0)), flat.start)[own]
