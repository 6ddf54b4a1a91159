"""Columns of text put together without touching single values: Arrow arrays in, Arrow arrays out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.people import Longs

TEXT = pa.large_string()
Codes = NDArray[np.integer[Any]]


def text(value: str | None) -> pa.Scalar:
    """One text, to be joined with columns of text."""
    return pa.scalar(value, TEXT)


def column(values: Iterable[str | None]) -> pa.Array:
    """A few texts as a column; ``decode`` makes long columns from it."""
    return pa.array(values, TEXT)


def decode(codes: Codes, values: pa.Array | Sequence[str | None]) -> pa.Array:
    """The text of each code; -1 gives no text (null)."""
    known = values if isinstance(values, pa.Array) else column(values)
    lacking = codes < 0
    return known.take(pa.array(codes, mask=lacking) if lacking.any() else pa.array(codes))


def categories(codes: Codes, values: Sequence[str]) -> pd.Series:
    """The text of each code as a column of categories: a byte or four a row."""
    kind = pd.CategoricalDtype(list(values))
    return pd.Series(pd.Categorical.from_codes(codes.astype(np.int64), dtype=kind))


def filled(values: pa.Array) -> pa.Array:
    """No text (null) becomes the empty text."""
    return pc.fill_null(values, "") if values.null_count else values


def spread(size: int, parts: Sequence[tuple[Longs, pa.Array]]) -> pa.Array:
    """A column of ``size`` from parts that say which rows they are of; a row of no part has null."""
    parts = [each for each in parts if len(each[0])]
    if len(parts) == 1 and len(parts[0][0]) == size:
        rows, values = parts[0]
        if bool((rows == np.arange(size)).all()):
            return values
    place = np.full(size, -1, dtype=np.int64)
    start = 0
    for rows, values in parts:
        place[rows] = np.arange(start, start + len(values))
        start += len(values)
    whole = pa.concat_arrays([values for _, values in parts]) if parts else column([])
    return decode(place, whole)


def lists(values: pa.Array, counts: Codes, joiner: str = ";") -> pa.Array:
    """Join runs of texts: the first ``counts[0]`` of them, the next ``counts[1]`` and so on; "" for none."""
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return pc.binary_join(pa.LargeListArray.from_arrays(pa.array(ends), values), text(joiner))


def runs(start: Codes, counts: Codes) -> Longs:
    """The numbers ``start[i]``, ``start[i] + 1`` ... (``counts[i]`` of them), one run after the other."""
    first = np.cumsum(counts) - counts
    total = int(counts.sum())
    flat: Longs = np.repeat(start - first, counts).astype(np.int64) + np.arange(total)
    return flat


def padded(numbers: Codes, width: int) -> pa.Array:
    """Each number with zeros before it, ``width`` digits."""
    return pc.utf8_lpad(pa.array(numbers).cast(TEXT), width, "0")


def worded(codes: Codes, templates: Sequence[str], values: Callable[[str, Longs], pa.Array]) -> pa.Array:
    """The wording of each code, its ``{fields}`` filled in; ``values(field, rows)`` gives what stands there.

    Templates that name the same fields, in the same order, are filled in together: what stands between the
    fields is then a column like the fields themselves.
    """
    pieces = [_pieces(each) for each in templates]
    sorts = list(dict.fromkeys(fields for _, fields in pieces))
    sort = np.array([sorts.index(fields) for _, fields in pieces], dtype=np.int64)
    parts = []
    for number, fields in enumerate(sorts):
        rows = np.flatnonzero(sort[codes] == number)
        if len(rows):
            known, place = np.flatnonzero(sort == number), np.zeros(len(templates), dtype=np.int64)
            place[known] = np.arange(len(known))
            between = zip(*(pieces[each][0] for each in known.tolist()), strict=True)
            literals = [_literal(place[codes[rows]], texts) for texts in between]
            filled_in = [values(field, rows) for field in fields]
            parts.append((rows, _alternating(len(rows), literals, filled_in)))
    return filled(spread(len(codes), parts))


def _literal(codes: Codes, texts: Sequence[str]) -> pa.Array | pa.Scalar:
    """The text of each code; one text where there is only one."""
    return decode(codes, texts) if len(set(texts)) > 1 else text(texts[0])


def _alternating(size: int, literals: Sequence[pa.Array | pa.Scalar], values: Sequence[pa.Array]) -> pa.Array:
    """Literal, value, literal and so on, put together row by row."""
    if not values:
        only = literals[0]
        return decode(np.zeros(size, dtype=np.int8), [only.as_py()]) if isinstance(only, pa.Scalar) else only
    told = [each for pair in zip(literals, values, strict=False) for each in pair]
    return pc.binary_join_element_wise(*told, literals[-1], text(""))


@cache
def _pieces(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands before, between and after the fields, and the fields."""
    parts = list(Formatter().parse(template))
    fields = tuple(field for _, field, _, _ in parts if field is not None)
    literals = [literal for literal, _, _, _ in parts]
    return (*literals, "")[: len(fields) + 1], fields
