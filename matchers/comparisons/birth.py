"""Birthdays: the written one and the one in the number, as one piece of evidence."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.lunar import solar_if_lunar
from matchers.pairs import Pairs
from matchers.people import Bytes, Ints, People

LEVELS = (
    Level("different", "出生日期不同：{left}/{right}", "different birth dates: {left}/{right}"),
    Level(
        "near",
        "出生日期不同，相差不到两年：{left}/{right}",
        "different birth dates, less than two years apart: {left}/{right}",
    ),
    Level("year", "出生年份相同(月日不详)", "same year of birth (month and day unknown)"),
    Level(
        "one_part",
        "出生日期年、月、日中有一处不同：{left}/{right}",
        "birth dates differ in one of year, month and day: {left}/{right}",
    ),
    Level(
        "swapped", "出生日期月、日颠倒：{left}/{right}", "month and day of birth are swapped: {left}/{right}"
    ),
    Level(
        "lunar",
        "出生日期一方可能为农历：{left}/{right}",
        "one birth date may be by the lunar calendar: {left}/{right}",
    ),
    Level("month", "出生年月相同(日不详)", "same year and month of birth (day unknown)"),
    Level("equal", "出生日期相同：{left}", "same birth date: {left}"),
)
DIFFERENT, NEAR, YEAR, ONE_PART, SWAPPED, LUNAR, MONTH, EQUAL = range(8)


def compare(people: People, pairs: Pairs) -> Bytes:
    """The best level over written birthday and birthday in the number, each side.

    Of two records with one number the written birthdays alone are held together, where both have one: that
    the number's birthday is its own proves nothing, and a sister's number in a child's row is known by it.
    """
    best = birth_levels(people.birth[pairs.left], people.birth[pairs.right])
    # Where both sides say the same twice, or agree already, the other three combinations add nothing.
    twice = (people.birth != people.id_birth) & (people.id_birth > 0)
    number = people.id1[pairs.left]
    told = (number > 0) & (number == people.id1[pairs.right]) & (best != MISSING)
    rest = np.flatnonzero((best != EQUAL) & ~told & (twice[pairs.left] | twice[pairs.right]))
    a, b = pairs.left[rest], pairs.right[rest]
    for left, right in (
        (people.birth, people.id_birth),
        (people.id_birth, people.birth),
        (people.id_birth, people.id_birth),
    ):
        level = birth_levels(left[a], right[b])
        known = np.where(best[rest] == MISSING, level, np.maximum(best[rest], level))
        best[rest] = np.where(level == MISSING, best[rest], known)
    return best


def birth_levels(left: Ints, right: Ints) -> Bytes:
    """Two arrays of yyyymmdd (00 for an unknown part, 0 for no date) -> levels."""
    year, month, day = (
        (left // 10000, right // 10000),
        (left // 100 % 100, right // 100 % 100),
        (left % 100, right % 100),
    )
    same_year, same_month, same_day = (a == b for a, b in (year, month, day))
    whole = (day[0] > 0) & (day[1] > 0)
    monthly = (month[0] > 0) & (month[1] > 0) & ~whole
    agree = same_year.astype(int) + same_month + same_day
    level = np.full(len(left), DIFFERENT, dtype=np.uint8)
    apart = np.abs(left // 10000 * 12 + left // 100 % 100 - right // 10000 * 12 - right // 100 % 100)
    level[whole & (apart < 24)] = NEAR
    level[whole & (agree == 2)] = ONE_PART
    level[whole & same_year & (month[0] == day[1]) & (day[0] == month[1])] = SWAPPED
    unlike = np.flatnonzero(whole & (agree < 3))
    if len(unlike):
        a, b = left[unlike], right[unlike]
        lunar = (solar_if_lunar(a) == b) | (solar_if_lunar(b) == a)
        level[unlike[lunar]] = LUNAR
    level[monthly & same_year & same_month] = MONTH
    level[~whole & ~monthly & same_year] = YEAR
    level[whole & (agree == 3)] = EQUAL
    level[(left == 0) | (right == 0)] = MISSING
    return level


COMPARISON = Comparison(
    name="birth",
    label="出生日期",
    about="填写的日期与号码中的日期取最相符的一组；年月日一处之差、月日颠倒、农历公历之差分别计。",
    levels=LEVELS,
    compare=compare,
)
