"""The cells of one sheet, a column at a time: what costs little however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import overload

import numpy as np
import pyarrow as pa

from schemas.fields.glance import Flags, Longs, bytes_of, lengths_of, offsets_of

HEAD = 256
"""Rows kept as lists of text once one of them was asked for: headers are looked for there."""


def text(values: Sequence[str]) -> pa.LargeStringArray:
    """An array of text, of the type that every column of cells has."""
    return pa.array(values, pa.large_string())


def blank(count: int) -> pa.LargeStringArray:
    """As many empty cells; they take no memory before somebody writes to them, and nobody can."""
    starts = pa.py_buffer(np.zeros(count + 1, np.int64))
    return pa.LargeStringArray.from_buffers(count, starts, pa.py_buffer(b""))


def filled(values: pa.LargeStringArray) -> Flags:
    """Which cells have something in them."""
    flags: Flags = lengths_of(values) > 0
    return flags


def flags(values: pa.BooleanArray) -> Flags:
    """Arrow's yes and no as numpy's, which may be written to."""
    made: Flags = np.array(values.to_numpy(zero_copy_only=False), dtype=bool)
    return made


@dataclass(frozen=True, slots=True)
class Body:
    """Some rows of a sheet, in rising order: those of persons."""

    grid: Grid
    rows: Longs

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, at: int) -> pa.LargeStringArray:
        """The cells of one column."""
        return picked(self.grid.column(at), self.rows)

    def cells(self, column: int, places: Longs) -> list[str]:
        """Some cells of one column, counted within these rows."""
        return self.grid.cells(column, self.rows[places])

    def width(self, step: int) -> int:
        """The most cells that any of every ``step``-th row has."""
        if self.grid.widths is None:
            return self.grid.width if len(self.rows) else 0
        return int(self.grid.widths[self.rows[::step]].max(initial=0))


class Grid(Sequence[list[str]]):
    """All cells of a sheet as text, "" where blank; rows count from 0.

    A sequence of rows for whoever looks at a few of them, and columns for whoever needs all.

    Attributes:
        columns: one array a column, all of the same length.
        widths: how many cells each row was written with; None when all have ``width``.
    """

    __slots__ = ("_head", "_height", "columns", "widths")

    def __init__(
        self, columns: Sequence[pa.LargeStringArray], height: int, widths: Longs | None = None
    ) -> None:
        self.columns = list(columns)
        self.widths = widths
        self._height = height
        self._head: list[list[str]] | None = None

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]]) -> Grid:
        """The same cells, given as rows that may be of different length."""
        widths = np.fromiter(map(len, rows), np.int64, len(rows))
        columns = [text(column) for column in zip_longest(*rows, fillvalue="")]
        even = not len(rows) or bool((widths == widths[0]).all())
        return cls(columns, len(rows), None if even else widths)

    def __len__(self) -> int:
        return self._height

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.columns)

    @overload
    def __getitem__(self, at: int) -> list[str]: ...
    @overload
    def __getitem__(self, at: slice) -> list[list[str]]: ...
    def __getitem__(self, at: int | slice) -> list[str] | list[list[str]]:
        if isinstance(at, slice):
            first, last, step = at.indices(self._height)
            return self.rows(np.arange(first, last, step))
        at = at if at >= 0 else self._height + at
        if not 0 <= at < self._height:
            raise IndexError(at)
        if at >= HEAD:
            return self.rows(np.array([at]))[0]
        if self._head is None:
            self._head = self.rows(np.arange(min(HEAD, self._height)))
        return self._head[at]

    def __iter__(self) -> Iterator[list[str]]:
        for at in range(0, self._height, 1 << 14):
            yield from self.rows(np.arange(at, min(at + (1 << 14), self._height)))

    def column(self, at: int) -> pa.LargeStringArray:
        """One column; blank beyond the last."""
        return self.columns[at] if at < len(self.columns) else blank(self._height)

    def cells(self, column: int, rows: Longs) -> list[str]:
        """The cells of one column in the rows named."""
        found: list[str] = self.column(column).take(pa.array(rows)).to_pylist()
        return found

    def rows(self, numbers: Longs) -> list[list[str]]:
        """The rows named, each with every column."""
        if not self.columns:
            return [[] for _ in numbers]
        chosen = pa.array(numbers)
        rows = list(zip(*(column.take(chosen).to_pylist() for column in self.columns), strict=True))
        if self.widths is None:
            return list(map(list, rows))
        return [list(row[:width]) for row, width in zip(rows, self.widths[numbers].tolist(), strict=True)]

    def counts(self) -> Longs:
        """How many cells of each row are filled."""
        total = np.zeros(self._height, np.int64)
        for column in self.columns:
            total += filled(column)
        return total

    def leads(self) -> pa.LargeStringArray:
        """The first filled cell of each row, "" where there is none."""
        found = blank(self._height)
        open_rows = np.arange(self._height)
        for column in self.columns:
            has = filled(column) if len(open_rows) == self._height else filled(column)[open_rows]
            if has.all() and len(open_rows) == self._height:
                return column
            if not has.any():
                continue
            rows = open_rows[has]
            found = written(found, rows, column.take(pa.array(rows)))
            open_rows = open_rows[~has]
            if not len(open_rows):
                break
        return found

    def cut(self, height: int) -> None:
        """Keep the first rows only, in place."""
        self.columns = [column.slice(0, height) for column in self.columns]
        self.widths = self.widths[:height] if self.widths is not None else None
        self._height, self._head = height, None

    def narrow(self, width: int) -> None:
        """Keep the first columns only, in place."""
        del self.columns[width:]
        self.widths = np.minimum(self.widths, width) if self.widths is not None else None
        self._head = None

    def write(self, column: int, rows: Longs, values: pa.LargeStringArray) -> None:
        """Put other values into some cells of a column, in place."""
        self.columns[column] = written(self.columns[column], rows, values)
        self._head = None

    def same_cells(self, other: Grid) -> bool:
        """Whether every cell is the same."""
        return (
            len(self) == len(other)
            and self.width == other.width
            and all(a.equals(b) for a, b in zip(self.columns, other.columns, strict=True))
        )


def picked(values: pa.LargeStringArray, rows: Longs) -> pa.LargeStringArray:
    """The values of some rows, in rising order; a view where they follow one another without a gap."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return values.slice(int(rows[0]), len(rows))
    return values.take(pa.array(rows))


def written(values: pa.LargeStringArray, rows: Longs, others: pa.LargeStringArray) -> pa.LargeStringArray:
    """The same values with others in some rows."""
    if not len(rows):
        return values
    order = np.arange(len(values))
    order[rows] = len(values) + np.arange(len(others))
    return pa.concat_arrays([values, others]).take(pa.array(order))


def has_blanks(values: pa.LargeStringArray) -> bool:
    """Whether there may be white space in a column, told from its bytes; sometimes yes where there is none.

    White space is up to 20 in ASCII, and beyond it begins with C2, E1, E2 or E3 in UTF-8, which no Han
    character of everyday use does.
    """
    starts = offsets_of(values)
    data = bytes_of(values)[starts[0] : starts[-1]]
    for at in range(0, len(data), 1 << 18):
        piece = data[at : at + (1 << 18)]
        if bool(((piece <= 0x20) | ((piece >= 0xE1) & (piece <= 0xE3)) | (piece == 0xC2)).any()):
            return True
    return False
