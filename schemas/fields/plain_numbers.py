"""Numbers that are written without any slip, found by arithmetic on whole columns.

The rules are those of ``resident_id``, ``student_no``, ``disability_no`` and ``phone``, narrowed to the
form that nearly all values have. What is left out here is read there, value by value.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from schemas.fields import region
from schemas.fields.glance import Bytes, Flags, Verdicts, of_width, unseen

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_ZERO, _NINE, _X = 48, 57, 88
_FINE, _REGION = 0, 1
_YEARS = (1900, 2099)
"""Narrower than what ``resident_id`` takes for a year, and with one rule for leap years less to think of."""


@cache
def _parts() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Weights of 17 digits, one row each for: check sum, region, year, month with day.

    As floating point, since only that is multiplied fast; every sum is below 2**24 and therefore exact.
    """
    table = np.zeros((4, 17), np.float32)
    table[0] = _WEIGHTS
    table[1, 0:6] = (100000, 10000, 1000, 100, 10, 1)
    table[2, 6:10] = (1000, 100, 10, 1)
    table[3, 10:14] = (1000, 100, 10, 1)
    return table


@cache
def _days() -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Whether month and day (as MMDD) exist, in a year without and in one with a leap day."""
    exists = np.zeros((2, 10_000), dtype=bool)
    for month, days in enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1):
        exists[:, month * 100 + 1 : month * 100 + days + 1] = True
    exists[1, 229] = True
    return exists


@cache
def _regions() -> Flags:
    """Whether six digits were ever a region's code."""
    known = np.zeros(1_000_000, dtype=bool)
    known[[int(code) for code in region.history()]] = True
    return known


def _all_digits(block: Bytes) -> Flags:
    return _under_ten(np.ascontiguousarray(block.T) - _ZERO)


def _under_ten(digits: Bytes) -> Flags:
    """Of each column, whether all its values are digits."""
    found: Flags = np.logical_and.reduce(digits <= 9, axis=0)
    return found


def _identity(block: Bytes) -> tuple[Flags, Flags]:
    """Of rows of 18 bytes: which are numbers without a fault, and which begin with a known region.

    Left out, because they can mean something else: a first digit 0 or 9, three zeros at the end.
    """
    # Turned over: numpy works along rows of memory, and 18 long ones are better than many short ones.
    values = np.ascontiguousarray(block.T) - _ZERO
    plain: Flags = _under_ten(values[:17]) & (values[0] >= 1) & (values[0] <= 8)
    not_rounded: Flags = values[15] | values[16] | values[17] != 0
    # Bytes that are no digits give a number too; modulo keeps it within the tables, ``plain`` rules it out.
    total, place, year, day = (_parts() @ values[:17].astype(np.float32)).astype(np.int32)
    leap = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).astype(np.intp)
    real: Flags = (year >= _YEARS[0]) & (year <= _YEARS[1]) & _days()[leap, day % 10_000]
    right: Flags = _CHECK[total % 11] == block[:, 17]
    return plain & not_rounded & real & right, _regions()[place % 1_000_000]


def look_resident(values: pa.LargeStringArray) -> Verdicts:
    """Identity numbers of 18 characters that pass every check; 1 where only the region is unknown."""
    verdicts = unseen(values)
    for at, block in of_width(values, 18):
        fine, known = _identity(block)
        verdicts[at[fine]] = np.where(known, _FINE, _REGION)[fine]
    return verdicts


def look_student(values: pa.LargeStringArray) -> Verdicts:
    """G with a number that passes; 1 for L and 2 for J with 18 characters of any number."""
    verdicts = unseen(values)
    for at, block in of_width(values, 19):
        first, behind = block[:, 0], block[:, 1:]
        form = _all_digits(behind[:, :17]) & (_all_digits(behind[:, 17:]) | (behind[:, 17] == _X))
        verdicts[at[(first == ord("G")) & _identity(behind)[0]]] = 0
        verdicts[at[(first == ord("L")) & form]] = 1
        verdicts[at[(first == ord("J")) & form]] = 2
    return verdicts


def look_disability(values: pa.LargeStringArray) -> Verdicts:
    """A number that passes with a category of 1 to 7 and a grade of 1 to 4 behind it."""
    verdicts = unseen(values)
    for at, block in of_width(values, 20):
        category, grade = block[:, 18], block[:, 19]
        fine = _identity(block[:, :18])[0] & (category > _ZERO) & (category <= _ZERO + 7)
        verdicts[at[fine & (grade > _ZERO) & (grade <= _ZERO + 4)]] = 0
    return verdicts


def look_mobile(values: pa.LargeStringArray) -> Verdicts:
    """Eleven digits from 13 to 19 that do not end in one digit eight times over."""
    verdicts = unseen(values)
    for at, block in of_width(values, 11):
        fine = _all_digits(block) & (block[:, 0] == _ZERO + 1) & (block[:, 1] >= _ZERO + 3)
        verdicts[at[fine & (block[:, 4:] != block[:, 3:4]).any(axis=1)]] = 0
    return verdicts
