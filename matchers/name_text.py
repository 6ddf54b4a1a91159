"""Names as flat arrays of Unicode code points: all names one behind the other, without their dots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.fields.name_sounds import EXEMPT, converter, variants

Points = NDArray[np.uint32]
Longs = NDArray[np.int64]
DOT = ord("·")
FEW = 1000
"""Characters that are told apart sooner by sorting them than by counting all code points."""

_HASH = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Flat:
    """D names with N characters in all, dots left out.

    Attributes:
        points: N code points. row: N numbers of names. place: N places in the name. part: N numbers of parts.
        start: D + 1 places in ``points`` where names begin.
        dotted: D flags.
    """

    points: Points
    row: NDArray[np.int32]
    place: NDArray[np.int32]
    part: NDArray[np.int32]
    start: Longs
    dotted: NDArray[np.bool_]


def distinct_texts(values: Iterable[Any] | pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Texts, any missing -> a code for each, and the distinct texts, of which the first is ""."""
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        kept = values if isinstance(values, (np.ndarray, pd.Series)) else list(values)
        values = pa.array(kept, type=pa.large_string(), from_pandas=True)
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    empty = pa.array([""], type=pa.large_string())
    whole = pa.concat_arrays([empty, *(each.cast(pa.large_string()) for each in chunks)])
    coded = pc.fill_null(whole, "").dictionary_encode()
    return coded.indices.to_numpy()[1:], coded.dictionary


def _points(texts: pa.Array) -> Points:
    data = texts.buffers()[2]
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    joined = data.to_pybytes()[offsets[0] : offsets[-1]] if data is not None and len(offsets) else b""
    return np.frombuffer(joined.decode("utf-8").encode("utf-32-le"), dtype="<u4")


def flatten(texts: pa.Array) -> Flat:
    """Distinct texts -> their characters one behind the other, without dots."""
    points = _points(texts)
    size = pc.utf8_length(texts).to_numpy().astype(np.int64)
    row = np.repeat(np.arange(len(size), dtype=np.int32), size)
    dots = points == DOT
    seen = np.cumsum(dots, dtype=np.int32)
    before = np.concatenate([[0], seen])[np.cumsum(size) - size]
    kept = np.flatnonzero(~dots)
    part = (seen - np.repeat(before, size))[kept].astype(np.int32)
    row, points = row[kept], points[kept]
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(size)))]).astype(np.int64)
    place = (np.arange(len(row)) - start[row]).astype(np.int32)
    dotted = seen[np.cumsum(size) - 1] > before if len(points) else np.zeros(len(size), dtype=bool)
    return Flat(points, row, place, part, start, np.where(size > 0, dotted, False))


def simplify(flat: Flat) -> Points:
    """The characters in simplified, usual form, as ``schemas.fields.name_sounds.simplified`` writes them.

    Only names that hold a character that OpenCC would change are given to it, all of them in one text.
    """
    points = flat.points.copy()
    present = np.unique(points) if len(points) < FEW else np.flatnonzero(np.bincount(points))
    changes = np.zeros(0x110000, dtype=bool)
    changes[present] = [_changes(each) for each in present.tolist()]
    exempt = np.zeros(0x110000, dtype=bool)
    exempt[[ord(each) for each in EXEMPT]] = True
    # A name whose only traditional characters are exempt stays as it is.
    touched = np.zeros(len(flat.start) - 1, dtype=bool)
    touched[flat.row[changes[points] & ~exempt[points]]] = True
    chosen = np.flatnonzero(touched[flat.row])
    if len(chosen):
        points[chosen] = _converted(points[chosen], flat.row[chosen])
    result: Points = _usual()[points]
    return result


@cache
def _changes(point: int) -> bool:
    """Whether OpenCC writes this character otherwise."""
    return bool(converter().convert(chr(point)) != chr(point))


@cache
def _usual() -> Points:
    """The usual character for every code point."""
    usual = np.arange(0x110000, dtype=np.uint32)
    usual[list(variants())] = [ord(each) for each in variants().values()]
    return usual


def _converted(points: Points, row: NDArray[np.int32]) -> Points:
    """Names, parted by line ends so that no phrase reaches over two of them, in simplified characters."""
    ends = np.flatnonzero(np.diff(row)) + 1
    lines = np.insert(points, ends, ord("\n"))
    text = lines.astype("<u4").tobytes().decode("utf-32-le")
    converted = str(converter().convert(text))
    if len(converted) != len(text):  # a phrase that changed its length: character by character then
        converted = "".join(str(converter().convert(each))[:1] for each in text)
    found = np.frombuffer(converted.encode("utf-32-le"), dtype="<u4")
    return np.delete(found, ends + np.arange(len(ends)))


def mixed(codes: NDArray[np.integer], place: NDArray[np.integer]) -> NDArray[np.uint64]:
    """A 64-bit number for each code at its place; the sum over a name stands for the name."""
    value = (codes.astype(np.uint64) + np.uint64(1)) * _HASH[0]
    value ^= (place.astype(np.uint64) + np.uint64(1)) * _HASH[1]
    value ^= value >> np.uint64(31)
    value *= _HASH[2]
    value ^= value >> np.uint64(29)
    value *= _HASH[1]
    result: NDArray[np.uint64] = value ^ (value >> np.uint64(32))
    return result


def sums(values: NDArray[np.uint64], start: Longs) -> NDArray[np.uint64]:
    """The sum over each name, modulo 2**64."""
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(values, dtype=np.uint64)])
    result: NDArray[np.uint64] = total[start[1:]] - total[start[:-1]]
    return result


def dense(keys: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Equal keys -> equal codes; the key 0 has the code 0."""
    codes = pd.factorize(np.concatenate([np.zeros(1, dtype=np.uint64), keys]))[0]
    return codes[1:].astype(np.int32)
