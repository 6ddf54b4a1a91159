"""Step 2: sure links. A valid number on both sides, and a name that at least sounds alike."""

from __future__ import annotations

import numpy as np

from matchers.comparisons import comparisons
from matchers.id_table import VALID
from matchers.model import Rule
from matchers.pairs import Pairs, distinct, join, mix
from matchers.people import Longs, People

LIMIT = 64
"""A number that more records than this carry (a placeholder, a school's) proves nothing."""


def sure_pairs(people: People, left: Longs, right: Longs, rules: tuple[Rule, ...]) -> Pairs:
    """Pairs of a left and a right row that carry the same valid number and whose names agree.

    The number alone is not enough: a guardian's or a sibling's number is as valid as one's own. Which
    names agree is said by the sure one of ``rules``. Where left is right, each pair comes once.
    """
    lefts: list[Longs] = []
    rights: list[Longs] = []
    for one in (people.id1, people.id2):
        for other in (people.id1, people.id2):
            keys = [
                np.where(people.ids.state[codes] == VALID, codes, 0) for codes in (one[left], other[right])
            ]
            a, b, _ = join(left, mix(keys[0]), right, mix(keys[1]), LIMIT)
            if left is right:
                a, b = np.minimum(a, b), np.maximum(a, b)
                a, b = a[a != b], b[a != b]
            lefts.append(a)
            rights.append(b)
    pairs = distinct(lefts, rights, [0] * len(lefts), len(people))
    rule = next(each for each in rules if each.sure)
    levels = {name: comparisons()[name].compare(people, pairs) for name in rule.allowed}
    return pairs.take(rule.holds(levels))
