"""One new record against a roll that is kept in memory: who on it may this child be?

What a screening does for whole lists, for one record: the same keys, comparisons and weights. What must be
counted or sorted is counted and sorted once, when the index is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from matchers.comparisons import MISSING
from matchers.distinct import chunks
from matchers.explain import sentences
from matchers.key_columns import columns_of
from matchers.model import Levels, Model
from matchers.name_table import Keys, Named, build_named, more_names
from matchers.one_record import NAMES, beside, names_in, one_person
from matchers.pairs import Pairs, distinct
from matchers.people import ROLL, Ints, Listed, Longs, People
from matchers.steps.s3_block import LIMIT, PERSON_KEYS, together
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import Bits, Shares, count_shares, weights
from matchers.steps.s6_assign import probabilities
from matchers.texts import TEXT, Codes
from schemas.fields.name_sounds import Confusions

MOST = 20
"""Matches that are told: nobody reads more, and who is not among these is not meant."""

SPARE = tuple(map(chr, range(0x10FF00, 0x10FF00 + 64)))
"""Signs for private use, which no list holds: they stand for characters that the index does not know."""

ALPHABET = (*map(chr, (*range(0x4E00, 0xA000), *range(ord("A"), ord("Z") + 1))), "□")
"""The characters that a new name may have though the roll has them not: those in the first block of CJK."""

_SHOWN = ("file", "school", "address", "grade")


@dataclass(frozen=True, slots=True)
class Match:
    """A pupil who may be the child.

    Attributes:
        row: the pupil's row in the people of the list that the index was built from.
        source: the place as ``file#sheet:row``.
        levels: the level of each comparison by its name; None where a side has no value.
        parts: what each comparison adds to the weight, in bits. weight: their sum.
        probability: that this is the child, given the other matches: 0..1.
        sentences: what each comparison found, in Chinese; the child stands on the left.
    """

    row: int
    source: str
    levels: Mapping[str, int | None]
    parts: Mapping[str, float]
    weight: float
    probability: float
    sentences: str


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The keys of all kinds of all rows in one order, so that all keys of a record are found at once.

    Attributes:
        keys: sorted; those of each kind are told from the others by a number of the kind's own.
        rows: the row of each.
    """

    keys: Keys
    rows: Ints

    @classmethod
    def of(cls, people: People) -> _Sorted:
        every = np.arange(len(people))
        found = [together(every, columns_of(people, every, key.right), key.right) for key in PERSON_KEYS]
        keys = np.concatenate([values ^ own for (_, values), own in zip(found, _OWN, strict=True)])
        order = np.argsort(keys)
        rows = np.concatenate([rows.astype(np.int32) for rows, _ in found])
        return cls(keys[order], rows[order])

    def find(self, one: People) -> Pairs:
        """The pairs of the one record (row 0) and a row that shares a key with it.

        As in ``matchers.steps.s3_block.candidates`` a key that would give more than ``LIMIT`` gives none.
        """
        row = np.zeros(1, dtype=np.int64)
        columns = columns_of(one, row, (name for key in PERSON_KEYS for name in key.left))
        made = [together(row, columns, key.left)[1] for key in PERSON_KEYS]
        rules = np.repeat(np.arange(len(made)), [len(each) for each in made])
        wanted = np.concatenate(made) ^ _OWN[rules]
        wanted, first, many = np.unique(wanted, return_index=True, return_counts=True)
        start, end = (np.searchsorted(self.keys, wanted, side) for side in ("left", "right"))
        met = np.flatnonzero((end > start) & ((end - start) * many <= LIMIT))
        if not len(met):
            return distinct([], [], [], 0)
        found = [self.rows[start[at] : end[at]].astype(np.int64) for at in met]
        ones = [np.zeros(len(rows), dtype=np.int64) for rows in found]
        return distinct(ones, found, rules[first[met]].tolist(), 1 << 40)


_OWN = np.arange(1, len(PERSON_KEYS) + 1).astype(np.uint64) * np.uint64(0xD1342543DE82EF95)


