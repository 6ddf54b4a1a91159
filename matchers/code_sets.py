"""Rows and persons are numbered densely: a set of them is one flag a number, and nothing has to be sorted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matchers.people import Flags, Longs


def flagged(size: int, *codes: NDArray[np.integer]) -> Flags:
    """For each number below ``size`` whether it is among the codes."""
    flags = np.zeros(size, dtype=bool)
    for each in codes:
        flags[each] = True
    return flags


def first_places(size: int, codes: Longs) -> Longs:
    """For each number below ``size`` the place where it first stands in ``codes``; -1 for none."""
    places = np.full(size, -1, dtype=np.int64)
    # Of several values for one place numpy keeps the last: here that of the first occurrence.
    places[codes[::-1]] = np.arange(len(codes))[::-1]
    return places
