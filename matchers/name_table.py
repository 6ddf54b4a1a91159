"""Each distinct name once, as arrays of codes: what name comparisons and name keys read.

No comparison reads a text: names are rows of character codes and of syllable codes. Most names are short and
live in narrow arrays; long and transliterated ones have a second, wide row each (``Wide``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.name_characters import LOST, Characters, build_characters
from matchers.name_spelling import automaton, respell
from matchers.name_syllables import NONE, Syllables, build_syllables
from matchers.name_text import Flat, dense, distinct_texts, flatten, mixed, simplify, sums
from schemas.fields.name_sounds import EVERYWHERE, Confusions

__all__ = ["LOST", "SHORT", "WIDE", "NameTable", "Wide", "build_names"]

SHORT = 4
"""Characters of an ordinary name; a longer one is transliterated."""

WIDE = 20
"""Characters of a long name that are compared; the registry admits 50, and hardly any has more than 16."""

IntArray = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]


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
        text: D canonical texts, for reports only.
        characters: the characters that occur. syllables: their folded syllables.
        length: D counts of characters, dots left out.
        chars: D x SHORT simplified character codes, dots left out; 0 behind the end.
        wide: long and transliterated names. wide_row: D rows in it; 0 for an ordinary name.
        dotted: D flags: a transliterated name with its dots.
        long: D flags: dotted, or more than SHORT characters: compared by component, not by character.
        foreign: D flags: long, or made up of known components of transliterated names: no surname.
        whole: D 64-bit numbers for the text without dots, the same in whatever order names are read.
        plain: D codes, equal where the text without dots is equal.
        simple: D codes, equal where the simplified text is equal.
        sound: D codes, equal where the toneless reading is equal.
        folded: D codes, equal where the reading is equal but for local confusions (zh/z, n/l, ang/an ...)
            and the ways of writing a component (次仁, 才仁).
        surname: D codes of the first folded syllable.
        given: D codes of the folded syllables behind the first; 0 for one character.
        first_part: D codes of the folded syllables before the first dot; the whole without dots.
    """

    text: NDArray[np.object_]
    characters: Characters
    syllables: Syllables
    length: Bytes
    chars: IntArray
    wide: Wide
    wide_row: IntArray
    dotted: Flags
    long: Flags
    foreign: Flags
    whole: NDArray[np.uint64]
    plain: IntArray
    simple: IntArray
    sound: IntArray
    folded: IntArray
    surname: IntArray
    given: IntArray
    first_part: IntArray

    def __len__(self) -> int:
        """The number of distinct names, the empty one included."""
        return len(self.length)


def build_names(
    values: Iterable[Any] | pa.Array, confusions: Confusions = EVERYWHERE
) -> tuple[NameTable, IntArray]:
    """Canonical names, one an entry -> the table of distinct names, and each entry's code in it.

    Args:
        values: texts: an Arrow array, an object array, or any iterable of str.
        confusions: the sounds that the speakers of the place do not tell apart.
    """
    codes, texts = distinct_texts(values)
    flat = flatten(texts)
    points = simplify(flat)
    fixed = automaton().alphabet
    characters = build_characters(points, confusions, fixed)
    syllables = build_syllables(characters, confusions)
    written = characters.code_of[points]
    length = np.diff(flat.start)
    long = flat.dotted | (length > SHORT)
    read = syllables.read(written, flat, ~long)
    wide, wide_row = _wide(written, flat, long, characters, syllables)
    folded = syllables.folded[read]
    whole = sums(mixed(flat.points, flat.place), flat.start)
    keys = _keys(folded, syllables.transliterated[written], flat, wide, wide_row)
    table = NameTable(
        text=texts.to_numpy(zero_copy_only=False),
        characters=characters,
        syllables=syllables,
        length=np.minimum(length, 255).astype(np.uint8),
        chars=_matrix(written, flat, SHORT),
        wide=wide,
        wide_row=wide_row,
        dotted=flat.dotted,
        long=long,
        foreign=wide_row > 0,
        whole=whole,
        plain=dense(whole),
        simple=dense(sums(mixed(written, flat.place), flat.start)),
        sound=dense(sums(mixed(read, flat.place), flat.start)),
        **{name: dense(key) for name, key in keys.items()},
    )
    return table, codes.astype(np.int32)


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
    known[characters.code_of[[ord(each) for each in automaton().alphabet]]] = True
    strange = np.zeros(len(long), dtype=bool)
    strange[flat.row[~known[written]]] = True
    asked = np.flatnonzero((long | ~strange) & (np.diff(flat.start) > 0))
    slot = np.full(len(long), -1, dtype=np.int32)
    slot[asked] = np.arange(len(asked))
    chosen = np.flatnonzero((slot[flat.row] >= 0) & (flat.place < WIDE))
    chars = np.zeros((len(asked), WIDE), dtype=np.int32)
    part = np.zeros((len(asked), WIDE), dtype=np.uint8)
    rows, places = slot[flat.row[chosen]], flat.place[chosen]
    chars[rows, places] = written[chosen]
    part[rows, places] = np.minimum(flat.part[chosen], 255)
    spelt, spelt_part, whole = respell(chars, part, characters.code_of)
    kept = np.flatnonzero(whole | long[asked])
    wide_row = np.zeros(len(long), dtype=np.int32)
    wide_row[asked[kept]] = np.arange(1, len(kept) + 1)
    none = np.zeros((1, WIDE), dtype=np.int32)
    return Wide(
        chars=np.concatenate([none, chars[kept]]),
        syllables=np.concatenate([none, syllables.transliterated[spelt[kept]]]),
        part=np.concatenate([none.astype(np.uint8), spelt_part[kept]]),
    ), wide_row


def _keys(
    folded: IntArray, transliterated: IntArray, flat: Flat, wide: Wide, wide_row: IntArray
) -> dict[str, NDArray[np.uint64]]:
    """Hashes of the whole name, its first syllable, the others and its first part: folded readings all.

    The first part of a short name is folded as in a transliteration: it may be all that was kept of one.
    """
    value = mixed(folded, flat.place)
    first = flat.place == 0
    part = mixed(transliterated, flat.place)
    keys = {"folded": value, "surname": value * first, "given": value * ~first, "first_part": part}
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
