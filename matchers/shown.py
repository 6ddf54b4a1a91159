"""The records as texts: what the tables show of them, for any rows, without a copy of the lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.distinct import chunks, encode
from matchers.people import Flags, Ints, Listed, Longs, People
from matchers.texts import TEXT, Codes, column, decode, filled, text

SEXES = ("", "男", "女")
PLACE = ("file", "sheet", "row", "member")
"""Columns of the records that say where they stand."""

TOLD = (
    "name", "sex", "guardian_name", "head_name", "phone", "address", "live_address", "township", "village",
    "school", "grade", "group", "status", "cancelled",
)  # fmt: skip
"""Columns of the records that are shown as they stand; the others are let go once they are prepared."""


class Shown:
    """Texts and places of the records of ``listed``, by rows of ``people``.

    Attributes:
        people: the records as arrays. row_of: for each record, in the order of the lists, its row of people.
        order: for each row of people a number that sorts by file, sheet, row and member.
        spot: for each row of people a number for its file, sheet and row: equal for one spreadsheet row.
    """

    def __init__(self, listed: Listed) -> None:
        self.people: People = listed.people
        self.at: Longs = listed.at
        self.row_of: Longs = np.empty(len(self.at), dtype=np.int64)
        self.row_of[self.at] = np.arange(len(self.at))
        self._pieces = {name: chunks(listed.records[name]) for name in TOLD}
        self._names = _arrow(listed.people.names.text)
        self.files, file = _sorted_codes(listed.records["file"])
        sheet, row, member = (listed.records[name].to_numpy() for name in ("sheet", "row", "member"))
        self._sheets = int(sheet.max(initial=0)) + 1
        self._rows, self._members = int(row.max(initial=0)) + 1, int(member.max(initial=0)) + 1
        spot = (file.astype(np.int64) * self._sheets + sheet) * self._rows + row
        self.spot: Longs = spot[self.at]
        self.order: Longs = (spot * self._members + member)[self.at]
        prefixes = [f"{each}#{number}:" for each in self.files.to_pylist() for number in range(self._sheets)]
        self._prefixes = column(prefixes)

    def place(self, rows: Longs) -> tuple[Longs, Longs, Longs]:
        """File (code in ``files``), sheet and row number of each of these rows."""
        sheet, row = np.divmod(self.spot[rows], self._rows)
        return sheet // self._sheets, sheet % self._sheets, row

    def member(self, rows: Longs) -> Longs:
        """The place of each of these persons within the spreadsheet row, from 0."""
        return self.order[rows] % self._members

    def source(self, rows: Longs) -> pa.Array:
        """The place of each of these rows as ``file#sheet:row``."""
        sheet, row = np.divmod(self.spot[rows], self._rows)
        numbers = pa.array(row).cast(TEXT)
        return pc.binary_join_element_wise(decode(sheet, self._prefixes), numbers, text(""))

    def records(self, name: str) -> pa.Array:
        """One column of the records (of ``TOLD``), in the order of the lists.

        To take rows from a column in pieces, one a list, costs four times as much: when it is first asked for
        it is put together, and the pieces are let go.
        """
        pieces = self._pieces[name]
        if len(pieces) != 1:
            # Two threads may both come here: they put in the same.
            self._pieces[name] = pieces = [pa.chunked_array(pieces, TEXT).combine_chunks()]
        return pieces[0]

    def text(self, name: str, rows: Codes) -> pa.Array:
        """One column of the records for these rows of people; "" for the row -1."""
        lacking = rows < 0
        places = self.at[rows]
        return filled(self.records(name).take(pa.array(places, mask=lacking if lacking.any() else None)))

    def given(self, name: str) -> Flags:
        """For each row of people whether the record has a value in this column."""
        flags: Flags = pc.not_equal(self.records(name), "").to_numpy(zero_copy_only=False)[self.at]
        return flags

    def name(self, codes: Codes) -> pa.Array:
        """The texts of name codes."""
        return self._names.take(pa.array(codes))

    def number(self, codes: Codes) -> pa.Array:
        """The texts of number codes."""
        return self.people.ids.text.take(pa.array(codes))

    def born(self, rows: Codes) -> Ints:
        """The written birthday, else the number's, as yyyymmdd."""
        people = self.people
        written: Ints = people.birth[rows]
        return np.where(written > 0, written, people.id_birth[rows])

    def family(self, rows: Codes) -> Ints:
        """Name code of the guardian, else of the head of household."""
        guardian: Ints = self.people.guardian[rows]
        return np.where(guardian > 0, guardian, self.people.head[rows])


def _arrow(values: NDArray[np.object_] | pa.Array) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, TEXT)


def _sorted_codes(values: pd.Series) -> tuple[pa.Array, Longs]:
    """The distinct texts of a column, sorted, and each value's number among them."""
    known, codes = encode(values)
    order = pc.sort_indices(known).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return known.take(pa.array(order)), rank[codes]
