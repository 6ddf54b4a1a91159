"""Where a record lies in the database: ``file#sheet:row`` -> the list, and the place within it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
_FORM = r"(?s)^(?P<file>.*)#(?P<sheet>\d{1,4}):(?P<row>\d{1,9})$"


@dataclass(frozen=True, slots=True)
class Places:
    """The records of a run's lists by list, sheet and row.

    Attributes:
        names: of the lists in this run, and ``ids`` beside them. keys: sorted, one a spreadsheet row; ``at``
            the place, from 0 in its list, of the first record of each.
    """

    names: pa.Array
    ids: Numbers
    keys: Numbers
    at: Numbers

    @classmethod
    def of(cls, lists: Sequence[Mapping[str, Any]], pieces: Sequence[pa.RecordBatch]) -> Places:
        """From the pieces of all lists, one list after the other."""
        sizes = [int(each["records"]) for each in lists]
        number = np.repeat(np.arange(len(lists)), sizes)
        place = np.concatenate([np.arange(size) for size in sizes] or [np.empty(0, dtype=np.int64)])
        sheet, row = (
            np.concatenate([each[name].to_numpy() for each in pieces] or [place]) for name in ("sheet", "row")
        )
        keys, first = np.unique(_key(number, sheet, row), return_index=True)
        names = pa.array([str(each["name"]) for each in lists], pa.string())
        return cls(names, np.array([int(each["id"]) for each in lists]), keys, place[first])

    def found(self, sources: pa.Array | pa.ChunkedArray) -> pa.Array:
        """``file#sheet:row;...`` -> ``list:place;...``, in the same order; -1 where no record is."""
        texts = sources.combine_chunks() if isinstance(sources, pa.ChunkedArray) else sources
        split = pc.split_pattern(texts.cast(pa.string()), ";")
        # Of an empty text one empty part: it stays empty.
        parts = split.flatten().dictionary_encode()
        every = self._each(parts.dictionary).take(parts.indices)
        return pc.binary_join(pa.ListArray.from_arrays(split.offsets, every), ";")

    def _each(self, sources: pa.Array) -> pa.Array:
        """The same of single places."""
        fields = pc.extract_regex(sources, _FORM)
        fits = fields.is_valid()
        number = pc.if_else(fits, pc.index_in(fields.field("file"), self.names), None)
        known = number.is_valid().to_numpy(zero_copy_only=False)
        number = pc.fill_null(number, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        digits = (pc.if_else(fits, fields.field(name), "0") for name in ("sheet", "row"))
        key = _key(number, *(pc.cast(each, pa.int64()).to_numpy(zero_copy_only=False) for each in digits))
        at = np.minimum(np.searchsorted(self.keys, key), max(len(self.keys) - 1, 0))
        known &= len(self.keys) > 0 and self.keys[at] == key
        ids = pa.array(np.where(known, self.ids[number], -1)).cast(pa.string())
        places = pa.array(np.where(known, self.at[at], -1)).cast(pa.string())
        texts = pc.binary_join_element_wise(ids, places, ":")
        return pc.if_else(pc.equal(sources, ""), "", texts)


def _key(number: Numbers, sheet: Numbers, row: Numbers) -> Numbers:
    key: Numbers = (number.astype(np.int64) << 44) | (sheet.astype(np.int64) << 32) | row.astype(np.int64)
    return key
