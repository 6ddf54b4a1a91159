"""Birthdays that were written by the farmers' calendar."""

from __future__ import annotations

import numpy as np

from matchers.people import Ints
from schemas.fields.birth_date import read_as_lunar


def solar_if_lunar(days: Ints) -> Ints:
    """Each yyyymmdd read as a lunar date -> the solar yyyymmdd, or 0 where there is no such lunar day."""
    known, place = np.unique(days, return_inverse=True)
    return np.array([_solar(day) for day in known.tolist()], dtype=np.int32)[place]


def _solar(day: int) -> int:
    if day % 100 == 0:
        return 0
    found = read_as_lunar(f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}")
    return int(found.replace("-", "")) if found else 0
