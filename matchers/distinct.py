"""Columns of text -> distinct values and codes, so that each value is worked on once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Hashes = NDArray[np.uint32]


def chunks(column: pd.Series | pa.Array | pa.ChunkedArray | Iterable[str]) -> list[pa.Array]:
    """The Arrow pieces of a column of text, as large_string."""
    if isinstance(column, pd.Series):
        column = pa.array(column.array)
    elif not isinstance(column, pa.Array | pa.ChunkedArray):
        column = pa.array(list(column), pa.large_string())
    pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return [each.cast(pa.large_string()) for each in pieces]


def encode(*columns: pd.Series | pa.Array | Iterable[str]) -> tuple[pa.Array, Codes]:
    """Several columns as one: the D distinct texts, "" first, and each value's code, column by column."""
    pieces = [piece for column in columns for piece in chunks(column)]
    coded = pa.concat_arrays([pa.array([""], pa.large_string()), *pieces]).dictionary_encode()
    return coded.dictionary, coded.indices.to_numpy()[1:]


Kind = TypeVar("Kind", bound=np.generic)


def each(column: pd.Series, work: Callable[[str], object], kind: type[Kind]) -> NDArray[Kind]:
    """Do the work once for each distinct text of a column; the answers as an array of ``kind``."""
    values, codes = encode(column)
    done: NDArray[Kind] = np.array([work(text) for text in values.to_pylist()], dtype=kind)
    return done[codes]


def fits(column: pd.Series, pattern: str, without: str = "") -> NDArray[np.bool_]:
    """Whether each text holds the pattern (RE2), asked once of each distinct text.

    ``without``: a pattern that is taken out of the texts before.
    """
    values, codes = encode(column)
    if without:
        values = pc.replace_substring_regex(values, without, "")
    found: NDArray[np.bool_] = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)[codes]
    return found


def hashed(values: pa.Array) -> Hashes:
    """Texts -> 32-bit codes that depend on the text alone, so that two tables can be joined; "" -> 0.

    Two different texts agree by chance once in 4 thousand million: far below any other evidence.
    """
    texts = values.to_numpy(zero_copy_only=False)
    long = pd.util.hash_array(texts, categorize=False)
    short = (long >> np.uint64(32)).astype(np.uint32)
    empty = pc.equal(values, "").to_numpy(zero_copy_only=False)
    return np.where(empty, 0, np.maximum(short, 1)).astype(np.uint32)
