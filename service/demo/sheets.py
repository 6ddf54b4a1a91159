"""Writing the files: workbooks and text files that hold the same bytes whenever they hold the same cells."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
import xlwt

from service.demo.draws import Array
from service.demo.ods import write_ods

Cell = str | int | float
MADE = datetime(2026, 9, 1)
"""The creation date of every workbook: the clock would make each run differ."""

ROW_LIMITS = {".xls": 60_000, ".ods": 60_000, ".xlsx": 1_000_000}


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows above, a body by columns, rows below.

    ``row`` and ``child`` say which child stands in which row of the body (from 0); a row may hold several.
    ``record`` is the index of the draft's record there, for the log of mistakes.
    ``merges`` are cells (first row, first column, last row, last column) of the whole sheet, from 0.
    """

    name: str
    head: Sequence[Sequence[Cell]] = ()
    body: Sequence[Array] = ()
    foot: Sequence[Sequence[Cell]] = ()
    row: Array = field(default_factory=lambda: np.zeros(0, dtype=int))
    child: Array = field(default_factory=lambda: np.zeros(0, dtype=int))
    record: Array = field(default_factory=lambda: np.zeros(0, dtype=int))
    mistakes: pd.DataFrame | None = None
    merges: Sequence[tuple[int, int, int, int]] = ()
    hidden: bool = False

    def rows(self) -> Iterator[Sequence[Cell]]:
        """All rows of cells from the top."""
        yield from self.head
        yield from zip(*(column.tolist() for column in self.body), strict=True)
        yield from self.foot

    @property
    def body_length(self) -> int:
        """Rows of the body."""
        return len(self.body[0]) if self.body else 0


def split(sheets: Sequence[Sheet], limit: int) -> list[Sheet]:
    """Sheets whose body exceeds a format's rows go on in another sheet of the same head."""
    out = []
    for sheet in sheets:
        for part, start in enumerate(range(0, max(sheet.body_length, 1), limit)):
            last = start + limit >= sheet.body_length
            here = (sheet.row >= start) & (sheet.row < start + limit)
            cut = replace(
                sheet,
                name=sheet.name + (f"({part + 1})" if part else ""),
                body=[column[start : start + limit] for column in sheet.body],
                foot=sheet.foot if last else (),
                row=sheet.row[here] - start,
                child=sheet.child[here],
                record=sheet.record[here] if len(sheet.record) else sheet.record,
                merges=sheet.merges if sheet.body_length <= limit else (),
            )
            out.append(cut)
    return out


def write_book(path: Path, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Write a workbook in the format of its suffix; gives the sheets as they were laid down, in order."""
    laid = split(sheets, ROW_LIMITS[path.suffix])
    {".xlsx": _write_xlsx, ".xls": _write_xls, ".ods": write_ods}[path.suffix](path, laid)
    return laid


def _write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": MADE})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for number, row in enumerate(sheet.rows()):
                for column, cell in enumerate(row):
                    if not isinstance(cell, str):
                        page.write_number(number, column, cell)
                    elif cell:
                        page.write_string(number, column, cell)
            for top, left, bottom, right in sheet.merges:
                page.merge_range(top, left, bottom, right, _cell(sheet, top, left))
            if sheet.hidden:
                page.hide()


def _cell(sheet: Sheet, row: int, column: int) -> Any:
    above = len(sheet.head)
    return sheet.head[row][column] if row < above else sheet.body[column][row - above]


def _write_xls(path: Path, sheets: Sequence[Sheet]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    for sheet in sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for number, row in enumerate(sheet.rows()):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(number, column, cell)
        for top, left, bottom, right in sheet.merges:
            page.write_merge(top, bottom, left, right, _cell(sheet, top, left))
        page.visibility = int(sheet.hidden)
    book.save(str(path))


def write_text(
    path: Path, sheet: Sheet, encoding: str, delimiter: str = ",", more: bool = False
) -> list[Sheet]:
    """Write one sheet as delimited text; a byte order mark comes with utf-8-sig and utf-16.

    Args:
        path: the file.
        sheet: what to write.
        encoding: of the text.
        delimiter: between the cells.
        more: put the body behind what the file holds already.
    """
    with path.open("a" if more else "w", encoding=encoding, newline="") as file:
        write = csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows
        if not more:
            write(sheet.head)
        write(zip(*(column.tolist() for column in sheet.body), strict=True))
        if not more:
            write(sheet.foot)
    return [sheet]


def write_table(path: Path, table: pd.DataFrame, more: bool = False) -> None:
    """Write a table as CSV, or put its rows behind those that the file holds."""
    table.to_csv(path, mode="a" if more else "w", header=not more, index=False, lineterminator="\n")
