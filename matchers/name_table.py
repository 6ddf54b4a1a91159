"""Each distinct name once, as arrays of character codes: what name comparisons and name keys read.

A name keeps at most ``WIDTH`` characters here (GB 18030 names of minorities can be longer: the whole
text is kept beside them and compared as text where it matters). Code 0 is "no character".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pypinyin import Style, pinyin

from schemas.fields.name_sounds import fold, simplified, sound

WIDTH = 12
DOT = "·"
LOST = "□"
READINGS = 4
IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class NameTable:
    """Arrays over D distinct names; entry 0 is the empty name.

    Attributes:
        text: D canonical texts.
        length: D counts of characters, dots left out.
        chars: D x WIDTH simplified character codes (Unicode), dots left out.
        dotted: D flags: a transliterated name with its dots.
        long: D flags: dotted, or more than four characters: compared by component, not by character.
        plain: D codes, equal where the text without dots is equal.
        simple: D codes, equal where the simplified text is equal.
        sound: D codes, equal where the toneless reading is equal.
        folded: D codes, equal where the reading is equal but for local confusions (zh/z, n/l, ang/an ...).
        surname: D codes of the folded reading of the first character.
        given: D codes of the folded reading of what follows the first character; 0 for one character.
        first_part: D codes of the folded reading of the part before the first dot; the whole without dots.
        folded_text: D folded readings as text, for transliterations that differ by a syllable.
        parts: D tuples of folded readings by part.
    """

    text: NDArray[np.object_]
    length: NDArray[np.uint8]
    chars: NDArray[np.uint32]
    dotted: NDArray[np.bool_]
    long: NDArray[np.bool_]
    plain: IntArray
    simple: IntArray
    sound: IntArray
    folded: IntArray
    surname: IntArray
    given: IntArray
    first_part: IntArray
    folded_text: NDArray[np.object_]
    parts: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """The number of distinct names, the empty one included."""
        return len(self.text)


@cache
def readings(character: str) -> tuple[str, ...]:
    """All toneless readings of one character, the most usual first (pypinyin)."""
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="default")[0]
    return tuple(dict.fromkeys(found))


def _characters(texts: list[str]) -> NDArray[np.uint32]:
    """Texts without dots -> a matrix of Unicode codes, cut at WIDTH and filled with 0."""
    joined = "".join(text[:WIDTH].ljust(WIDTH, "\0") for text in texts)
    return np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").reshape(len(texts), WIDTH).copy()


def _codes(texts: Iterable[str]) -> IntArray:
    """Equal texts -> equal codes; "" -> 0."""
    values = pd.Series(["", *texts], dtype="object")
    return pd.factorize(values)[0].astype(np.int32)[1:]


def _by_part(text: str, sounding: str) -> tuple[str, ...]:
    """The syllables of a name, joined within each part between its dots."""
    syllables = sounding.split()
    parts = []
    for part in text.split(DOT):
        parts.append("".join(syllables[: len(part)]))
        syllables = syllables[len(part) :]
    return tuple(part for part in parts if part)


def build_names(values: Iterable[str]) -> tuple[NameTable, IntArray]:
    """Canonical names, one an entry -> the table of distinct names, and each entry's code in it."""
    series = pd.Series(list(values), dtype="object")
    codes, distinct = pd.factorize(pd.concat([pd.Series([""], dtype="object"), series], ignore_index=True))
    texts = [str(each) for each in distinct]
    bare = [text.replace(DOT, "") for text in texts]
    simple = [simplified(text) for text in bare]
    dotted = np.array([DOT in text for text in texts], dtype=bool)
    sounds = [sound(text) if text else "" for text in simple]
    flat = [fold(each) if each else "" for each in sounds]
    folded = [_by_part(text, each) for text, each in zip(texts, flat, strict=True)]
    length = np.array([min(len(text), 255) for text in bare], dtype=np.uint8)
    table = NameTable(
        text=np.array(texts, dtype=object),
        length=length,
        chars=_characters(simple),
        dotted=dotted,
        long=dotted | (length > 4),
        plain=_codes(bare),
        simple=_codes(simple),
        sound=_codes(sounds),
        folded=_codes(flat),
        surname=_codes(each.split(" ", 1)[0] for each in flat),
        given=_codes(each.partition(" ")[2] for each in flat),
        first_part=_codes(part[0] if part else "" for part in folded),
        folded_text=np.array([each.replace(" ", "") for each in flat], dtype=object),
        parts=tuple(folded),
    )
    return table, codes[1:].astype(np.int32)
