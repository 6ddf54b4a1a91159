"""Birthdays that were written by the farmers' calendar."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from matchers.people import Ints
from schemas.fields.birth_date import read_as_lunar

FIRST, LAST = 1990, 2040
"""Lunar years that are known here: birthdays of children, with room to spare."""


def solar_if_lunar(days: Ints) -> Ints:
    """Each yyyymmdd read as a lunar date -> the solar yyyymmdd, or 0 where there is no such lunar day.

    Of years before ``FIRST`` and after ``LAST`` nothing is said (0). A leap month is never meant: who
    writes one says so.
    """
    table = _table()
    place = days - FIRST * 10000
    return table[np.where((place < 0) | (place >= len(table)), 0, place)]


@cache
def _table() -> Ints:
    """The solar yyyymmdd of each lunar yyyymmdd from the year FIRST; 0 where there is no such day.

    Only the days on which a month begins are asked of the calendar; the others follow.
    """
    table = np.zeros((LAST + 1 - FIRST) * 10000, dtype=np.int32)
    for year in range(FIRST, LAST + 1):
        for month in range(1, 13):
            start = np.datetime64(read_as_lunar(f"{year}-{month:02d}-01"))
            length = 30 if read_as_lunar(f"{year}-{month:02d}-30") else 29
            first = (year - FIRST) * 10000 + month * 100 + 1
            table[first : first + length] = _written(start + np.arange(length))
    return table


def _written(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Days -> yyyymmdd."""
    months = days.astype("datetime64[M]")
    day = (days - months).astype(np.int64) + 1
    month = months.astype(np.int64) % 12 + 1
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    result: NDArray[np.int64] = year * 10000 + month * 100 + day
    return result
