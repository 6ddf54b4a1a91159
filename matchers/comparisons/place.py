"""Where they live: township, village, group and house number, as far as both lists give them."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.pairs import Pairs
from matchers.people import Bytes, Flags, Ints, People

LEVELS = (
    Level("different", "住址所在村(社区)不同", "another village"),
    Level("town", "住址同乡镇", "same township"),
    Level("village", "住址同村(社区)", "same village"),
    Level("group", "住址同村同组", "same village and group"),
    Level("house", "住址同村同组同门牌", "same village, group and house"),
)
DIFFERENT, TOWN, VILLAGE, GROUP, HOUSE = range(5)


def compare(people: People, pairs: Pairs) -> Bytes:
    """The smallest unit that agrees; missing unless both sides name a village or a township."""

    def same(part: str) -> Flags:
        codes: Ints = getattr(people, part)
        equal: Flags = codes[pairs.left] == codes[pairs.right]
        return equal & (codes[pairs.left] > 0)

    def known(part: str) -> Flags:
        codes: Ints = getattr(people, part)
        return (codes[pairs.left] > 0) & (codes[pairs.right] > 0)

    village, group = same("village"), same("group")
    level = np.select(
        [village & group & same("house"), village & group, village, same("town") & ~known("village")],
        [HOUSE, GROUP, VILLAGE, TOWN],
        DIFFERENT,
    )
    return np.where(known("village") | known("town"), level, MISSING).astype(np.uint8)


COMPARISON = Comparison(
    name="place",
    label="住址",
    about="按乡镇、村(社区)、组、门牌逐级比较；户籍地址与现住址不同是常事，不相同只略减分。",
    levels=LEVELS,
    compare=compare,
)
