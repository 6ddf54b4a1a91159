"""CSV that a spreadsheet shows and never runs; tables of any length, piece by piece."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

# A spreadsheet skips BOM, controls and spaces before it looks for a formula; East Asian editions also take
# the full-width signs. Leading apostrophes belong to the pattern so that escaping can be undone exactly.
_SKIPPED = "\ufeff\u200b\u3000\u00a0"
_SIGNS = "=+-@|%\t\r＝＋－＠"
_RUNS = rf"^'*[{_SKIPPED}\x00-\x20]*[=+\-@|%\t\r＝＋－＠]"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_BOM = b"\xef\xbb\xbf"
_FIRST = np.zeros(256, dtype=bool)
"""First bytes of a text that may match ``_RUNS``: most texts are told harmless by one look."""
_FIRST[[each.encode()[0] for each in [*_SKIPPED, *_SIGNS, "'", *map(chr, range(0x21))]]] = True


def escape(text: str) -> str:
    """Give text that a spreadsheet would run a leading apostrophe; plain numbers stay as they are."""
    return "'" + text if re.search(_RUNS, text) and not re.search(_PLAIN_NUMBER, text) else text


def unescape(text: str) -> str:
    """Undo ``escape``: ``unescape(escape(text)) == text`` for every text."""
    return text[1:] if text.startswith("'") and re.search(_RUNS, text) else text


def escape_column(column: pd.Series) -> pd.Series:
    """Escape a whole text column, touching only the values that need it; other columns stay unchanged."""
    if not pd.api.types.is_string_dtype(column.dtype):
        return column
    return pd.Series(_escaped(pa.array(column, pa.large_string(), from_pandas=True)), column.index, "str")


def _escaped(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    offsets, data = _parts(texts)
    begin = np.minimum(offsets[:-1], max(len(data) - 1, 0))
    suspect = (np.diff(offsets) > 0) & (_FIRST[data[begin]] if len(data) else False)
    at = np.flatnonzero(suspect)
    if not len(at):
        return texts
    looked = texts.take(pa.array(at))
    plain = pc.match_substring_regex(looked, _PLAIN_NUMBER)
    runs = pc.fill_null(pc.and_not(pc.match_substring_regex(looked, _RUNS), plain), False)
    at = at[runs.to_numpy(zero_copy_only=False)]
    if not len(at):
        return texts
    mask = np.zeros(len(texts), dtype=bool)
    mask[at] = True
    quoted = pc.binary_join_element_wise(
        pa.scalar("'", pa.large_string()), texts.take(pa.array(at)), pa.scalar("", pa.large_string())
    )
    return pc.replace_with_mask(texts, pa.array(mask), quoted)


def _parts(texts: pa.LargeStringArray) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text begins and ends, and the bytes of all."""
    buffers = texts.buffers()
    offsets = np.frombuffer(buffers[1], np.int64)[texts.offset :][: len(texts) + 1]
    return offsets, np.frombuffer(buffers[2] or b"", np.uint8)


def _without_empty(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """ "" becomes null: the writer quotes every text, and a file full of "" is hard to read by eye."""
    offsets, _ = _parts(texts)
    filled = np.diff(offsets) > 0
    if texts.null_count:
        filled &= pc.is_valid(texts).to_numpy(zero_copy_only=False)
    valid = pa.py_buffer(np.packbits(filled, bitorder="little"))
    data = texts.buffers()[2] or pa.py_buffer(b"")
    places = pa.py_buffer(np.ascontiguousarray(offsets))
    return pa.LargeStringArray.from_buffers(len(texts), places, data, valid)


def write_csv(table: pd.DataFrame | Iterable[pd.DataFrame], path: Path) -> Path:
    """Write a table, or its pieces one after the other, as UTF-8 with BOM, RFC 4180, formulas escaped.

    The file appears whole or not at all.
    """
    part = path.with_name(path.name + ".part")
    options = pyarrow.csv.WriteOptions(include_header=False, eol="\r\n")
    with part.open("wb") as out:
        for number, piece in enumerate([table] if isinstance(table, pd.DataFrame) else table):
            if number == 0:
                out.write(_BOM + ",".join(piece.columns).encode() + b"\r\n")
            pyarrow.csv.write_csv(_safe(piece), out, options)
    os.replace(part, path)
    return path


def _safe(piece: pd.DataFrame) -> pa.Table:
    columns = []
    for name in piece.columns:
        column = piece[name]
        if pd.api.types.is_string_dtype(column.dtype):
            texts = pa.array(column, pa.large_string(), from_pandas=True)
            texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
            columns.append(_without_empty(_escaped(texts)))
        else:
            columns.append(pa.array(column))
    return pa.Table.from_arrays(columns, names=list(piece.columns))


def decimals(values: pd.Series, places: int) -> pd.Series:
    """Numbers as texts with so many decimals, rounded as ``format`` does; "" for what is no number."""
    numbers = values.to_numpy(dtype=np.float64)
    scaled = np.where(np.isnan(numbers), 0, numbers) * 10.0**places
    whole = np.rint(scaled)
    # Near the middle between two texts, and near zero from below, the text itself decides.
    close = (np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) < 1e-6) | ((whole == 0) & np.signbit(numbers))
    known, place = np.unique(whole, return_inverse=True)
    texts = np.array([f"{each / 10.0**places:.{places}f}" for each in known.tolist()], dtype=object)[place]
    rest = np.flatnonzero(close | np.isnan(numbers))
    texts[rest] = ["" if each != each else f"{each:.{places}f}" for each in numbers[rest].tolist()]
    return pd.Series(texts, values.index, "str")


def read_csv(path: Path) -> pd.DataFrame:
    """Read back what ``write_csv`` wrote: every column as text, apostrophes undone."""
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    for name in table.columns:
        odd = table[name].str.startswith("'")
        if odd.any():
            table.loc[odd, name] = table.loc[odd, name].map(unescape)
    return table
