"""A workbook of rows as they were sent, with a column of what is wrong with each, and its cells coloured.

Rows and columns keep their places, so that "column H, row 12" is found; what is said stands behind the last
column. Rows come one after the other and are not kept: a million take no more memory than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.export.moments import in_utc
from service.export.workbook import EXCEL_ROWS

HEAD = "问题"
_COLUMNS = 16_384 - 1
_CHARS = 32_000
_COLOURS: Mapping[str, str] = {"error": "#FBDAD7", "warning": "#FDF0CF", "info": "#E3EEF5"}


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """One row.

    Attributes:
        cells: its texts. said: what is wrong with it. severity: ``error``, ``warning``, ``info`` or "".
        columns: column from 0 -> severity of what is said of that cell.
    """

    cells: Sequence[str]
    said: str = ""
    severity: str = ""
    columns: Mapping[int, str] | None = None


class MarkedRows:
    """The workbook; every cell is text, so that nothing in it is ever a formula or a link."""

    def __init__(self, path: Path, row_limit: int = EXCEL_ROWS) -> None:
        self._limit = row_limit
        options = {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(path.parent),
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"created": in_utc(datetime.now(UTC))})
        self._plain = self._book.add_format({"num_format": 49})
        self._looks: dict[str, Format] = {
            severity: self._book.add_format({"num_format": 49, "bg_color": colour})
            for severity, colour in _COLOURS.items()
        }
        self._names: set[str] = set()

    def __enter__(self) -> MarkedRows:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._book.close()

    def sheet(self, name: str, width: int, rows: Iterable[MarkedRow]) -> None:
        """Add a sheet of ``width`` columns and what is said; too many rows go on in a further sheet."""
        last = min(width, _COLUMNS)
        sheet, at = self._added(name, last), 0
        for row in rows:
            if at >= self._limit:
                sheet, at = self._added(name, last), 0
            said = "\n".join([HEAD, row.said] if row.said else [HEAD]) if at == 0 else row.said
            if said:
                sheet.write_string(at, last, said[:_CHARS], self._looks[row.severity or "info"])
            columns = row.columns or {}
            for column, value in enumerate(row.cells[:last]):
                if value or column in columns:
                    look = self._looks[columns[column]] if column in columns else self._plain
                    sheet.write_string(at, column, _text(value), look)
            at += 1

    def _added(self, name: str, last: int) -> Worksheet:
        """A sheet of that name, or of one that Excel takes and no other sheet has."""
        plain = "".join("_" if char in "[]:*?/\\" or not char.isprintable() else char for char in name)
        plain = plain.strip("'")[:24] or "名单"
        tries = (plain, *(f"{plain}({number})" for number in range(2, 1000)))
        free = next(each for each in tries if each.lower() not in self._names)
        self._names.add(free.lower())
        sheet = self._book.add_worksheet(free)
        sheet.set_column(last, last, 60)
        return sheet


def _text(value: str) -> str:
    """What a cell can hold, and what XlsxWriter does not take for the runs of a rich text."""
    value = value[:_CHARS]
    return f" {value}" if value.startswith("<r>") and value.endswith("</r>") else value
