"""A link -> the sentences that an official reads."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matchers.comparisons import MISSING, comparisons
from matchers.model import Levels
from matchers.pairs import Pairs
from matchers.people import Ints, Longs, People
from matchers.texts import Codes, decode, spread, text, worded

JOINER = "；"
FIRST_YEAR, LAST_YEAR = 1900, 2099


class Tellable(Protocol):
    """What sentences show of records: ``matchers.shown.Shown``, or a few records beside one another."""

    @property
    def people(self) -> People:
        """The records as arrays."""
        ...

    def name(self, codes: Codes) -> pa.Array:
        """The texts of name codes."""
        ...

    def number(self, codes: Codes) -> pa.Array:
        """The texts of number codes."""
        ...

    def born(self, rows: Codes) -> Ints:
        """The birthday of each row as yyyymmdd."""
        ...

    def family(self, rows: Codes) -> Ints:
        """The name code of each row's guardian, else head of household."""
        ...

    def text(self, name: str, rows: Codes) -> pa.Array:
        """One column of the records for these rows."""
        ...


def sentences(shown: Tellable, pairs: Pairs, levels: Levels) -> pa.Array:
    """One text a pair: what each comparison found, in the order number, name, birthday, the rest.

    The wording is that of the comparison's level; a comparison without a value on one side is silent,
    but that a number is missing is said, since it decides most cases.
    """
    place, known = _combinations(levels, len(pairs))
    templates = [_template(each) for each in known]

    def value(field: str, at: Longs) -> pa.Array:
        name, _, side = field.partition(".")
        return _shown(shown, name, (pairs.left if side == "left" else pairs.right)[at])

    return worded(place, templates, value)


ORDER = ("id_number", "name", "birth", "sex", "household", "school", "place", "age")
"""The order in which comparisons are told."""

_NO_NUMBER = "无号码可比"
_SILENT = MISSING - 1
"""The level of a comparison that was not made at all."""


def _combinations(levels: Levels, size: int) -> tuple[Longs, list[tuple[int, ...]]]:
    """The few combinations of levels that pairs have, each pair's place among them, and the combinations."""
    silent = np.full(size, _SILENT, dtype=np.uint8)
    table = np.stack([levels.get(name, silent) for name in ORDER], axis=1)
    place, known = pd.factorize(table.view(np.uint64).ravel())
    return place, list(map(tuple, known.view(np.uint8).reshape(-1, len(ORDER)).tolist()))


@cache
def _template(levels: tuple[int, ...]) -> str:
    """The wording of a pair with these levels, in the order of ``ORDER``; a field is ``{name.left}``."""
    told = []
    for name, level in zip(ORDER, levels, strict=True):
        if level < _SILENT:
            sentence = comparisons()[name].levels[level].sentence
            told.append(
                sentence.replace("{left}", f"{{{name}.left}}").replace("{right}", f"{{{name}.right}}")
            )
        elif name == "id_number" and level == MISSING:
            told.append(_NO_NUMBER)
    return JOINER.join(told)


def _shown(shown: Tellable, name: str, rows: Longs) -> pa.Array:
    """What a sentence shows of one side in one comparison."""
    people = shown.people
    if name == "name":
        return shown.name(people.name[rows])
    if name == "id_number":
        return shown.number(people.id1[rows])
    if name == "birth":
        return dates(shown.born(rows))
    if name == "household":
        return shown.name(shown.family(rows))
    if name == "sex":
        return decode(people.sex[rows], ["不详", "男", "女"])
    return shown.text({"school": "school", "place": "address", "age": "grade"}[name], rows)


def dates(days: Ints) -> pa.Array:
    """Each yyyymmdd -> YYYY-MM-DD, shorter where a part is unknown, "" for 0."""
    year, month, day = days // 10000, days // 100 % 100, days % 100
    usual = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month <= 12) & (day <= 31)
    place = np.where(usual, ((year - FIRST_YEAR) * 13 + month) * 32 + day, -1)
    rest = np.flatnonzero(~usual)
    if not len(rest):
        return decode(place, _calendar())
    known, codes = np.unique(days[rest], return_inverse=True)
    odd = decode(codes, [date_text(each) for each in known.tolist()])
    return spread(len(days), [(np.flatnonzero(usual), decode(place[usual], _calendar())), (rest, odd)])


@cache
def _calendar() -> pa.Array:
    """The text of every day, month and year of two centuries, in order."""
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    months, days = (["", *(f"-{each:02d}" for each in range(1, end))] for end in (13, 32))
    year, month, day = (each.ravel() for each in np.indices((len(years), len(months), len(days))))
    parts = (decode(year, years.astype(str).tolist()), decode(month, months), decode(day, days))
    return pc.binary_join_element_wise(*parts, text(""))


def date_text(day: int) -> str:
    """One yyyymmdd as YYYY-MM-DD, shorter where a part is unknown.

    >>> date_text(20150318), date_text(20150300), date_text(0)
    ('2015-03-18', '2015-03', '')
    """
    parts = [f"{day // 10000:04d}"] if day else []
    parts += [f"{day // 100 % 100:02d}"] if day // 100 % 100 else []
    parts += [f"{day % 100:02d}"] if day % 100 else []
    return "-".join(parts)
