"""Step 2: sure links. A valid number on both sides, and a name that at least sounds alike."""

from __future__ import annotations

import numpy as np

from matchers.comparisons import comparisons
from matchers.id_table import VALID
from matchers.model import Rule
from matchers.pairs import Keys, Pairs, distinct, join, join_self
from matchers.people import Longs, People

LIMIT = 64
"""A number that more records than this carry (a placeholder, a school's) proves nothing."""


def sure_pairs(people: People, left: Longs, right: Longs, rules: tuple[Rule, ...]) -> Pairs:
    """Pairs of a left and a right row that carry the same valid number and whose names agree.

    The number alone is not enough: a guardian's or a sibling's number is as valid as one's own. Which
    names agree is said by the sure one of ``rules``. Where left is right, each pair comes once.
    """
    sides = [valid_numbers(people, rows) for rows in (left, right)]
    if left is right:
        a, b, *_ = join_self(*sides[0], LIMIT)
    else:
        a, b, *_ = join(*sides[0], *sides[1], LIMIT)
    pairs = distinct([a], [b], [0], len(people))
    rule = next(each for each in rules if each.sure)
    levels = {name: comparisons()[name].compare(people, pairs) for name in rule.allowed}
    return pairs.take(rule.holds(levels))


def valid_numbers(people: People, rows: Longs) -> tuple[Longs, Keys]:
    """The rows with a valid number and a key of it, twice for a row with two."""
    valid = people.ids.state == VALID
    found = []
    for number in (people.id1[rows], people.id2[rows]):
        at = np.flatnonzero(valid.take(number))
        found.append((rows[at], people.ids.whole.take(number[at])))
    return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])
