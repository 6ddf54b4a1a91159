"""The family: guardian's number, telephone and name as one piece of evidence: siblings share all three."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.comparisons.name import SHAPE, name_levels
from matchers.name_table import NameTable
from matchers.pairs import Pairs
from matchers.people import Bytes, Flags, Ints, People

LEVELS = (
    Level("different", "家长、电话均不相同", "other guardians and telephones"),
    Level("name", "家长姓名相同：{left}", "same guardian's name: {left}"),
    Level("phone", "联系电话相同", "same telephone"),
    Level("number", "家长证件号码相同", "same guardian's number"),
    Level(
        "two",
        "家长姓名、电话、证件号码中有两项以上相同：{left}",
        "two or more of guardian's name, telephone and number agree: {left}",
    ),
)
DIFFERENT, NAME, PHONE, NUMBER, TWO = range(5)


def compare(people: People, pairs: Pairs) -> Bytes:
    """Which of number, telephone and name agree; different only where all that both give differ."""
    left, right = pairs.left, pairs.right
    number, number_known = _any_equal(
        (people.guardian_id[left], people.adult_id[left]), (people.guardian_id[right], people.adult_id[right])
    )
    phone = (people.phone[left] == people.phone[right]) & (people.phone[left] > 0)
    phone_known = (people.phone[left] > 0) & (people.phone[right] > 0)
    name, name_known = _names_agree(people, pairs)
    count = number.astype(int) + phone + name
    level = np.select([count >= 2, number, phone, name], [TWO, NUMBER, PHONE, NAME], DIFFERENT)
    return np.where(number_known | phone_known | name_known, level, MISSING).astype(np.uint8)


def _any_equal(left: tuple[Ints, Ints], right: tuple[Ints, Ints]) -> tuple[Flags, Flags]:
    equal = np.zeros(len(left[0]), dtype=bool)
    known = np.zeros(len(left[0]), dtype=bool)
    for a in left:
        for b in right:
            both = (a > 0) & (b > 0)
            known |= both
            equal |= both & (a == b)
    return equal, known


def _names_agree(people: People, pairs: Pairs) -> tuple[Flags, Flags]:
    """Whether guardian or head on one side is guardian or head on the other, by sound or shape at least."""
    agree = np.zeros(len(pairs), dtype=bool)
    known = np.zeros(len(pairs), dtype=bool)
    for a in (people.guardian, people.head):
        for b in (people.guardian, people.head):
            x, y = a[pairs.left], b[pairs.right]
            known |= (x > 0) & (y > 0)
            agree |= (x > 0) & (x == y)
            # Names that read alike or look alike have a character or their reading in common.
            rest = np.flatnonzero((x > 0) & (y > 0) & ~agree)
            rest = rest[_may_agree(people.names, x[rest], y[rest])]
            agree[rest] = name_levels(people.names, x[rest], y[rest]) >= SHAPE
    return agree, known


def _may_agree(names: NameTable, one: Ints, other: Ints) -> Flags:
    a, b = (names.chars.take(each, axis=0) for each in (one, other))
    shared = ((a == b) & (a > 0)).any(axis=1)
    result: Flags = shared | (names.folded[one] == names.folded[other]) | names.long[one] | names.long[other]
    return result


COMPARISON = Comparison(
    name="household",
    label="家庭",
    about="家长姓名、电话、证件号码合为一项证据:兄弟姐妹三者都相同，分开计算会重复。",
    levels=LEVELS,
    compare=compare,
)
