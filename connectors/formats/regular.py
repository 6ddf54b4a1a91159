"""Delimited text read by columns, where that gives the same cells as reading it row by row.

A file of a million rows was written by a program: its quotes stand where they should and nearly all rows
have as many cells. Arrow's reader splits such a file without making an object of each cell. Everything
else is left to ``csv.split``, and a property holds both to the same cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from connectors.formats.grid import Grid, blank, flags, has_blanks, picked, text, written
from schemas.fields.glance import Longs

SAMPLE_ROWS = 200
ODD_SHARE = 0.01
"""From this share of rows with another number of cells on, a file is no longer called regular."""

SURPLUS = 20
"""Cells that an odd row may have more: each is a column for all the others too."""

_BLOCK = 1 << 22
_SPLIT = 0.8
"""What splitting takes; the rest is putting the columns together."""

_PIECE = 1 << 18
_MARK = b"\xef\xbb\xbf"
_QUOTE, _LF, _CR = 34, 10, 13
_FORMULA = re.compile(r'^="?(.*?)"?$')


@dataclass(frozen=True, slots=True)
class _Quoting:
    """How a file uses quotes: around cells or as mere characters, and whether lines break within."""

    around: bool
    breaks: bool = False


class _NotRegularError(Exception):
    """Told by the handler of odd rows when there are too many of them."""


def read_regular(
    data: bytes, delimiter: str, done: Callable[[float], None] = lambda share: None
) -> Grid | None:
    """Split delimited text into a grid; None where only a reading row by row is sure to be right.

    Args:
        data: valid UTF-8, with or without a byte mark, without NUL.
        delimiter: one ASCII character.
        done: told the share of it that is done, from 0 to 1.
    """
    if data.startswith(_MARK * 2) or _has_bare_return(data):
        return None
    quoting = _quoting(data, delimiter)
    width = _usual_width(data, delimiter) if quoting else 0
    if not quoting or width < 2:
        return None
    odd: dict[int, str] = {}
    # A line is hardly ever longer than a kilobyte.
    most = 100 + ODD_SHARE * len(data) / 1024

    def keep(row: pa.csv.InvalidRow) -> str:
        odd[row.number - 1] = row.text
        return "skip" if len(odd) <= most else "error"

    try:
        table = _read_table(_Heard(data, done), delimiter, quoting, width, keep)
    except pa.ArrowInvalid:
        return None
    rows = {at: _cells_of(line, delimiter, quoting) for at, line in odd.items()}
    if max(map(len, rows.values()), default=0) > width + SURPLUS:
        return None
    columns = table.columns
    count = table.num_rows
    del table
    formulas = b"=" in data and b'="' in data
    return _put_together(columns, count, rows, formulas, lambda share: done(_SPLIT + (1 - _SPLIT) * share))


def _read_table(data: _Heard, delimiter: str, quoting: _Quoting, width: int, keep: object) -> pa.Table:
    names = [str(at) for at in range(width)]
    return pa.csv.read_csv(
        pa.PythonFile(data, mode="r"),
        # In one thread: only then are the odd rows numbered.
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if quoting.around else False,
            newlines_in_values=quoting.breaks,
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        convert_options=pa.csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )


class _Heard(io.RawIOBase):
    """The bytes of a file, handed on block by block; tells the share of them that is split."""

    def __init__(self, data: bytes, done: Callable[[float], None]) -> None:
        self._data, self._at, self._done = memoryview(data), 0, done

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._data[self._at : self._at + size if size >= 0 else None]
        self._at += len(piece)
        self._done(_SPLIT * self._at / max(1, len(self._data)))
        return bytes(piece)


def _has_bare_return(data: bytes) -> bool:
    """Whether a carriage return stands without a line feed behind: to one reader the end of a row."""
    cells = np.frombuffer(data, np.uint8)
    for at in range(0, len(cells) if b"\r" in data else 0, _PIECE):
        piece = cells[at : at + _PIECE + 1]
        if bool(((piece[:-1] == _CR) & (piece[1:] != _LF)).any()):
            return True
    return data.endswith(b"\r")


def _usual_width(data: bytes, delimiter: str) -> int:
    """How many cells most of the first rows have."""
    lines = data[: 1 << 18].decode("utf-8", "ignore").removeprefix("\ufeff").splitlines(keepends=True)
    if len(data) > 1 << 18:
        lines = lines[:-1]
    widths = Counter(len(row) for row in islice(csv.reader(lines, delimiter=delimiter), SAMPLE_ROWS) if row)
    return widths.most_common(1)[0][0] if widths else 0


def _cells_of(line: str, delimiter: str, quoting: _Quoting) -> list[str]:
    """The cells of one odd row."""
    if not quoting.around:
        return [cell.strip() for cell in line.split(delimiter)]
    rows = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter)
    return [cell.strip() for row in rows for cell in row]


def _quoting(data: bytes, delimiter: str) -> _Quoting | None:
    """How quotes are used, None where they are torn or stand where a reader may take them either way."""
    # One character is looked for much faster than two: a file without any quote is told first.
    starts = (delimiter.encode() + b'"', b'\n"')
    leads = data.startswith((b'"', _MARK + b'"'))
    if b'"' not in data or (not leads and not any(each in data for each in starts)):
        return _Quoting(around=False)
    cells = np.frombuffer(data, np.uint8)
    before, breaks = 0, False
    first = len(_MARK) if data.startswith(_MARK) else 0
    opening = np.isin(np.arange(256), [ord(delimiter), _LF, _CR, _QUOTE])
    for at in range(first, len(cells), _PIECE):
        piece = cells[at : at + _PIECE]
        quotes = np.flatnonzero(piece == _QUOTE) + at
        if not len(quotes) and before % 2 == 0:
            continue
        opens, closes = (quotes[::2], quotes[1::2]) if before % 2 == 0 else (quotes[1::2], quotes[::2])
        opens, closes = opens[opens > first], closes[closes < len(cells) - 1]
        # One that opens follows a delimiter, or the one that just closed: two in a row stand for one.
        if not opening[cells[opens - 1]].all() or not opening[cells[closes + 1]].all():
            return None
        broken = np.logical_or.reduceat(piece == _LF, np.concatenate(([0], quotes - at)))
        breaks = breaks or bool(broken[(before + 1) % 2 :: 2].any())
        before += len(quotes)
    return _Quoting(around=True, breaks=breaks) if before % 2 == 0 else None


def _put_together(
    columns: list[pa.ChunkedArray],
    count: int,
    odd: dict[int, list[str]],
    formulas: bool,
    done: Callable[[float], None],
) -> Grid:
    """Columns of the regular rows with the odd rows put back where they stood."""
    places = np.array(sorted(odd), dtype=np.int64)
    height = count + len(places)
    regular = len(columns)
    widest = max([regular, *map(len, odd.values())])
    made = []
    for at in range(widest):
        extra = text([row[at] if at < len(row) else "" for _, row in sorted(odd.items())])
        if at < regular:
            whole = pa.concat_arrays(_interleaved(columns[at], places, extra))
            columns[at] = None
        else:
            whole = written(blank(height), places, extra)
        made.append(_tidied(whole, formulas))
        # Otherwise the allocator keeps what was freed, and the file is in memory twice.
        pa.default_memory_pool().release_unused()
        done((at + 1) / widest)
    widths = np.full(height, regular, np.int64)
    widths[places] = [len(row) for _, row in sorted(odd.items())]
    return Grid(made, height, widths if len(places) else None)


def _interleaved(column: pa.ChunkedArray, places: Longs, extra: pa.LargeStringArray) -> Sequence[pa.Array]:
    """The pieces of one column between the odd rows, and the odd rows, in order."""
    column = column.cast(pa.large_string())
    pieces, done = [text([])], 0
    for number, place in enumerate(places.tolist()):
        pieces += column.slice(done, place - number - done).chunks
        pieces.append(extra.slice(number, 1))
        done = place - number
    return [*pieces, *column.slice(done).chunks]


def _tidied(cells: pa.LargeStringArray, formulas: bool) -> pa.LargeStringArray:
    """Cells without white space around; of ``="532"``, which keeps a number from being one, the inside."""
    if has_blanks(cells):
        cells = pc.utf8_trim_whitespace(cells)
    if formulas:
        rows = np.flatnonzero(flags(pc.starts_with(cells, "=")))
        if len(rows):
            inner = [_FORMULA.sub(r"\1", cell) for cell in picked(cells, rows).to_pylist()]
            cells = written(cells, rows, text(inner))
    return cells
