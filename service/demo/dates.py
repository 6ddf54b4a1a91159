"""The forms in which agencies write a birthday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from service.demo.draws import Array, Stream, chance, texts

FORMS = ("compact", "iso", "slash", "dots", "chinese", "float", "serial", "month")
"""20150318, 2015-03-18, 2015/3/18, 2015.3.18, 2015年3月18日, 20150318.0, 42081, 201503."""


def write(birth: str, form: str) -> str:
    """One birthday (yyyymmdd) in a form; text that is no such birthday stays as it is."""
    if len(birth) != 8 or not birth.isdigit():
        return birth
    year, month, day = birth[:4], int(birth[4:6]), int(birth[6:])
    if form == "serial":
        try:
            return str((date(int(year), month, day) - date(1899, 12, 30)).days)
        except ValueError:  # a lunar 30 February has no serial number
            return birth
    return {
        "compact": birth,
        "iso": f"{year}-{month:02d}-{day:02d}",
        "slash": f"{year}/{month}/{day}",
        "dots": f"{year}.{month}.{day}",
        "chinese": f"{year}年{month}月{day}日",
        "float": f"{birth}.0",
        "month": birth[:6],
    }[form]


def render(birth: Array, clerk: Array, rng: Stream, forms: Sequence[str], strays: float = 0.01) -> Array:
    """Birthdays as each clerk writes them; a stray record is in some other form of the list's."""
    count = int(clerk.max()) + 1 if len(clerk) else 0
    habit = rng.integers(len(forms), size=count)[clerk] if count else clerk
    stray = chance(rng, strays, len(birth))
    habit[stray] = rng.integers(len(forms), size=int(stray.sum()))
    # Each distinct birthday is written once in each form.
    code, known = pd.factorize(birth)
    out = np.empty(len(birth), dtype=object)
    for number, form in enumerate(forms):
        mine = np.flatnonzero(habit == number)
        out[mine] = texts([write(each, form) for each in known])[code[mine]]
    return out
