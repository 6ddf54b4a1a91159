"""Names written without any slip, found in whole columns: the rules of ``personal_name``, narrowed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields.glance import CAREFUL, Bytes, Flags, Verdicts, of_width, unseen

_NO_NAMES = pa.array(
    [
        "无名",
        "不详",
        "不祥",
        "未知",
        "不明",
        "未取名",
        "未起名",
        "未命名",
        "没有",
        "没取名",
        "暂无",
        "待定",
        "待取名",
        "未上户",
        "姓名",
    ],
    pa.large_string(),
)
"""What is written where there is no name: two to four Han characters too."""

_SOMEBODY = tuple("某".encode())
_UNNAMED = tuple(tuple(each.encode()) for each in "子女婴儿")
"""The last characters of 之子, 之女, 的儿子, 男婴 and so on: names that end like these are read."""

_DOTTED = "^[\u4e00-\u9fff]{2,12}(?:·[\u4e00-\u9fff]{1,12}){1,3}$"
_NOT_PLAIN = "某|之子$|之女$|的儿子$|的女儿$|男婴$|女婴$"


def _is(character: Bytes, wanted: tuple[int, ...]) -> Flags:
    found: Flags = (
        (character[:, 0] == wanted[0]) & (character[:, 1] == wanted[1]) & (character[:, 2] == wanted[2])
    )
    return found


def _han(block: Bytes) -> Flags:
    """Whether every character is of U+4E00 to U+9FFF, E4 B8 80 to E9 BF BF in UTF-8, and none is 某."""
    fine = np.ones(len(block), dtype=bool)
    for at in range(0, block.shape[1], 3):
        first, second = block[:, at], block[:, at + 1]
        fine &= (first >= 0xE4) & (first <= 0xE9) & ((first > 0xE4) | (second >= 0xB8))
        fine &= ~_is(block[:, at : at + 3], _SOMEBODY)
    return fine


def look_name(values: pa.LargeStringArray) -> Verdicts:
    """Two to four Han characters, or two to four parts of them with the standard dot between."""
    verdicts = unseen(values)
    for width in (6, 9, 12):
        for at, block in of_width(values, width):
            fine = _han(block)
            for last in _UNNAMED:
                fine &= ~_is(block[:, -3:], last)
            verdicts[at[fine]] = 0
    verdicts[pc.is_in(values, _NO_NAMES).to_numpy(zero_copy_only=False)] = CAREFUL
    rest = np.flatnonzero(verdicts == CAREFUL)
    if len(rest):
        left = values.take(pa.array(rest))
        fine = pc.match_substring_regex(left, _DOTTED).to_numpy(zero_copy_only=False)
        odd = pc.match_substring_regex(left, _NOT_PLAIN).to_numpy(zero_copy_only=False)
        verdicts[rest[fine & ~odd]] = 0
    return verdicts
