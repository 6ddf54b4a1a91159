"""Numbers that are written without any slip, found by arithmetic on whole columns.

The rules are those of ``resident_id``, ``student_no``, ``disability_no`` and ``phone``, narrowed to the
form that nearly all values have. What is left out here is read there, value by value.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from functools import cache

import numpy as np
import pyarrow as pa

from schemas.fields import region
from schemas.fields.glance import CAREFUL, Bytes, Flags, Verdicts, of_width, unseen

_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), np.uint8)
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_ZERO, _X = 48, 88
FINE, REGION = 0, 1
"""Verdicts of ``look_resident`` on numbers that pass every check, of a known region or of an unknown one."""

_WRONG = 2
"""Added to the verdict where the check digit is wrong: the number stays as it is, and that is told."""

_YEARS = range(1850, 2100)
"""What ``resident_id`` takes for a year."""


@cache
def _years() -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Of each year of four digits: 0 nobody is born in it, 1 it has no leap day, 2 it has one."""
    kinds = np.zeros(10_000, np.int8)
    kinds[_YEARS] = [1 + isleap(year) for year in _YEARS]
    return kinds


@cache
def _days() -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Of each month and day (as MMDD), the least kind of year that has it; 3 where no year has."""
    kinds = np.full(10_000, 3, np.int8)
    for month in range(1, 13):
        for leap, year in ((2, 2000), (1, 2001)):
            kinds[month * 100 + 1 : month * 100 + monthrange(year, month)[1] + 1] = leap
    return kinds


@cache
def _unknown_regions() -> Flags:
    """Whether six digits were never a region's code."""
    unknown = np.ones(1_000_000, dtype=bool)
    unknown[[int(code) for code in region.history()]] = False
    return unknown


def _all_digits(digits: Bytes) -> Flags:
    """Of each column, whether all its values are digits."""
    found: Flags = digits.max(axis=0) <= 9
    return found


def _identity(block: Bytes) -> Verdicts:
    """Of columns of 18 bytes: what is wrong with the number in each, ``CAREFUL`` where it has another form.

    Left out, because they can mean something else: a first digit 0 or 9, three zeros at the end, a date that
    never was.
    """
    digits = block - _ZERO
    plain = _all_digits(digits[:17]) & ((digits[17] <= 9) | (block[17] == _X))
    plain &= (digits[0] >= 1) & (digits[0] <= 8) & (digits[15] | digits[16] | digits[17] != 0)
    # Bytes that are no digits give a number too; clipped it stays within the tables, ``plain`` rules it out.
    pairs = (10 * digits[:14:2] + digits[1:14:2]).astype(np.intp)
    place = 10_000 * pairs[0] + 100 * pairs[1] + pairs[2]
    year, day = 100 * pairs[3:6:2] + pairs[4:7:2]
    plain &= _days().take(day, mode="clip") <= _years().take(year, mode="clip")
    total = (digits[:17] * _WEIGHTS[:, None]).sum(axis=0, dtype=np.uint16)
    wrong = _CHECK[total % 11] != block[17]
    verdicts = _unknown_regions().take(place, mode="clip") * REGION + wrong * _WRONG
    return np.where(plain, verdicts, CAREFUL).astype(np.int8)


def look_resident(values: pa.LargeStringArray) -> Verdicts:
    """Identity numbers of 18 characters: 1 for an unknown region, 2 more for a wrong check digit."""
    verdicts = unseen(values)
    for at, block in of_width(values, 18):
        verdicts[at] = _identity(block)
    return verdicts


def look_student(values: pa.LargeStringArray) -> Verdicts:
    """G with a number that passes, 3 where its check digit is wrong; 1 for L and 2 for J with any number."""
    verdicts = unseen(values)
    for at, block in of_width(values, 19):
        first, behind = block[0], block[1:]
        form = _all_digits(behind[:17] - _ZERO) & ((behind[17] - _ZERO <= 9) | (behind[17] == _X))
        own = _identity(behind)
        formal = np.where(own >= _WRONG, 3, np.minimum(own, FINE))
        letters = [(first == ord("G")), (first == ord("L")) & form, (first == ord("J")) & form]
        verdicts[at] = np.select(letters, [formal, 1, 2], CAREFUL)
    return verdicts


def look_disability(values: pa.LargeStringArray) -> Verdicts:
    """A number that passes with a category of 1 to 7 and a grade of 1 to 4 behind it."""
    verdicts = unseen(values)
    for at, block in of_width(values, 20):
        category, grade = block[18] - _ZERO, block[19] - _ZERO
        fine = np.isin(_identity(block[:18]), (FINE, REGION)) & (category >= 1) & (category <= 7)
        verdicts[at[fine & (grade >= 1) & (grade <= 4)]] = 0
    return verdicts


def look_mobile(values: pa.LargeStringArray) -> Verdicts:
    """Eleven digits from 13 to 19 that do not end in one digit eight times over."""
    verdicts = unseen(values)
    for at, block in of_width(values, 11):
        digits = block - _ZERO
        fine = _all_digits(digits) & (digits[0] == 1) & (digits[1] >= 3)
        verdicts[at[fine & (digits[4:] != digits[3]).any(axis=0)]] = 0
    return verdicts
