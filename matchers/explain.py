"""A link -> the sentences that an official reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, comparisons
from matchers.model import Levels
from matchers.pairs import Pairs
from matchers.people import Ints, Listed

JOINER = "；"


def sentences(listed: Listed, pairs: Pairs, levels: Levels) -> NDArray[np.object_]:
    """One text a pair: what each comparison found, in the order number, name, birthday, the rest.

    The wording is that of the comparison's level; a comparison without a value on one side is silent,
    but that a number is missing is said, since it decides most cases.
    """
    said = np.full(len(pairs), "", dtype=object)
    for name in sorted(levels, key=_ORDER.index):
        left, right = (_shown(listed, name, rows) for rows in (pairs.left, pairs.right))
        spoken = _say(name, levels[name], left, right)
        said = np.where((said != "") & (spoken != ""), said + JOINER + spoken, said + spoken)
    return said


_ORDER = ("id_number", "name", "birth", "sex", "household", "school", "place", "age")


def _say(
    name: str, level: NDArray[np.uint8], left: NDArray[np.object_], right: NDArray[np.object_]
) -> NDArray[np.object_]:
    spoken = np.full(len(level), "", dtype=object)
    for number, each in enumerate(comparisons()[name].levels):
        at = np.flatnonzero(level == number)
        if "{" in each.sentence:
            spoken[at] = [
                each.sentence.format(left=x, right=y)
                for x, y in zip(left[at].tolist(), right[at].tolist(), strict=True)
            ]
        else:
            spoken[at] = each.sentence
    if name == "id_number":
        spoken[level == MISSING] = "无号码可比"
    return spoken


def _shown(listed: Listed, name: str, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """What a sentence shows of one side in one comparison."""
    people = listed.people
    if name == "name":
        return people.names.text[people.name[rows]]
    if name == "id_number":
        return people.ids.texts(people.id1[rows])
    if name == "birth":
        return dates(np.where(people.birth > 0, people.birth, people.id_birth)[rows])
    if name == "household":
        family = np.where(people.guardian > 0, people.guardian, people.head)
        return people.names.text[family[rows]]
    if name == "sex":
        return np.array(["不详", "男", "女"], dtype=object)[people.sex[rows]]
    column = {"school": "school", "place": "address", "age": "grade"}[name]
    return listed.texts(column, rows)


def dates(days: Ints) -> NDArray[np.object_]:
    """Each yyyymmdd -> YYYY-MM-DD, shorter where a part is unknown, "" for 0."""
    known, place = np.unique(days, return_inverse=True)
    texts = np.array([date_text(day) for day in known.tolist()], dtype=object)
    return texts[place] if len(texts) else np.zeros(0, dtype=object)


def date_text(day: int) -> str:
    """One yyyymmdd as YYYY-MM-DD, shorter where a part is unknown.

    >>> date_text(20150318), date_text(20150300), date_text(0)
    ('2015-03-18', '2015-03', '')
    """
    parts = [f"{day // 10000:04d}"] if day else []
    parts += [f"{day // 100 % 100:02d}"] if day // 100 % 100 else []
    parts += [f"{day % 100:02d}"] if day % 100 else []
    return "-".join(parts)
