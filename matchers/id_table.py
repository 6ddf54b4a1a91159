"""Each distinct identity number once, as bytes with what it says of birth and sex.

Rules: GB 11643 (18 characters: 6 region, 8 birthday, 3 sequence, 1 check character). Hidden and lost
characters are 0 bytes: they agree with anything and prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MISSING, VALID, INVALID, HIDDEN, FIFTEEN, ODD = 0, 1, 2, 3, 4, 5
"""State of a number: none; passes every check; 18 characters that fail one; some characters hidden or
lost to a spreadsheet; the 15-digit form; another length or another document."""

WIDTH = 18
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class IdTable:
    """Arrays over D distinct numbers; entry 0 is "no number".

    Attributes:
        text: D canonical texts.
        size: D lengths.
        bytes: D x 18 character bytes; 0 where hidden or absent. A 15-digit number stands at its
            18-character places, with the century and the check character hidden.
        state: D states (MISSING ... ODD).
        birth: D birthdays as yyyymmdd; 0 where the number tells none. A 15-digit number gives 20yy
            where that is not after ``as_of``: a child is what this program looks for.
        sex: D values, 1 male, 2 female, 0 unknown.
    """

    text: NDArray[np.object_]
    size: NDArray[np.uint8]
    bytes: NDArray[np.uint8]
    state: NDArray[np.uint8]
    birth: NDArray[np.int32]
    sex: NDArray[np.uint8]

    def __len__(self) -> int:
        """The number of distinct numbers, "no number" included."""
        return len(self.text)


def real_date(value: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each yyyymmdd is a day of the calendar."""
    year, month, day = value // 10000, value // 100 % 100, value % 100
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    in_year = (month >= 1) & (month <= 12) & (year >= 1900) & (year < 2100)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    longest = days[np.where(in_year, month, 0)] + ((month == 2) & leap)
    result: NDArray[np.bool_] = in_year & (day >= 1) & (day <= longest)
    return result


def _spread(text: str) -> str:
    """A 15-digit number at the places of the 18-character one; anything else unchanged, cut at 18."""
    return f"{text[:6]}**{text[6:15]}*" if len(text) == 15 and text.isdigit() else text[:WIDTH]


def build_ids(values: Iterable[str], as_of: int) -> tuple[IdTable, NDArray[np.int32]]:
    """Canonical numbers, one an entry -> the table of distinct numbers, and each entry's code in it.

    ``as_of`` is a day as yyyymmdd: nobody is born after it, so a number that says so is wrong.
    """
    series = pd.concat([pd.Series([""], dtype="object"), pd.Series(list(values), dtype="object")])
    codes, distinct = pd.factorize(series)
    texts = [str(each) for each in distinct]
    size = np.array([min(len(text), 255) for text in texts], dtype=np.uint8)
    joined = "".join(_spread(text).ljust(WIDTH, "*") for text in texts)
    raw = np.frombuffer(joined.encode("ascii", "replace"), dtype=np.uint8).reshape(-1, WIDTH).copy()
    raw[raw == ord("*")] = 0
    digit = (raw >= 48) & (raw <= 57)
    fifteen = np.array([len(text) == 15 and text.isdigit() for text in texts])
    full = (size == 18) & digit[:, :17].all(axis=1) & (digit[:, 17] | (raw[:, 17] == ord("X")))
    number = np.where(digit, raw, 48).astype(np.int32) - 48
    value = number[:, 6:14] @ (10 ** np.arange(7, -1, -1))
    short = 2000 + number[:, 8] * 10 + number[:, 9]
    value = np.where(
        fifteen, np.where(short > as_of // 10000, short - 100, short) * 10000 + value % 10000, value
    )
    tells = (digit[:, 6:14].all(axis=1) & (size >= 14) & (size <= 19)) | fifteen
    born = tells & real_date(value.astype(np.int32)) & (value <= as_of)
    birth = np.where(born, value, 0).astype(np.int32)
    check = _CHECKS[(number[:, :17] * _WEIGHTS).sum(axis=1) % 11]
    valid = full & (birth > 0) & (check == raw[:, 17])
    hidden = np.array(["*" in text for text in texts])
    state = np.select(
        [size == 0, valid, hidden, fifteen, full], [MISSING, VALID, HIDDEN, FIFTEEN, INVALID], ODD
    )
    sexed = digit[:, 16] & ((size == 18) | fifteen)
    table = IdTable(
        text=np.array(texts, dtype=object),
        size=size,
        bytes=raw,
        state=state.astype(np.uint8),
        birth=birth,
        sex=np.where(sexed, 2 - number[:, 16] % 2, 0).astype(np.uint8),
    )
    return table, codes[1:].astype(np.int32)
