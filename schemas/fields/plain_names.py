"""Names written without any slip, found in whole columns: the rules of ``personal_name``, narrowed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields.glance import CAREFUL, Bytes, Flags, Verdicts, of_width, unseen

_NO_NAMES = "无不未没暂待姓"
"""How begins what is written where there is no name: 无名, 不详, 未取名 and so on."""

_UNNAMED = "子女婴儿"
"""The last characters of 之子, 之女, 的儿子, 男婴 and so on: names that end like these are read."""

_DOTTED = "^[\u4e00-\u9fff]{2,12}(?:·[\u4e00-\u9fff]{1,12}){1,3}$"
_NOT_PLAIN = "某|之子$|之女$|的儿子$|的女儿$|男婴$|女婴$"


@cache
def _usual(but: str) -> Flags:
    """Of each code point, whether it is of U+4E00 to U+9FFF, and neither 某 nor one of those named."""
    usual = np.zeros(1 << 16, dtype=bool)
    usual[0x4E00:0xA000] = True
    usual[[ord(each) for each in "某" + but]] = False
    return usual


def _characters(block: Bytes) -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Of columns of UTF-8, each three bytes as a code point; 0 where they are none of U+4000 to U+9FFF."""
    wide = block.astype(np.uint16)
    lead, second, third = wide[0::3], wide[1::3], wide[2::3]
    found = (lead & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
    return np.where((lead >= 0xE4) & (lead <= 0xE9), found, 0).astype(np.uint16)


def look_name(values: pa.LargeStringArray) -> Verdicts:
    """Two to four Han characters, or two to four parts of them with the standard dot between."""
    verdicts = unseen(values)
    for width in (6, 9, 12):
        for at, block in of_width(values, width):
            characters = _characters(block)
            fine = _usual("")[characters[1:-1]].all(axis=0)
            fine &= _usual(_NO_NAMES)[characters[0]] & _usual(_UNNAMED)[characters[-1]]
            verdicts[at[fine]] = 0
    rest = np.flatnonzero(verdicts == CAREFUL)
    if len(rest):
        left = values.take(pa.array(rest))
        fine = pc.match_substring_regex(left, _DOTTED).to_numpy(zero_copy_only=False)
        odd = pc.match_substring_regex(left, _NOT_PLAIN).to_numpy(zero_copy_only=False)
        verdicts[rest[fine & ~odd]] = 0
    return verdicts
