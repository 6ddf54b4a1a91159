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

from matchers.people import Flags, Longs

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


def told(template: str, size: int, values: Callable[[str], pa.Array]) -> pa.Array:
    """A wording with ``{field}`` in it -> one text a row; ``values(field)`` gives what stands there."""
    parts: list[pa.Array | pa.Scalar] = []
    for literal, field in _pieces(template):
        parts.append(text(literal))
        if field is not None:
            parts.append(values(field))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return decode(np.zeros(size, dtype=np.int64), ["".join(part.as_py() for part in parts)])
    return pc.binary_join_element_wise(*parts, text(""))


@cache
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(template))


def worded(codes: Codes, templates: Sequence[str], values: Callable[[str, Longs], pa.Array]) -> pa.Array:
    """The wording of each code, its fields filled in; null for "" and for a code of no template."""
    open_ones = [number for number, each in enumerate(templates) if "{" in each]
    plain = [None if number in open_ones else each or None for number, each in enumerate(templates)]
    within: Flags = codes < len(templates)
    rest = np.flatnonzero(within)
    rest = rest[~np.array(["{" in each for each in templates])[codes[rest]]]
    parts = [(rest, decode(codes[rest].astype(np.int64), plain))]
    for number in open_ones:
        rows = np.flatnonzero(codes == number)
        if len(rows):
            template = templates[number]
            parts.append((rows, told(template, len(rows), lambda field, at=rows: values(field, at))))  # type: ignore[misc]
    return spread(len(codes), parts)
