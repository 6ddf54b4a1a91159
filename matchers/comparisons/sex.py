"""Sex: weak evidence, often mistyped."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.pairs import Pairs
from matchers.people import Bytes, People

LEVELS = (
    Level("different", "性别不同：{left}/{right}", "different sex: {left}/{right}"),
    Level("equal", "性别相同", "same sex"),
)


def compare(people: People, pairs: Pairs) -> Bytes:
    """Equal or different; missing where either side is unknown."""
    left, right = people.sex[pairs.left], people.sex[pairs.right]
    return np.where((left == 0) | (right == 0), MISSING, left == right).astype(np.uint8)


COMPARISON = Comparison(
    name="sex",
    label="性别",
    about="性别只作旁证:登记错误常见，相同也说明不了什么。",
    levels=LEVELS,
    compare=compare,
)
