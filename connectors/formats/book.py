"""What every format gives: sheets whose cells are all text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.guard import Limits

Place = tuple[int, int]
"""Row and column, both from 0, as the spreadsheet counts them."""

Finding = tuple[str, int, str, Mapping[str, object]]
"""Issue code, row from 1 (0: the whole sheet), column letter, values of the wording."""


@dataclass(slots=True)
class Sheet:
    """One sheet.

    Attributes:
        number: from 1, counting every sheet of the workbook.
        rows: ``rows[i]`` is spreadsheet row ``i + 1``; rows may be of different length; "" is blank.
        merged: merged ranges, first and last cell, both included.
        lost: cells that a spreadsheet held as a number of more than 15 digits; their text shows the
            15 digits that survived and ``*`` for each one lost.
        findings: what is to be reported about single cells or the sheet.
    """

    number: int
    name: str
    rows: list[list[str]]
    visible: bool = True
    merged: tuple[tuple[Place, Place], ...] = ()
    lost: frozenset[Place] = frozenset()
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """One file, read. ``encoding`` is "" for formats that have none."""

    format: str
    sheets: list[Sheet]
    encoding: str = ""
    findings: list[Finding] = field(default_factory=list)


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


def within_limits(sheet: Sheet, limits: Limits) -> Sheet:
    """Take out what is over the limits, in place, and say so: surplus columns and over-long cells."""
    widest = max(map(len, sheet.rows), default=0)
    if widest > limits.columns:
        filled = max((i for row in sheet.rows for i, cell in enumerate(row) if cell), default=0) + 1
        if filled > limits.columns:
            values = {"n": filled, "limit": limits.columns, "last": letter(limits.columns - 1)}
            sheet.findings.append(("sheet.too_many_columns", 0, letter(limits.columns), values))
        sheet.rows = [row[: limits.columns] for row in sheet.rows]
    for at, row in enumerate(sheet.rows):
        if sum(map(len, row)) > limits.cell_chars:
            for column, cell in enumerate(row):
                if len(cell) > limits.cell_chars:
                    values = {"n": len(cell), "limit": limits.cell_chars}
                    sheet.findings.append(("cell.too_long", at + 1, letter(column), values))
                    row[column] = ""
    while sheet.rows and not any(sheet.rows[-1]):
        sheet.rows.pop()
    return sheet
