"""The grade on the roll against the birthday on the other list."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.pairs import Pairs
from matchers.people import Bytes, Ints, People

LEVELS = (
    Level("far", "年级与年龄相差三年以上", "the grade is three years or more off the age"),
    Level("near", "年级与年龄相差两年", "the grade is two years off the age"),
    Level("fits", "年级与年龄相符", "the grade fits the age"),
)
FAR, NEAR, FITS = range(3)


def entry_year(birth: Ints) -> Ints:
    """The year of 1 September in which a child born on yyyymmdd is due in grade 1 (six by 31 August)."""
    return (birth // 10000 + 6 + (birth // 100 % 100 >= 9)).astype(np.int32)


def compare(people: People, pairs: Pairs) -> Bytes:
    """Entry year by birthday against entry year by grade, whichever side has which; one year is nothing."""
    birth = np.where(people.birth > 0, people.birth, people.id_birth)
    entry = entry_year(birth)
    level = np.full(len(pairs), MISSING, dtype=np.uint8)
    for born, graded in ((pairs.left, pairs.right), (pairs.right, pairs.left)):
        known = np.flatnonzero((birth[born] > 0) & (birth[graded] == 0) & (people.grade[graded] > 0))
        if len(known):
            year = entry[born][known] + people.grade[graded][known].astype(np.int32) - 1
            gap = np.abs(year - people.school_year)
            level[known] = np.select([gap <= 1, gap == 2], [FITS, NEAR], FAR)
    return level


COMPARISON = Comparison(
    name="age",
    label="年级与年龄",
    about="一方没有出生日期时，用年级推算入学年份作旁证；相差一年以内视为相符(缓学、跳级、留级)。",
    levels=LEVELS,
    compare=compare,
)
