"""Writing the files: workbooks and text files that hold the same bytes whenever they hold the same cells."""

from __future__ import annotations

import csv
import io
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
    with xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": MADE, "author": "", "title": ""})
        heading = book.add_format({"align": "center", "valign": "vcenter", "bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for number, row in enumerate(sheet.rows()):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:
                            page.write_string(number, column, cell)
                    else:
                        page.write_number(number, column, cell)
            for top, left, bottom, right in sheet.merges:
                text = (
                    sheet.head[top][left]
                    if top < len(sheet.head)
                    else sheet.body[left][top - len(sheet.head)]
                )
                page.merge_range(top, left, bottom, right, text, heading)
            page.set_column(0, max(len(sheet.body) - 1, 0), 14)
            if sheet.hidden:
                page.hide()


def _write_xls(path: Path, sheets: Sequence[Sheet]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    for sheet in sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for number, row in enumerate(sheet.rows()):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(number, column, cell)
        for top, left, bottom, right in sheet.merges:
            text: Any = (
                sheet.head[top][left] if top < len(sheet.head) else sheet.body[left][top - len(sheet.head)]
            )
            page.write_merge(top, bottom, left, right, text)
        page.visibility = int(sheet.hidden)
    book.save(str(path))


def write_text(path: Path, sheet: Sheet, encoding: str, delimiter: str = ",") -> list[Sheet]:
    """Write one sheet as delimited text; a byte order mark comes with utf-8-sig and utf-16."""
    with path.open("w", encoding=encoding, newline="") as file:
        for block in _blocks(sheet.rows(), 50_000):
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(block)
            file.write(text.getvalue())
    return [sheet]


def _blocks(rows: Iterator[Sequence[Cell]], size: int) -> Iterator[list[Sequence[Cell]]]:
    block: list[Sequence[Cell]] = []
    for row in rows:
        block.append(row)
        if len(block) == size:
            yield block
            block = []
    yield block
