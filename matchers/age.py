"""Which children are of school age: born from 1 September of Y-15 to 31 August of Y-6 (domain notes 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matchers.code_sets import flagged
from matchers.comparisons.birth import NEAR, birth_levels
from matchers.id_table import VALID
from matchers.people import Ints, Longs, People
from schemas.fields import relation

_clean = relation.FIELD.clean

ENTRY_AGE = 6
YEARS = 9
TOO_YOUNG, IN_AGE, OVER_AGE, UNKNOWN = 0, 1, 2, 3
TIE = 0.25
HEAD = "户主"
_GROWN = ("spouse", "parent", "grandparent")


@dataclass(frozen=True, slots=True)
class SchoolAge:
    """The birthdays of compulsory education in the school year that starts on 1 September of ``year``."""

    year: int
    entry_age: int = ENTRY_AGE
    years: int = YEARS

    @classmethod
    def at(cls, as_of: date, entry_age: int = ENTRY_AGE, years: int = YEARS) -> SchoolAge:
        """The school age of the school year that the day lies in."""
        return cls(as_of.year if as_of.month >= 9 else as_of.year - 1, entry_age, years)

    @property
    def oldest(self) -> int:
        """The first birthday as yyyymmdd."""
        return (self.year - self.entry_age - self.years) * 10000 + 901

    @property
    def youngest(self) -> int:
        """The last birthday as yyyymmdd."""
        return (self.year - self.entry_age) * 10000 + 831

    def sort(self, birth: Ints) -> Longs:
        """Each yyyymmdd (00 unknown) -> TOO_YOUNG, IN_AGE, OVER_AGE or UNKNOWN.

        Where the month or day is unknown the child is in age if any day would be: nobody is left out.
        """
        month = birth // 100 % 100
        early = np.where(month == 0, birth + 101, np.where(birth % 100 == 0, birth + 1, birth))
        late = np.where(month == 0, birth + 1231, np.where(birth % 100 == 0, birth + 31, birth))
        within = (late >= self.oldest) & (early <= self.youngest)
        side = np.where(early > self.youngest, TOO_YOUNG, OVER_AGE)
        return np.where(birth == 0, UNKNOWN, np.where(within, IN_AGE, side)).astype(np.int64)

    def grade(self, birth: Ints) -> Longs:
        """The grade that a child born on yyyymmdd is due in; 0 outside 1 to ``years`` or unknown."""
        due = self.year - self.entry_age + 1 - (birth // 10000 + (birth // 100 % 100 >= 9))
        return np.where((birth > 0) & (due >= 1) & (due <= self.years), due, 0).astype(np.int64)


@cache
def is_grown(text: str) -> bool:
    """Whether the relation to the head of household is one that no child stands in: head, spouse, parent ...

    By the kin of ``schemas.fields.relation``. 父子 or 母女 say nothing of that sort, nor does 本人, who may
    be the child.
    """
    return _clean(text) == HEAD or relation.kin_of(text) in _GROWN


def person_birth(
    people: People, rows: Longs, person: Longs, school_age: SchoolAge
) -> tuple[Longs, Ints, Longs]:
    """The birthday of each person of the rows: (person codes, yyyymmdd or 0, how many birthdays were given).

    The birthday that most records give wins; a valid number counts double (its check digit has been
    tested), a partial date or a failing number a half; at a tie a birthday of school age, lest a child
    be left out. A valid number beside quite another birthday counts once: it may be a brother's or sister's,
    and of whose it is the check digit says nothing.
    """
    valid = people.ids.state[people.id1[rows]] == VALID
    written, by_number = people.birth[rows], people.id_birth[rows]
    number_votes = np.where(valid, 2.0, 0.5)
    number_votes[valid & (birth_levels(written, by_number) <= NEAR)] = 1.0
    codes = np.concatenate([person[rows], person[rows]])
    days = np.concatenate([written, by_number])
    votes = np.concatenate([np.where(written % 100 > 0, 1.0, 0.5), number_votes])
    everyone = np.flatnonzero(flagged(len(people), person[rows]))
    # Of nearly all persons every record gives one day: only where two are given are votes counted.
    day = np.zeros(len(people), dtype=np.int32)
    day[codes[days > 0]] = days[days > 0]
    unlike = (days > 0) & (days != day[codes])
    asked = np.flatnonzero((days > 0) & flagged(len(people), codes[unlike])[codes])
    owner, best, many = _voted(codes[asked], days[asked], votes[asked], school_age)
    day[owner] = best
    birth = day[everyone]
    count = (birth > 0).astype(np.int64)
    count[np.searchsorted(everyone, owner)] = many
    return everyone, birth, count


def _voted(
    codes: Longs, days: Ints, votes: NDArray[np.float64], school_age: SchoolAge
) -> tuple[Longs, Ints, Longs]:
    """The persons with votes, the day of each that has most, and how many days were given."""
    key, place = np.unique(codes * 100_000_000 + days, return_inverse=True)
    owner, day = key // 100_000_000, (key % 100_000_000).astype(np.int32)
    weight = np.bincount(place, weights=votes, minlength=len(key)) + TIE * (school_age.sort(day) == IN_AGE)
    order = np.lexsort((day, -weight, owner))
    persons, first, many = np.unique(owner[order], return_index=True, return_counts=True)
    return persons, day[order][first], many
