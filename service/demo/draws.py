"""Repeatable draws: one stream of numbers for each purpose, so that lists do not disturb each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Stream = np.random.Generator


def stream(seed: int, *purpose: str) -> Stream:
    """A generator that depends on the seed and the purpose alone."""
    return np.random.default_rng([seed, zlib.crc32("/".join(purpose).encode())])


def texts(values: Sequence[str] | Array) -> Array:
    """Text as an object array: equal texts share one object, which is what keeps a million rows small."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def pick(
    rng: Stream, values: Sequence[str] | Array, size: int, weights: Sequence[float] | Array | None = None
) -> Array:
    """Draw ``size`` texts with replacement, by weight when weights are given."""
    shares = None
    if weights is not None:
        shares = np.asarray(weights, dtype=float)
        shares = shares / shares.sum()
    return texts(values)[rng.choice(len(values), size=size, p=shares)]


def chance(rng: Stream, share: float | Array, size: int) -> Array:
    """A boolean array, true with the given probability."""
    return rng.random(size) < share


def number_text(values: Array, width: int = 0) -> Array:
    """Whole numbers as text, padded with zeros to ``width``."""
    plain = np.asarray(values).astype(np.int64).astype("U20")
    # numpy's zfill fails on nothing at all, which small counties have now and then.
    return texts(np.char.zfill(plain, width) if width and len(plain) else plain)
