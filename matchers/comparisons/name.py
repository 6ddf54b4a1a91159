"""Names: by character, by sound, by shape; transliterated ones by component."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.name_table import LOST, READINGS, NameTable, readings
from matchers.pairs import Pairs
from matchers.people import Bytes, Flags, Ints, Longs, People
from schemas.fields.name_sounds import fold

LEVELS = (
    Level("different", "姓名不同：{left}/{right}"),
    Level("same_surname", "同姓而名不同：{left}/{right}"),
    Level("related", "姓名部分相同(多字、少字或字序不同):{left}/{right}"),
    Level("surname_changed", "名相同而姓不同：{left}/{right}"),
    Level("one_character", "姓名有一字不同：{left}/{right}"),
    Level("fuzzy_sound", "姓名读音相近：{left}/{right}"),
    Level("partial", "姓名有缺字、截断或译写不同，其余相同：{left}/{right}"),
    Level("shape", "姓名有形近字：{left}/{right}"),
    Level("sound", "姓名同音：{left}/{right}"),
    Level("variant", "姓名相同(繁简或异体字):{left}/{right}"),
    Level("exact", "姓名相同：{left}"),
)
DIFFERENT, SAME_SURNAME, RELATED, SURNAME, ONE, FUZZY, PARTIAL, SHAPE, SOUND, VARIANT, EXACT = range(11)
CLOSE = 0.84
"""Share of equal letters from which two transliterated readings that begin alike are one name: 阿卜杜拉 and
阿布都拉 lie above it. Many different names do too (艾买提, 买买提), hence the first letter."""

LONG = 4
"""Characters of a name of which only the first part may have been kept (error class 8), and the least
letters of the reading of that part."""

BYTE = np.uint8


def compare(people: People, pairs: Pairs) -> Bytes:
    """The best level over the names that each record gives (present and former)."""
    best = name_levels(people.names, people.name[pairs.left], people.name[pairs.right])
    for left, right in ((people.former, people.name), (people.name, people.former)):
        a, b = left[pairs.left], right[pairs.right]
        both = np.flatnonzero((a > 0) & (b > 0))
        if len(both):
            other = name_levels(people.names, a[both], b[both])
            best[both] = np.where(best[both] == MISSING, other, np.maximum(best[both], other))
    return best


def name_levels(names: NameTable, left: Ints, right: Ints) -> Bytes:
    """Two arrays of name codes -> levels. Each distinct pair of names is compared once."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    packed, place = np.unique(low * len(names) + high, return_inverse=True)
    a, b = packed // len(names), packed % len(names)
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    plain = ~names.long[a] & ~names.long[b]
    same_length = plain & (names.length[a] == names.length[b])
    for rows, work in ((same_length, _by_character), (plain & ~same_length, _by_length)):
        chosen = np.flatnonzero(rows)
        if len(chosen):
            level[chosen] = work(names, a[chosen], b[chosen])
    tail = np.flatnonzero(~plain & (names.plain[a] != names.plain[b]))
    for row in tail.tolist():
        level[row] = _by_component(names, int(a[row]), int(b[row]))
    surname = ~names.dotted[a] & ~names.dotted[b] & (names.surname[a] == names.surname[b])
    level = np.where(surname, np.maximum(level, SAME_SURNAME), level)
    level = np.where(names.folded[a] == names.folded[b], np.maximum(level, FUZZY), level)
    level = np.where(names.sound[a] == names.sound[b], np.maximum(level, SOUND), level)
    level = np.where(names.simple[a] == names.simple[b], VARIANT, level)
    level = np.where(names.plain[a] == names.plain[b], EXACT, level)
    level = np.where((a == 0) | (b == 0), MISSING, level)
    return level.astype(BYTE)[place]


