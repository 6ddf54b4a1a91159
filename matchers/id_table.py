"""Each distinct identity number once, as bytes with what it says of birth and sex.

Rules: GB 11643 (18 characters: 6 region, 8 birthday, 3 sequence, 1 check character). Hidden and lost
characters are 0 bytes: they agree with anything and prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.distinct import encode

MISSING, VALID, INVALID, HIDDEN, FIFTEEN, ODD = 0, 1, 2, 3, 4, 5
"""State of a number: none; passes every check; 18 characters that fail one; some characters hidden or
lost to a spreadsheet; the 15-digit form; another length or another document."""

LENGTH, WIDTH = 18, 20
"""Characters of a number, and of the table: a number with a character too many still fits."""

_STAR = ord("*")
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int16)
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class IdTable:
    """Arrays over D distinct numbers; entry 0 is "no number".

    Attributes:
        size: D lengths.
        bytes: D x WIDTH character bytes; 0 where hidden or absent. A 15-digit number stands at its
            18-character places, with the century and the check character hidden.
        whole: D 64-bit codes of the whole text, equal where the numbers are equal, in any table.
        state: D states (MISSING ... ODD).
        birth: D birthdays as yyyymmdd; 0 where the number tells none. A 15-digit number gives 20yy
            where that is not after ``as_of``: a child is what this program looks for.
        sex: D values, 1 male, 2 female, 0 unknown.
        text: D canonical texts, for what is shown; no comparison reads it.
    """

    size: NDArray[np.uint8]
    bytes: NDArray[np.uint8]
    whole: NDArray[np.uint64]
    state: NDArray[np.uint8]
    birth: NDArray[np.int32]
    sex: NDArray[np.uint8]
    text: pa.Array

    def __len__(self) -> int:
        """The number of distinct numbers, "no number" included."""
        return len(self.size)

    def texts(self, codes: NDArray[np.integer]) -> NDArray[np.object_]:
        """The numbers of these codes as texts."""
        return self.text.take(pa.array(codes)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


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
    """A 15-digit number at the places of the 18-character one; anything else unchanged, cut at WIDTH."""
    return f"{text[:6]}**{text[6:15]}*" if _is_fifteen(text) else text[:WIDTH]


def _is_fifteen(text: str) -> bool:
    return len(text) == 15 and text.isdigit() and text.isascii()


def _matrix(values: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[tuple[int, str]]]:
    """The bytes of each text, D x WIDTH; the usual ones at once, the others (returned too) one by one."""
    plain = pc.and_(pc.equal(pc.binary_length(values), LENGTH), pc.string_is_ascii(values))
    usual = plain.to_numpy(zero_copy_only=False)
    raw = np.full((len(values), WIDTH), _STAR, dtype=np.uint8)
    # A filtered array is a new one: its texts stand one behind the other from the start.
    data = np.frombuffer(values.filter(plain).buffers()[2] or b"", dtype=np.uint8)
    count = int(np.count_nonzero(usual))
    raw[usual, :LENGTH] = data[: count * LENGTH].reshape(count, LENGTH)
    rest = np.flatnonzero(~usual)
    odd = list(zip(rest.tolist(), values.take(pa.array(rest)).to_pylist(), strict=True))
    for row, text in odd:
        raw[row] = np.frombuffer(_spread(text).ljust(WIDTH, "*").encode("ascii", "replace"), np.uint8)
    raw[raw == _STAR] = 0
    size = pc.utf8_length(values).to_numpy(zero_copy_only=False)
    return raw, size, odd


def _whole(raw: NDArray[np.uint8], odd: list[tuple[int, str]]) -> NDArray[np.uint64]:
    """A 64-bit code of each text: of its 18 bytes mixed, or of the text where it is not 18 bytes."""
    wide = np.zeros((len(raw), 24), dtype=np.uint8)
    wide[:, :WIDTH] = raw
    parts = wide.view(np.uint64)
    code = np.zeros(len(raw), dtype=np.uint64)
    for part in range(3):
        code = (code ^ parts[:, part]) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(32)
    for row, text in odd:
        code[row] = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") if text else 0
    return code


def build_ids(values: pa.Array | pd.Series | Iterable[str], as_of: int) -> tuple[IdTable, NDArray[np.int32]]:
    """Canonical numbers, one an entry -> the table of distinct numbers, and each entry's code in it.

    ``as_of`` is a day as yyyymmdd: nobody is born after it, so a number that says so is wrong.
    """
    texts, codes = encode(values)
    return id_table(texts, as_of), codes


def id_table(texts: pa.Array, as_of: int) -> IdTable:
    """The table of these distinct numbers, "" first."""
    raw, size, odd = _matrix(texts)
    fifteen, hidden = np.zeros(len(raw), dtype=bool), np.zeros(len(raw), dtype=bool)
    for row, text in odd:
        fifteen[row] = _is_fifteen(text)
    hidden = pc.match_substring(texts, "*").to_numpy(zero_copy_only=False)
    # Place by place: eighteen long rows are worked on much faster than a million short ones.
    places = np.ascontiguousarray(raw[:, :LENGTH].T)
    digit = (places >= 48) & (places <= 57)
    number = np.where(digit, places, 48) - np.uint8(48)
    full = (size == LENGTH) & digit[:17].all(axis=0) & (digit[17] | (places[17] == ord("X")))
    value = np.zeros(len(raw), dtype=np.int32)
    for each in number[6:14]:
        value = value * 10 + each
    short = 2000 + number[8].astype(np.int32) * 10 + number[9]
    short = np.where(short > as_of // 10000, short - 100, short) * 10000 + value % 10000
    value = np.where(fifteen, short, value)
    tells = (digit[6:14].all(axis=0) & (size >= 14) & (size <= 19)) | fifteen
    born = tells & real_date(value) & (value <= as_of)
    birth = np.where(born, value, 0).astype(np.int32)
    total = np.zeros(len(raw), dtype=np.int16)
    for weight, each in zip(_WEIGHTS, number[:17], strict=True):
        total += each * weight
    valid = full & (birth > 0) & (_CHECKS[total % 11] == places[17])
    state = np.select(
        [size == 0, valid, hidden, fifteen, full], [MISSING, VALID, HIDDEN, FIFTEEN, INVALID], ODD
    )
    sexed = digit[16] & ((size == 18) | fifteen)
    return IdTable(
        size=np.minimum(size, 255).astype(np.uint8),
        bytes=raw,
        whole=_whole(raw, odd),
        state=state.astype(np.uint8),
        birth=birth,
        sex=np.where(sexed, 2 - number[16] % 2, 0).astype(np.uint8),
        text=texts,
    )
