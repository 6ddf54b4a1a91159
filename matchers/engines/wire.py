"""People as columns and back: how records travel between processes, the texts with them.

A code of a name or of a number means something beside its table alone, so the text travels, and whoever
receives it makes the table of what arrived. What was counted over all lists travels beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from matchers.distinct import encode
from matchers.engines.packed import Layout
from matchers.id_table import id_table
from matchers.lookup import SPARE
from matchers.name_table import NameTable, build_named, more_names
from matchers.people import People
from matchers.steps.s5_score import Shares
from schemas.fields.name_sounds import Confusions

NAMES = ("name", "former", "guardian", "head")
NUMBERS = ("id1", "id2", "adult_id", "guardian_id")
WHOLE = {
    "side": np.uint8, "kind": np.uint8, "birth": np.int32, "id_birth": np.int32, "sex": np.uint8,
    "phone": np.uint32, "household": np.uint32, "town": np.uint32, "village": np.uint32, "group": np.uint32,
    "house": np.uint32, "school": np.uint32, "grade": np.uint8, "class_no": np.int32, "file": np.uint32,
}  # fmt: skip
FLAGS = ("grown", "gone", "not_there", "of_children", "cancelled")
COUNTED = ("simple_left", "simple_right", "sound_left", "sound_right", "guardian_bearers", "head_bearers")
"""How many records bear a record's name, its sound, and its parents' names: counted over all lists."""

KEYS = ("simple", "sound", "guardian_simple", "head_simple")
"""What is counted: keys of the names that mean the same in every process. They stand beside the record."""

Columns = Mapping[str, Any]

WIRE: Layout = [
    *((each, str) for each in (*NAMES, *NUMBERS)),
    *WHOLE.items(),
    *((each, np.bool_) for each in FLAGS),
]
"""The columns of a record on the wire, as they are packed."""


@dataclass(frozen=True)
class Desk:
    """What every process must know to read records from the wire: a few thousand characters and two dates.

    Attributes:
        characters: all characters that any name of the run holds, in their simplified form.
        confusions: sounds that are not told apart. kinds, school_year: as in ``People``.
        as_of: the day of the screening as yyyymmdd.
        parents: how many names of parents the lists give, counted when the records are on the wire.
    """

    characters: tuple[str, ...]
    confusions: Confusions
    kinds: tuple[str, ...]
    school_year: int
    as_of: int
    parents: int = 0

    def people(self, *tables: Columns) -> People:
        """The records in these tables (``WIRE``), one table behind the other."""
        texts, codes = encode(*(each[name] for name in NAMES for each in tables))
        numbers, id_codes = encode(*(each[name] for name in NUMBERS for each in tables))
        arrays: dict[str, Any] = dict(zip(NAMES, codes.reshape(len(NAMES), -1), strict=True))
        arrays |= dict(zip(NUMBERS, id_codes.reshape(len(NUMBERS), -1), strict=True))
        arrays |= {name: np.concatenate([each[name] for each in tables]) for name in (*WHOLE, *FLAGS)}
        return People(
            names=more_names(texts, _alphabet(self), SPARE).table,
            ids=id_table(numbers, self.as_of),
            kinds=self.kinds,
            school_year=self.school_year,
            **arrays,
        )

    def wire(self, people: People) -> dict[str, Any]:
        """The records as columns of the wire."""
        columns = {each: people.names.text.take(pa.array(getattr(people, each))) for each in NAMES}
        columns |= {each: people.ids.text.take(pa.array(getattr(people, each))) for each in NUMBERS}
        return columns | {each: getattr(people, each) for each in (*WHOLE, *FLAGS)}

    def keys(self, people: People) -> dict[str, np.ndarray]:
        """What is counted of each record (``KEYS``)."""
        named = more_names(people.names.text, _alphabet(self), SPARE)
        made = {"simple": named.simple[people.name], "sound": named.sound[people.name]}
        made |= {f"{each}_simple": named.simple[getattr(people, each)] for each in ("guardian", "head")}
        return {name: signed(made[name]) for name in KEYS}


@lru_cache(maxsize=4)
def _alphabet(desk: Desk) -> NameTable:
    """A table of no names over the characters: what makes keys of names the same in every process.

    Once a process, however many pieces of work it does.
    """
    return build_named(pa.array([""], pa.large_string()), desk.confusions, fixed=desk.characters).table


def signed(keys: np.ndarray) -> np.ndarray:
    """Keys of 64 bits as signed numbers, for engines that have no others."""
    return np.ascontiguousarray(keys).view(np.int64)


def shares_of(people: People, count: Columns, share: Any, totals: tuple[int, int, int]) -> Shares:
    """The shares of the names of these records, from what was counted over all lists (``COUNTED``).

    Args:
        share: counts and total -> shares (``matchers.steps.s5_score.share_of``).
        totals: left rows, right rows, names of parents.
    """
    left, right, parents = totals
    names = people.names

    def by_code(codes: np.ndarray, one: str, other: str) -> np.ndarray:
        found = np.zeros(int(codes.max(initial=0)) + 1)
        found[codes[people.name]] = np.maximum(share(count[one], left), share(count[other], right))
        return found

    family = np.zeros(int(names.simple.max(initial=0)) + 1)
    for who in ("guardian", "head"):
        family[names.simple[getattr(people, who)]] = share(count[f"{who}_bearers"], parents)
    return Shares(
        simple=by_code(names.simple, "simple_left", "simple_right"),
        sound=by_code(names.sound, "sound_left", "sound_right"),
        family=family,
    )
