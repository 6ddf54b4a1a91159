"""What every format gives: sheets whose cells are all text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from connectors.formats.grid import Grid, blank, filled
from connectors.guard import Limits, RefusedError
from schemas.fields.glance import lengths_of

Place = tuple[int, int]
"""Row and column, both from 0, as the spreadsheet counts them."""

Finding = tuple[str, int, str, Mapping[str, object]]
"""Issue code, row from 1 (0: the whole sheet), column letter, values of the wording."""


@dataclass(slots=True)
class Sheet:
    """One sheet.

    Attributes:
        number: from 1, counting every sheet of the workbook.
        rows: ``rows[i]`` is spreadsheet row ``i + 1``; "" is blank.
        merged: merged ranges, first and last cell, both included.
        lost: cells that a spreadsheet held as a number of more than 15 digits; their text shows the
            15 digits that survived and ``*`` for each one lost.
        findings: what is to be reported about single cells or the sheet.
    """

    number: int
    name: str
    rows: Grid = field(default_factory=lambda: Grid([], 0))
    visible: bool = True
    merged: tuple[tuple[Place, Place], ...] = ()
    lost: frozenset[Place] = frozenset()
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """One file, read. ``encoding`` is "" for formats that have none; ``own``: this software wrote it."""

    format: str
    sheets: list[Sheet]
    encoding: str = ""
    findings: list[Finding] = field(default_factory=list)
    own: bool = False


def active_parts(macros: bool, outside: bool, limits: Limits) -> list[Finding]:
    """What to say of macros, embedded objects and parts elsewhere.

    Raises:
        RefusedError: there are some, and the limits let none in.
    """
    found = [name for name, there in (("macros", macros), ("links", outside)) if there]
    if found and not limits.active_parts:
        raise RefusedError(f"file.{found[0]}_refused")
    return [(f"file.{name}", 0, "", {}) for name in found]


def letter(column: int) -> str:
    """The letter of a column counted from 0: 0 -> A, 26 -> AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def number_of(letters: str) -> int:
    """The column counted from 0 of a letter: A -> 0, AA -> 26.

    Raises:
        ValueError: when the text is not a column letter.
    """
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        raise ValueError(letters)
    number = 0
    for each in letters.upper():
        number = number * 26 + ord(each) - 64
    return number - 1


def lay_out(sheet: Sheet, rows: Sequence[Sequence[str]], limits: Limits) -> Sheet:
    """Give a sheet its cells, from rows that may be of different length, within the limits; in place.

    One row of a thousand cells among a million short ones would unfold to a thousand million cells: the
    area counts, and what stands beyond it is reported.
    """
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    widest = int(widths.max(initial=0))
    most = min(
        limits.columns, max(limits.cells // max(1, len(rows)), int(np.median(widths)) if widest else 0)
    )
    if widest > most:
        used = max((at for row in rows for at, cell in enumerate(row) if cell), default=0) + 1
        if used > most:
            values = {"n": used, "limit": most, "last": letter(most - 1)}
            sheet.findings.append(("sheet.too_many_columns", 0, letter(most), values))
        rows = [row[:most] for row in rows]
    sheet.rows = Grid.of(rows)
    return within_limits(sheet, limits)


def within_limits(sheet: Sheet, limits: Limits) -> Sheet:
    """Take out what is over the limits, in place, and say so: surplus columns and over-long cells."""
    grid = sheet.rows
    if grid.width > limits.columns:
        used = max((at for at, column in enumerate(grid.columns) if filled(column).any()), default=0) + 1
        if used > limits.columns:
            values = {"n": used, "limit": limits.columns, "last": letter(limits.columns - 1)}
            sheet.findings.append(("sheet.too_many_columns", 0, letter(limits.columns), values))
        grid.narrow(limits.columns)
    _drop_long(sheet, limits)
    if len(grid) and not any(grid[-1]):
        counts = np.flatnonzero(grid.counts())
        grid.cut(int(counts[-1]) + 1 if len(counts) else 0)
    return sheet


def _drop_long(sheet: Sheet, limits: Limits) -> None:
    found = []
    for at, column in enumerate(sheet.rows.columns):
        # A character takes at most four bytes and at least one: only these cells can be too long.
        candidates = np.flatnonzero(lengths_of(column) > limits.cell_chars)
        sizes = [len(cell) for cell in sheet.rows.cells(at, candidates)]
        rows = candidates[np.array(sizes, dtype=np.int64) > limits.cell_chars]
        found += [(int(row), at, size) for row, size in zip(candidates, sizes, strict=True) if row in rows]
        if len(rows):
            sheet.rows.write(at, rows, blank(len(rows)))
    for row, at, size in sorted(found):
        values = {"n": size, "limit": limits.cell_chars}
        sheet.findings.append(("cell.too_long", row + 1, letter(at), values))