class RollIndex:
    """The pupils of a roll, ready to be asked about one child after another; any threads may ask at once."""

    def __init__(self, listed: Listed, model: Model, as_of: date) -> None:
        """Sort and count: once a roll.

        Args:
            listed: the records of a roll; those of other lists among them are left aside.
            model: weights; they are used as they are, not refined by sure links as in a screening.
            as_of: the day for which ``listed`` was prepared.
        """
        self.rows: Longs = np.flatnonzero(listed.people.side == ROLL)
        self._model, self._as_of = model, as_of
        named, self.people = _renamed(listed.people.take(self.rows), model.confusions)
        self._simple = _Codes.of(named.simple, named.table.simple)
        self._sound = _Codes.of(named.sound, named.table.sound)
        every = np.arange(len(self.rows))
        self.shares = _roomy(count_shares(self.people, every, every), self.people)
        self._sorted = _Sorted.of(self.people)
        at = listed.at[self.rows]
        self._texts = {
            name: pa.chunked_array(chunks(listed.records[name]), TEXT).combine_chunks().take(pa.array(at))
            for name in _SHOWN
        }
        self._sheet, self._line = (listed.records[name].to_numpy()[at] for name in ("sheet", "row"))

    def __len__(self) -> int:
        """The number of pupils."""
        return len(self.rows)

    def find(self, record: Mapping[str, str], most: int = MOST) -> list[Match]:
        """The pupils who may be this child, the likeliest first, at most so many.

        ``record`` holds canonical values by the columns of ``schemas.table.RECORDS``; what it leaves out is
        not known. A name with a character that is neither on the roll nor in ``ALPHABET`` is compared as if
        that character were like no other.
        """
        one = self._person(record)
        found = self._sorted.find(one)
        if not len(found):
            return []
        people = beside(self.people, found.right, one)
        size = len(found)
        pairs = Pairs(np.full(size, size), np.arange(size), found.rules)
        levels = compare(people, pairs)
        parts = weights(people, pairs, levels, self._model, self.shares)
        weight: Bits = np.sum(list(parts.values()), axis=0)
        share = probabilities(pairs.left, pairs.right, weight, 1, len(self), one_to_one=False)
        best = np.lexsort((found.right, -weight))[:most]
        levels = {name: level[best] for name, level in levels.items()}
        parts = {name: bits[best] for name, bits in parts.items()}
        told = sentences(_Beside(people, self, found.right, record), pairs.take(best), levels)
        return self._matches(found.right[best], levels, parts, weight[best], share[best], told)

    def _person(self, record: Mapping[str, str]) -> People:
        """The record as arrays, its names with the codes that they have on the roll."""
        more = more_names(names_in(record), self.people.names, SPARE)
        simple, sound = self._simple.codes(more.simple), self._sound.codes(more.sound)
        named = replace(more, table=replace(more.table, simple=simple, sound=sound))
        return one_person(record, named, self.people, self._as_of)

    def _matches(
        self,
        found: Longs,
        levels: Levels,
        parts: Mapping[str, Bits],
        weight: Bits,
        share: Bits,
        told: pa.Array,
    ) -> list[Match]:
        codes = {name: level.tolist() for name, level in levels.items()}
        bits = {name: each.tolist() for name, each in parts.items()}
        texts = told.to_pylist()
        return [
            Match(
                row=int(self.rows[row]),
                source=self._source(row),
                levels={name: None if level[at] == MISSING else level[at] for name, level in codes.items()},
                parts={name: each[at] for name, each in bits.items()},
                weight=float(weight[at]),
                probability=float(share[at]),
                sentences=texts[at],
            )
            for at, row in enumerate(found.tolist())
        ]

    def _source(self, row: int) -> str:
        file = self.texts("file", np.array([row]))[0].as_py()
        return f"{file}#{self._sheet[row]}:{self._line[row]}"

    def texts(self, column: str, rows: Longs) -> pa.Array:
        """One column of the records of these pupils (rows of ``people``)."""
        return self._texts[column].take(pa.array(rows))


class _Beside:
    """What the sentences show of the candidates and, in the last row, of the new record."""

    def __init__(self, people: People, index: RollIndex, found: Longs, record: Mapping[str, str]) -> None:
        self.people, self._index, self._found, self._record = people, index, found, record

    def name(self, codes: Codes) -> pa.Array:
        return self.people.names.text.take(pa.array(codes))

    def number(self, codes: Codes) -> pa.Array:
        return self.people.ids.text.take(pa.array(codes))

    def born(self, rows: Codes) -> Ints:
        written: Ints = self.people.birth[rows]
        return np.where(written > 0, written, self.people.id_birth[rows])

    def family(self, rows: Codes) -> Ints:
        guardian: Ints = self.people.guardian[rows]
        return np.where(guardian > 0, guardian, self.people.head[rows])

    def text(self, column: str, rows: Codes) -> pa.Array:
        known = rows < len(self._found)
        if not known.any():
            return pa.array([self._record.get(column, "")] * len(rows), TEXT)
        return self._index.texts(column, self._found[rows])


@dataclass(frozen=True, slots=True)
class _Codes:
    """Which code of the roll a key has; a key that the roll has not gets one of the codes behind."""

    keys: Keys
    code: Ints
    size: int

    @classmethod
    def of(cls, keys: Keys, codes: Ints) -> _Codes:
        known, first = np.unique(keys, return_index=True)
        return cls(known, codes[first], int(codes.max(initial=0)) + 1)

    def codes(self, wanted: Keys) -> Ints:
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        new = np.unique(wanted, return_inverse=True)[1] + self.size
        return np.where(self.keys[place] == wanted, self.code[place], new).astype(np.int32)


def _renamed(people: People, confusions: Confusions) -> tuple[Named, People]:
    """The same people over a table of their own names and of the characters that a new name may have."""
    columns = [getattr(people, name) for name in NAMES]
    known, place = np.unique(np.concatenate([np.zeros(1, dtype=np.int32), *columns]), return_inverse=True)
    named = build_named(people.names.text.take(pa.array(known)), confusions, fixed=(*ALPHABET, *SPARE))
    codes = place[1:].astype(np.int32).reshape(len(columns), -1)
    arrays: dict[str, Any] = dict(zip(NAMES, codes, strict=True))
    return named, replace(people, names=named.table, **arrays)


def _roomy(shares: Shares, people: People) -> Shares:
    """Shares of all codes of the table, and of those of a new record's names: as of a single occurrence."""

    def filled(share: Bits, codes: Ints, total: int) -> Bits:
        size = int(codes.max(initial=0)) + 1 + len(NAMES) + 1
        return np.concatenate([share, np.full(size - len(share), 2 / max(total, 2))])

    names = people.names
    family = int((names.simple[people.guardian] > 0).sum() + (names.simple[people.head] > 0).sum())
    return Shares(
        simple=filled(shares.simple, names.simple, len(people)),
        sound=filled(shares.sound, names.sound, len(people)),
        family=filled(shares.family, names.simple, family),
    )
