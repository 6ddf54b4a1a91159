"""School, grade and class, between a roll and an attendance roster."""

from __future__ import annotations

import numpy as np

from matchers.comparisons.comparison import MISSING, Comparison, Level
from matchers.pairs import Pairs
from matchers.people import Bytes, People

LEVELS = (
    Level("different", "学校不同", "another school"),
    Level("school", "学校相同、年级不同", "same school, another grade"),
    Level("grade", "学校、年级都相同", "same school and grade"),
    Level("class", "学校、年级、班级都相同", "same school, grade and class"),
)
DIFFERENT, SCHOOL, GRADE, CLASS = range(4)


def compare(people: People, pairs: Pairs) -> Bytes:
    """Missing where either side names no school; a grade that is not given does not count against."""
    left, right = people.school[pairs.left], people.school[pairs.right]
    grades = (people.grade[pairs.left], people.grade[pairs.right])
    unlike = (grades[0] != grades[1]) & (grades[0] > 0) & (grades[1] > 0)
    rooms = (people.class_no[pairs.left], people.class_no[pairs.right])
    same_room = (rooms[0] == rooms[1]) & (rooms[0] > 0) & (grades[0] == grades[1]) & (grades[0] > 0)
    level = np.select([left != right, unlike, same_room], [DIFFERENT, SCHOOL, CLASS], GRADE)
    return np.where((left == 0) | (right == 0), MISSING, level).astype(np.uint8)


COMPARISON = Comparison(
    name="school",
    label="学校",
    about="只用于学籍与在校花名册之间:同校同年级同班的同名学生才是同一人。",
    levels=LEVELS,
    compare=compare,
)
