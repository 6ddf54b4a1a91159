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
    year, month, day = days // 10000, days // 100 % 100, days % 100
    starts, lengths = _months()
    known = (year >= FIRST) & (year <= LAST) & (month >= 1) & (month <= 12) & (day >= 1)
    place = np.where(known, (year - FIRST) * 12 + month - 1, 0)
    known &= day <= lengths[place]
    solar = starts[place] + np.where(known, day - 1, 0)
    return np.where(known, _written(solar), 0).astype(np.int32)


@cache
def _months() -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """The solar day on which each lunar month begins, and how many days it has (29 or 30)."""
    starts, lengths = [], []
    for year in range(FIRST, LAST + 1):
        for month in range(1, 13):
            starts.append(np.datetime64(read_as_lunar(f"{year}-{month:02d}-01")))
            lengths.append(30 if read_as_lunar(f"{year}-{month:02d}-30") else 29)
    return np.array(starts, dtype="datetime64[D]"), np.array(lengths)


def _written(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Days -> yyyymmdd."""
    months = days.astype("datetime64[M]")
    day = (days - months).astype(np.int64) + 1
    month = months.astype(np.int64) % 12 + 1
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    result: NDArray[np.int64] = year * 10000 + month * 100 + day
    return result
