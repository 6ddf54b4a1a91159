"""The records of each person side by side, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.distinct import encode
from matchers.id_table import MISSING, VALID
from matchers.people import Flags, Ints, Longs
from matchers.resolve import Persons
from matchers.shown import Shown
from matchers.texts import Codes, column, lists, runs

FIRST = ("household", "roll", "poverty")
"""Kinds of list whose word is shown before that of the others, in this order."""


@dataclass(frozen=True, slots=True)
class Members:
    """The records of n persons.

    Attributes:
        row: rows of people, person by person; the household register's first, then in the order of the lists.
        start: n + 1 places in ``row``: where the records of each person begin.
    """

    row: Ints
    start: Longs

    def __len__(self) -> int:
        """The number of persons."""
        return len(self.start) - 1

    @property
    def owner(self) -> Longs:
        """For each entry of ``row`` the person."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def first(self, flags: Flags) -> Ints:
        """The first record of each person that has the flag (one a row of people); -1 for none."""
        at = np.flatnonzero(flags[self.row])[::-1]
        found = np.full(len(self), -1, dtype=np.int32)
        # Of several values for one place numpy keeps the last: here that of the first record.
        found[self.owner[at]] = self.row[at]
        return found

    def any(self, flags: Flags) -> Flags:
        """Whether any record of each person has the flag."""
        return self.first(flags) >= 0


def members(shown: Shown, persons: Persons, codes: Longs) -> Members:
    """The records of the persons with these codes, in the order of ``codes``."""
    people = shown.people
    person = np.full(len(people) + 1, -1, dtype=np.int64)
    person[codes] = np.arange(len(codes))
    owner = person[persons.code]
    ours = np.flatnonzero(owner >= 0)
    rank = np.array([FIRST.index(kind) if kind in FIRST else len(FIRST) for kind in people.kinds])
    # One number to sort by: person, rank of the list, place in the lists.
    key = ((owner[ours] * 4 + rank[people.kind[ours]]) << 32) | shown.at[ours]
    row = shown.row_of[np.sort(key) & 0xFFFFFFFF]
    count = np.bincount(owner[ours], minlength=len(codes))
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return Members(row.astype(np.int32), start)


def sources_of(shown: Shown, held: Members, which: Longs) -> pa.Array:
    """The places of each of these persons' records, joined by ";", each once."""
    count = np.diff(held.start)[which]
    rows = held.row[runs(held.start[which], count)].astype(np.int64)
    owner = np.repeat(np.arange(len(which)), count)
    kept = _each_once(owner, shown.spot[rows], count)
    return lists(shown.source(rows[kept]), np.bincount(owner[kept], minlength=len(which)))


def _each_once(owner: Longs, spot: Longs, count: Longs) -> Flags:
    """Which entries are not the second of their owner at one place: a household a row has several members."""
    kept = np.ones(len(owner), dtype=bool)
    several = np.flatnonzero(count[owner] > 1)
    if len(several):
        order = several[np.lexsort((several, spot[several], owner[several]))]
        again = (owner[order][1:] == owner[order][:-1]) & (spot[order][1:] == spot[order][:-1])
        kept[order[1:][again]] = False
    return kept


def groups_of(shown: Shown, held: Members) -> tuple[Ints, pa.Array]:
    """The distinct groups of each person's records, joined by ";": codes and the texts that they stand for.

    Persons with the same groups in the same order are few sorts: each sort is put together once.
    """
    values, code = encode(shown.records("group"))
    given = code[shown.at[held.row]]
    owner, given = held.owner[given > 0], given[given > 0].astype(np.int64)
    nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    parts = [tuple(part for part in text.split(";") if part) for text in values.to_pylist()]
    known: dict[tuple[str, ...], int] = {(): 0}
    sorts: list[tuple[str, ...]] = [()]
    current = np.zeros(len(held), dtype=np.int64)
    for step in range(int(nth.max(initial=-1)) + 1):
        now = np.flatnonzero(nth == step)
        pairs, place = np.unique(current[owner[now]] * len(parts) + given[now], return_inverse=True)
        made = [tuple(dict.fromkeys(sorts[p // len(parts)] + parts[p % len(parts)])) for p in pairs.tolist()]
        for each in made:
            if known.setdefault(each, len(sorts)) == len(sorts):
                sorts.append(each)
        current[owner[now]] = np.array([known[each] for each in made], dtype=np.int64)[place]
    return current.astype(np.int32), column(";".join(each) for each in sorts)


def best_number(shown: Shown, held: Members) -> Ints:
    """The number to show of each person: a valid one before any other, in the order of the records."""
    people = shown.people
    state = people.ids.state[people.id1]
    valid, other = held.first(state == VALID), held.first((state != VALID) & (state != MISSING))
    row = np.where(valid >= 0, valid, other)
    return np.where(row >= 0, people.id1[row], 0).astype(np.int32)


NOTES = (
    "户口已注销或迁出",
    "无证件号码",
    "证件号码不合规则",
    "填的是成年人号码",
    "无出生日期",
    "出生日期前后不一",
)


def quality_of(shown: Shown, held: Members, days: Ints, given: Codes) -> tuple[NDArray[np.int8], pa.Array]:
    """Short notes on what is wrong with each person's own records: codes and the texts they stand for."""
    people = shown.people
    has, adult = held.any(people.id1 > 0), held.any(people.adult_id > 0)
    good = held.any(people.ids.state[people.id1] == VALID)
    flags = (held.any(people.cancelled), ~has & ~adult, has & ~good, adult, days == 0, given > 1)
    code = np.zeros(len(held), dtype=np.int8)
    for bit, flag in enumerate(flags):
        code |= (flag.astype(np.int8) << bit).astype(np.int8)
    several = ("、".join(note for bit, note in enumerate(NOTES) if sort >> bit & 1) for sort in range(64))
    return code, column(several)
