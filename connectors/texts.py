"""Columns of text on the way from a sheet to the table of records: Arrow arrays by name, of one length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connectors.formats.grid import blank, filled, flags, has_blanks, picked, text
from schemas.fields.glance import Flags, Longs
from schemas.table import RECORDS

Texts = dict[str, pa.LargeStringArray]
"""Name of the column -> its values, "" where missing."""

_PIECE = 1 << 16
_NO_BLANKS = "^ | $|  |[\t-\r\x1c-\x1f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


@dataclass(slots=True)
class People:
    """Persons of one sheet: their values, the spreadsheet row of each, and its place in that row."""

    texts: Texts
    row: Longs
    member: Longs

    def taken(self, places: Longs) -> People:
        """Some of them, in the order named."""
        return People(
            {name: picked_any(values, places) for name, values in self.texts.items()},
            self.row[places],
            self.member[places],
        )

    def table(self, file: str, sheet: int) -> pd.DataFrame:
        """The table of records; a column that the list does not have costs next to nothing."""
        count = len(self.row)
        nothing = blank(count)
        columns: dict[str, object] = {
            "file": repeated(file, count),
            "sheet": np.full(count, sheet, np.int64),
            "row": self.row,
            "member": self.member,
        }
        made = {name: columns.get(name, self.texts.get(name, nothing)) for name in RECORDS.names}
        texts = {
            name: values if name in RECORDS.integers else pd.Series(values, dtype="str", copy=False)
            for name, values in made.items()
        }
        return RECORDS.build(pd.DataFrame(texts, copy=False))


def picked_any(values: pa.LargeStringArray, places: Longs) -> pa.LargeStringArray:
    """The values at places in any order."""
    if len(places) == len(values) and bool((np.diff(places) == 1).all()):
        return values
    return values.take(pa.array(places))


def repeated(value: str, count: int) -> pa.ChunkedArray:
    """One value for everybody, in one piece of memory that stands for all parts of the column."""
    piece = pa.repeat(pa.scalar(value, pa.large_string()), min(count, _PIECE))
    whole, rest = divmod(count, _PIECE)
    return pa.chunked_array([piece] * whole + [piece.slice(0, rest)] * bool(rest), pa.large_string())


def constant(value: str, count: int) -> pa.LargeStringArray:
    """One value for everybody."""
    return pa.repeat(pa.scalar(value, pa.large_string()), count) if value else blank(count)


def mapped(values: pa.LargeStringArray, function: Callable[[str], str]) -> pa.LargeStringArray:
    """A function of each value, called once for each distinct one."""
    coded = values.dictionary_encode()
    made = text([function(each) for each in coded.dictionary.to_pylist()])
    return made.take(coded.indices)


def where(condition: Flags, values: pa.LargeStringArray, others: pa.LargeStringArray) -> pa.LargeStringArray:
    """The first where the condition holds, else the second."""
    return pc.if_else(pa.array(condition), values, others)


def equals(values: pa.LargeStringArray, value: str) -> Flags:
    """Where a column holds one value."""
    return flags(pc.equal(values, pa.scalar(value, pa.large_string())))


def joined(first: pa.LargeStringArray, second: pa.LargeStringArray) -> pa.LargeStringArray:
    """Both values, with ``;`` between where there are two."""
    if not filled(second).any():
        return first
    mark = where(filled(first) & filled(second), constant(";", len(first)), blank(len(first)))
    return pc.binary_join_element_wise(first, mark, second, pa.scalar("", pa.large_string()))


def single_blanks(values: pa.LargeStringArray) -> pa.LargeStringArray:
    """Free text with one blank where any white space was, and none at its ends."""
    if not has_blanks(values):
        return values
    odd = np.flatnonzero(flags(pc.match_substring_regex(values, _NO_BLANKS)))
    if not len(odd):
        return values
    made = mapped(picked(values, odd), lambda raw: " ".join(raw.split()))
    mask = np.zeros(len(values), dtype=bool)
    mask[odd] = True
    return pc.replace_with_mask(values, pa.array(mask), made)
