"""The records of all lists as arrays: what blocking, comparing and deciding work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.distinct import Hashes
from matchers.id_table import IdTable
from matchers.name_table import NameTable

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

POPULATION, ROLL, ATTENDANCE, AID = 0, 1, 2, 3
SIDES = {"population": POPULATION, "roll": ROLL, "attendance": ATTENDANCE, "aid": AID}


@dataclass(frozen=True, slots=True)
class People:
    """n records of any list; a row of every array is one record.

    Numpy arrays and numbers only: blocking, comparing and scoring run on it unchanged in any engine.

    Codes index ``names`` and ``ids`` (0 is missing there) or depend on the text alone (Hashes, 0 for
    missing). Dates are yyyymmdd with 00 for an unknown month or day, and 0 where nothing is known.

    Attributes:
        school_year: the year of 1 September in which the school year of the screening began.
        side: POPULATION, ROLL, ATTENDANCE or (``matchers.aid`` alone) AID.
        kind: code of the kind of list, in the order of ``kinds``.
        name, former: name codes.
        id1, id2: the child's own number, and a second one that the record carries elsewhere (in the
            student number, in the disability certificate) where it differs.
        adult_id: a number in the child's column that is an adult's: a guardian's, never compared as own.
        birth: the written birthday. id_birth: the birthday in id1, else in id2.
        sex: 1 male, 2 female, 0 unknown; the written one, else the number's.
        guardian, head: name codes. guardian_id: id code of the guardian or head of household.
        phone: code; 0 too for a telephone that many records share (a school's, a village's).
        household: code of the household number within its list.
        town, village, group, house: codes of the parts of the address.
        school: code of the normalised school name. grade: 1..9, class_no: within the grade; 0 unknown.
        file: code of the file. grown: the relation to the head of household is one that no child has.
        gone: the roll says that the pupil has left it. not_there: the roster says "not in class".
        of_children: on a list that by law holds persons under 18 only. cancelled: registration cancelled.
    """

    names: NameTable
    ids: IdTable
    kinds: tuple[str, ...]
    school_year: int
    side: Bytes
    kind: Bytes
    name: Ints
    former: Ints
    id1: Ints
    id2: Ints
    adult_id: Ints
    birth: Ints
    id_birth: Ints
    sex: Bytes
    guardian: Ints
    head: Ints
    guardian_id: Ints
    phone: Hashes
    household: Hashes
    town: Hashes
    village: Hashes
    group: Hashes
    house: Hashes
    school: Hashes
    grade: Bytes
    class_no: Ints
    file: Hashes
    grown: Flags
    gone: Flags
    not_there: Flags
    of_children: Flags
    cancelled: Flags

    def __len__(self) -> int:
        """The number of records."""
        return len(self.side)

    def take(self, rows: Longs) -> People:
        """The same people, only these records, in this order."""
        arrays = {
            each.name: getattr(self, each.name)[rows]
            for each in fields(self)
            if isinstance(getattr(self, each.name), np.ndarray)
        }
        return replace(self, **arrays)


@dataclass(frozen=True, slots=True)
class Listed:
    """The people and the records they were made from, for what is shown: places, texts, sentences.

    Attributes:
        people: the records as arrays, in an order that depends on what they say, not on where they stand.
        records: the records as connectors gave them (``schemas.table.RECORDS``).
        at: for each row of ``people`` its place in ``records``.
    """

    people: People
    records: pd.DataFrame
    at: Longs

    def only(self, *columns: Sequence[str]) -> Listed:
        """The same, with only these columns of the records."""
        return replace(self, records=self.records[[name for names in columns for name in names]])

    def texts(self, column: str, rows: Longs | None = None) -> NDArray[np.object_]:
        """One column of the records, for these rows of ``people`` (for all, in their order)."""
        places = self.at if rows is None else self.at[rows]
        return self.records[column].take(places).to_numpy(dtype=object)

    def table(self, columns: list[str], rows: Longs | None = None) -> pd.DataFrame:
        """Some columns of the records, for these rows of ``people``, numbered from 0."""
        places = self.at if rows is None else self.at[rows]
        return self.records[columns].take(places).reset_index(drop=True)

    def sources(self, rows: Longs | None = None) -> NDArray[np.object_]:
        """The place of each of these rows as ``file#sheet:row``."""
        place = self.table(["file", "sheet", "row"], rows)
        texts = place["file"] + "#" + place["sheet"].astype("str") + ":" + place["row"].astype("str")
        return texts.to_numpy(dtype=object)
