"""Names: by character, by sound, by shape; transliterated ones by component."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.name_characters import NEAR
from matchers.name_characters import SHAPE as LOOKS
from matchers.name_characters import SOUND as SOUNDS
from matchers.name_table import SHORT, NameTable
from matchers.name_transliterated import by_component
from matchers.pairs import Pairs
from matchers.people import Bytes, Flags, Ints, Longs, People

LEVELS = (
    Level("different", "姓名不同：{left}/{right}", "different names: {left}/{right}"),
    Level("same_surname", "同姓而名不同：{left}/{right}", "same surname, other given name: {left}/{right}"),
    Level(
        "related",
        "姓名部分相同(多字、少字或字序不同):{left}/{right}",
        "names agree in part (characters more, less or in another order): {left}/{right}",
    ),
    Level(
        "surname_changed", "名相同而姓不同：{left}/{right}", "same given name, other surname: {left}/{right}"
    ),
    Level("one_character", "姓名有一字不同：{left}/{right}", "names differ in one character: {left}/{right}"),
    Level("fuzzy_sound", "姓名读音相近：{left}/{right}", "names sound nearly alike: {left}/{right}"),
    Level(
        "partial",
        "姓名有缺字、截断或译写不同，其余相同：{left}/{right}",
        "a character lost, cut off or transcribed otherwise, the rest agrees: {left}/{right}",
    ),
    Level("shape", "姓名有形近字：{left}/{right}", "characters of like shape in the name: {left}/{right}"),
    Level("sound", "姓名同音：{left}/{right}", "names sound alike: {left}/{right}"),
    Level(
        "variant",
        "姓名相同(繁简或异体字):{left}/{right}",
        "same name (traditional, simplified or variant characters): {left}/{right}",
    ),
    Level("exact", "姓名相同：{left}", "same name: {left}"),
)
DIFFERENT, SAME_SURNAME, RELATED, SURNAME, ONE, FUZZY, PARTIAL, SHAPE, SOUND, VARIANT, EXACT = range(11)

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
    """Two arrays of name codes -> levels.

    What is equal as a whole is told by one look at the codes; of the others, each distinct pair is
    compared once.
    """
    level = np.full(len(left), DIFFERENT, dtype=BYTE)
    for same, found in ((names.sound, SOUND), (names.simple, VARIANT), (names.plain, EXACT)):
        level[same[left] == same[right]] = found
    level[(left == 0) | (right == 0)] = MISSING
    rest = np.flatnonzero(level == DIFFERENT)
    low = np.minimum(left[rest], right[rest]).astype(np.int64)
    packed, place = np.unique(low * len(names) + np.maximum(left[rest], right[rest]), return_inverse=True)
    level[rest] = _unequal(names, *np.divmod(packed, len(names)))[place]
    return level


def _unequal(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Distinct pairs of names that neither read nor are written alike."""
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    plain = ~names.long[a] & ~names.long[b]
    same_length = names.length[a] == names.length[b]
    for rows, work in (
        (plain & same_length, _by_character),
        (plain & ~same_length, _by_length),
        (~plain, _by_component),
    ):
        chosen = np.flatnonzero(rows)
        if len(chosen):
            level[chosen] = work(names, a[chosen], b[chosen])
    namesakes = (names.surname[a] == names.surname[b]) & ~names.foreign[a] & ~names.foreign[b]
    level = np.where(namesakes, np.maximum(level, SAME_SURNAME), level)
    return np.where(names.folded[a] == names.folded[b], np.maximum(level, FUZZY), level).astype(BYTE)


def _by_character(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Names of equal length up to four characters, character by character."""
    one, other = names.chars.take(a, axis=0), names.chars.take(b, axis=0)
    length = names.length[a]
    used = one > 0
    lost = ((one == names.characters.lost) | (other == names.characters.lost)) & used
    same = (one == other) & used & ~lost
    differ = used & ~same & ~lost
    alike = names.characters.likeness(one, other)
    count = differ.sum(axis=1)
    kept = same.any(axis=1)
    # A transliterated name has no surname: its first character is a character like the others.
    surnamed = ~(names.foreign[a] & names.foreign[b])
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    level[_swapped(one, other) & (length == 3)] = RELATED
    level[(count == 1) & (length >= 3)] = ONE
    # Four characters are mostly a transliteration, which is written by sound.
    unlike = (differ & (alike < SOUNDS)).sum(axis=1)
    level[(unlike == 1) & (length == SHORT)] = ONE
    level[(count == 1) & (length >= 3) & differ[:, 0] & surnamed] = SURNAME
    level[(~differ | (alike >= NEAR)).all(axis=1)] = FUZZY
    level[(~differ | (alike >= LOOKS)).all(axis=1) & kept] = SHAPE
    level[(~differ | (alike >= SOUNDS)).all(axis=1)] = SOUND
    level[lost.any(axis=1) & (count == 0) & kept] = PARTIAL
    return level


def _swapped(one: Ints, other: Ints) -> Flags:
    """The two characters of a given name in the other order."""
    result: Flags = (one[:, 0] == other[:, 0]) & (one[:, 1] == other[:, 2]) & (one[:, 2] == other[:, 1])
    return result


def _by_length(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Names of up to four characters that differ in length: cut off, or one character more."""
    one, other = _signs(names, a, b)
    turned = ((one > 0).sum(axis=1) > (other > 0).sum(axis=1))[:, None]
    short, long = np.where(turned, other, one), np.where(turned, one, other)
    size, longer = (short > 0).sum(axis=1), (long > 0).sum(axis=1)
    begins = ((short == long) | (short == 0)).all(axis=1)
    one_more = np.zeros(len(a), dtype=bool)
    for left_out in range(1, SHORT):
        rest = np.delete(long, left_out, axis=1)
        one_more |= (short[:, :-1] == rest).all(axis=1)
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    # 多布杰 is not 多吉 with a generation character: between syllables of a transliterated name none is put.
    one_more &= begins | ~(names.foreign[a] & names.foreign[b])
    level[one_more & (longer == size + 1) & (size >= 2)] = RELATED
    level[begins & (longer == SHORT) & (longer > size) & (size >= 2)] = PARTIAL
    return level


def _signs(names: NameTable, a: Longs, b: Longs) -> tuple[Ints, Ints]:
    """The characters of two short names; of two transliterated ones their syllables, however written."""
    foreign = (names.foreign[a] & names.foreign[b])[:, None]
    one, other = (
        np.where(foreign, names.wide.syllables[names.wide_row[rows], :SHORT], names.chars.take(rows, axis=0))
        for rows in (a, b)
    )
    return one, other


def _by_component(names: NameTable, a: Longs, b: Longs) -> Bytes:
    """Names of which one is long at least: what is alike in their parts, or left of one of them."""
    related, alike, partial = by_component(names, a, b)
    level = np.full(len(a), DIFFERENT, dtype=BYTE)
    level[related] = RELATED
    level[alike] = FUZZY
    level[partial] = PARTIAL
    return level


COMPARISON = Comparison(
    name="name",
    label="姓名",
    about="逐字比较:相同、繁简异体、同音、形近、缺字、近音、一字不同；带间隔号的译名按各段读音比较。",
    levels=LEVELS,
    compare=compare,
)
