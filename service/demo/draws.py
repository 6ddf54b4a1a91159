"""Repeatable draws: one stream of numbers for each purpose, so that lists do not disturb each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]
Stream = np.random.Generator


def stream(seed: int, *purpose: str) -> Stream:
    """A generator that depends on the seed and the purpose alone."""
    return np.random.default_rng([seed, zlib.crc32("/".join(purpose).encode())])


def texts(values: Sequence[str] | Array) -> Array:
    """Text as an object array: equal texts share one object, which is what keeps a million rows small."""
    if isinstance(values, np.ndarray):
        return values.astype(object)
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def repeated(text: str, count: int) -> Array:
    """One text so many times, as one object."""
    return np.full(count, text, dtype=object)


def column(values: Sequence[str] | Array) -> pd.Series:
    """Text as a column that stays Python objects: a frame would copy it into Arrow, and back at each look."""
    return pd.Series(texts(values), dtype=object)


def pick(
    rng: Stream, values: Sequence[str] | Array, size: int, weights: Sequence[float] | Array | None = None
) -> Array:
    """Draw ``size`` texts with replacement, by weight when weights are given."""
    if weights is None:
        return texts(values)[rng.integers(len(values), size=size)]
    return texts(values)[places(rng, np.asarray(weights, dtype=float), size)]


def places(rng: Stream, weights: Array, size: int) -> Array:
    """Draw positions by weight, with replacement."""
    edges = np.cumsum(weights, dtype=float)
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.minimum(found, len(weights) - 1)


def chance(rng: Stream, share: float | Array, size: int) -> Array:
    """A boolean array, true with the given probability."""
    return rng.random(size) < share


def number_text(values: Array, width: int = 0) -> Array:
    """Whole numbers as text, padded with zeros to ``width``."""
    plain = pa.array(np.asarray(values).astype(np.int64)).cast(pa.string())
    if width:
        plain = pc.utf8_lpad(plain, width, "0")
    return plain.to_numpy(zero_copy_only=False)
