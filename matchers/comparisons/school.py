"""School and grade, between a roll and an attendance roster."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.pairs import Pairs
from matchers.people import Bytes, People

LEVELS = (
    Level("different", "学校不同"),
    Level("school", "学校相同、年级不同"),
    Level("grade", "学校、年级都相同"),
)
DIFFERENT, SCHOOL, GRADE = range(3)


def compare(people: People, pairs: Pairs) -> Bytes:
    """Missing where either side names no school; a grade that is not given does not count against."""
    left, right = people.school[pairs.left], people.school[pairs.right]
    grades = (people.grade[pairs.left], people.grade[pairs.right])
    unlike = (grades[0] != grades[1]) & (grades[0] > 0) & (grades[1] > 0)
    level = np.where(left != right, DIFFERENT, np.where(unlike, SCHOOL, GRADE))
    return np.where((left == 0) | (right == 0), MISSING, level).astype(np.uint8)


COMPARISON = Comparison(
    name="school",
    label="学校",
    about="只用于学籍与在校花名册之间:同校同年级的同名学生才是同一人。",
    levels=LEVELS,
    compare=compare,
)