def _by_character(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Names of equal length up to four characters, character by character."""
    one, other = names.chars[a, :4], names.chars[b, :4]
    used = np.arange(4)[None, :] < names.length[a][:, None]
    same = (one == other) | ~used
    lost = ((one == ord(LOST)) | (other == ord(LOST))) & used
    alike = character_likeness(one, other)
    differ = ~same & ~lost
    count = differ.sum(axis=1)
    length = names.length[a]
    sounds = (~differ | (alike >= 3)).all(axis=1)
    shapes = (~differ | (alike >= 2)).all(axis=1) & (same & used).any(axis=1)
    fuzzy = (~differ | (alike >= 1)).all(axis=1)
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    swapped = (
        (length == 3) & (one[:, 0] == other[:, 0]) & (one[:, 1] == other[:, 2]) & (one[:, 2] == other[:, 1])
    )
    level[swapped] = RELATED
    level[(count == 1) & differ[:, 0] & (length >= 3)] = SURNAME
    level[(count == 1) & ~differ[:, 0] & (length >= 3)] = ONE
    level[fuzzy] = FUZZY
    level[shapes] = SHAPE
    level[sounds] = SOUND
    some_left = (same & used & ~lost).any(axis=1)
    level[lost.any(axis=1) & (count == 0) & some_left] = PARTIAL
    return level


def _by_length(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Names of up to four characters that differ in length: one character more, or cut off."""
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    gap = np.abs(names.length[a].astype(int) - names.length[b].astype(int))
    shorter = np.minimum(names.length[a], names.length[b])
    for row in np.flatnonzero((gap >= 1) & (shorter >= 2)).tolist():
        one, other = sorted((str(names.text[a[row]]), str(names.text[b[row]])), key=len)
        if len(other) >= LONG and other.startswith(one):
            level[row] = PARTIAL
        elif OSA.distance(one, other) == 1 and one[0] == other[0]:
            level[row] = RELATED
    return level


def _by_component(names: NameTable, a: int, b: int) -> int:
    """Transliterated names: parts by their readings, each against its place; one part may be missing."""
    one, other = names.parts[a], names.parts[b]
    if not one or not other:
        return DIFFERENT
    text, rest = str(names.text[a]), str(names.text[b])
    if LOST in text + rest and _fits(text, rest):
        return PARTIAL
    shorter, longer = sorted((names.folded_text[a], names.folded_text[b]), key=len)
    if longer.startswith(shorter) and len(shorter) >= LONG and min(len(text), len(rest)) >= 2:
        return PARTIAL
    if len(one) == len(other):
        alike = [_likeness(x, y) for x, y in zip(one, other, strict=True)]
        if len(alike) > 1 and min(alike) < CLOSE:
            return RELATED if max(alike) == 1 else DIFFERENT
    return FUZZY if _likeness(names.folded_text[a], names.folded_text[b]) >= CLOSE else DIFFERENT


def _likeness(one: str, other: str) -> float:
    """Share of equal letters of two readings; 0 where they begin with another letter."""
    return float(fuzz.ratio(one, other)) / 100 if one[:1] == other[:1] else 0.0


def _fits(one: str, other: str) -> bool:
    """Whether two names are equal but for characters that were lost."""
    same_size = len(one) == len(other)
    return same_size and all(x == y or LOST in (x, y) for x, y in zip(one, other, strict=True))


def character_likeness(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> Bytes:
    """Unicode codes -> 4 the same character, 3 the same sound, 2 alike in shape, 1 a near sound, 0 else."""
    table = np.unique(np.concatenate([one.ravel(), other.ravel()]))
    sound = _readings_matrix(table, folded=False)
    near = _readings_matrix(table, folded=True)
    x, y = np.searchsorted(table, one), np.searchsorted(table, other)
    result = np.zeros(one.shape, dtype=BYTE)
    result[_share(near, x, y)] = 1
    result[_shape_alike(one, other)] = 2
    result[_share(sound, x, y)] = 3
    result[one == other] = 4
    return result


def _readings_matrix(table: NDArray[np.uint32], *, folded: bool) -> Ints:
    """Each character's readings as dense codes, at most READINGS of them; -1 and -2 never meet."""
    codes: dict[str, int] = {}
    matrix = np.full((len(table), READINGS), -1, dtype=np.int32)
    for row, code in enumerate(table.tolist()):
        if code < 0x2E80:
            continue
        found = dict.fromkeys(fold(each) if folded else each for each in readings(chr(code)))
        for column, each in enumerate(list(found)[:READINGS]):
            matrix[row, column] = codes.setdefault(each, len(codes))
    return matrix


def _share(matrix: Ints, x: NDArray[np.int64], y: NDArray[np.int64]) -> Flags:
    """Whether two characters have a reading in common."""
    left, right = matrix[x], matrix[y]
    result: Flags = ((left[..., :, None] == right[..., None, :]) & (left[..., :, None] >= 0)).any(
        axis=(-1, -2)
    )
    return result


@cache
def _shape_pairs() -> NDArray[np.uint64]:
    """Pairs of characters that are alike in shape, packed and sorted (``models/shape.csv``)."""
    text = resources.files("matchers").joinpath("models", "shape.csv").read_text("utf-8")
    groups = [line for line in text.splitlines() if line and not line.startswith("#")][1:]
    found = {(ord(x) << 32) | ord(y) for group in groups for x in group for y in group if x != y}
    return np.array(sorted(found), dtype=np.uint64)


def _shape_alike(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> Flags:
    packed = (one.astype(np.uint64) << np.uint64(32)) | other.astype(np.uint64)
    known = _shape_pairs()
    place = np.minimum(np.searchsorted(known, packed), len(known) - 1)
    result: Flags = known[place] == packed
    return result


COMPARISON = Comparison(
    name="name",
    label="姓名",
    about="逐字比较:相同、繁简异体、同音、形近、缺字、近音、一字不同；带间隔号的译名按各段读音比较。",
    levels=LEVELS,
    compare=compare,
)
