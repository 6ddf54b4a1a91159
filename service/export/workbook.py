"""Workbooks to print, with typed cells: what comes from a list is text, and never a formula."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal
from xml.sax.saxutils import escape as escape_xml

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs

from schemas.own import AUTHOR
from service.export.filled_sheet import Cells, FilledSheet
from service.export.moments import in_utc
from service.export.widths import Lines, display_width

EXCEL_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell text in pieces, some of them in red: ``(("王", False), ("佳", True))``."""

    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def all_red(self) -> bool:
        """Whether it is one piece, in red."""
        return len(self.pieces) == 1 and self.pieces[0][1]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a sheet.

    Attributes:
        header: what stands above it.
        values: text, ``Marked``, or numbers; None for a column that people fill in by hand.
        kind: how it is written; an identity number is text, always.
        choices: the title of a code list given to ``Workbook.choices``; the cells get its drop-down list.
        widest: the widest that the column may grow, in half-width characters; longer text wraps.
        narrowest: the least width; columns for handwriting need room.
    """

    header: str
    values: Sequence[object] | None = None
    kind: Literal["text", "number", "share"] = "text"
    choices: str = ""
    widest: int = 36
    narrowest: int = 5

    def head(self, rows: int) -> SheetColumn:
        """The same column, its first rows only."""
        return replace(self, values=None if self.values is None else self.values[:rows])


class Workbook:
    """A workbook to print: typed cells, widths from the content, frozen and repeated headers, lying A4 or A3.

    Args:
        path: where it goes; it appears there when the ``with`` block ends without an error.
        created: the date in its properties, given so that the same run writes the same bytes.
        row_limit: rows a sheet may hold; a longer table goes on in a second sheet.
    """

    def __init__(self, path: Path, *, created: datetime, row_limit: int = EXCEL_ROWS) -> None:
        self.path, self._row_limit = path, row_limit
        self._part = path.with_name(path.name + ".part")
        options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        options["in_memory"] = True
        self._book = xlsxwriter.Workbook(str(self._part), options)
        self._book.set_properties({"created": in_utc(created), "title": path.stem, "author": AUTHOR})
        self._formats: dict[str, Format] = {
            name: self._book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", **look})
            for name, look in _LOOKS.items()
        }
        self._styles = {name: number for number, name in enumerate(self._formats, start=1)}
        for name, number in self._styles.items():
            self._formats[name].set_xf_index(number)
        self._choices: dict[str, tuple[str, Sequence[str]]] = {}

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None and self._choices:
            self._write_choices()
        self._book.close()
        if kind is None:
            os.replace(self._part, self.path)
        else:
            self._part.unlink(missing_ok=True)

    def choices(self, title: str, values: Sequence[str]) -> None:
        """Register a code list; it is laid down on the last sheet, where drop-down lists read it."""
        column = len(self._choices)
        where = xl_range_abs(1, column, max(1, len(values)), column)
        self._choices[title] = (f"='{_CODES_SHEET}'!{where}", values)

    def text_sheet(self, name: str, title: str, lines: Sequence[tuple[str, str]]) -> None:
        """Add a sheet of label and text, to be read first; a line without text is a heading."""
        sheet = self._sheet(name)
        sheet.set_portrait()
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 76)
        sheet.merge_range(0, 0, 0, 1, title, self._formats["title"])
        sheet.set_row(0, 30)
        for row, (label, text) in enumerate(lines, start=1):
            sheet.write_string(row, 0, label, self._formats["label" if text else "heading"])
            sheet.write_string(row, 1, text, self._formats["plain"])
            sheet.set_row(row, _height([(text, 76), (label, 22)], least=18))

    def table_sheet(self, name: str, title: str, columns: Sequence[SheetColumn], *, note: str = "") -> None:
        """Add a table under a title line and a note; too long a table goes on in ``name(2)`` and so on."""
        rows = next((len(column.values) for column in columns if column.values is not None), 0)
        room = self._row_limit - _ABOVE
        laid = [_Laid(column) for column in columns]
        for part, start in enumerate(range(0, max(rows, 1), room), start=1):
            sheet = self._sheet(name if part == 1 else f"{name}({part})")
            self._head(sheet, title, note, laid)
            self._body(sheet, laid, start, min(start + room, rows))

    def _sheet(self, name: str) -> FilledSheet:
        sheet: FilledSheet = self._book.add_worksheet(name, FilledSheet)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8&F  &A&C第 &P 页 共 &N 页&R&8内部资料 注意保管")
        sheet.hide_gridlines(2)
        return sheet

    def _head(self, sheet: FilledSheet, title: str, note: str, columns: Sequence[_Laid]) -> None:
        last = max(len(columns) - 1, 1)
        sheet.merge_range(0, 0, 0, last, title, self._formats["title"])
        sheet.merge_range(1, 0, 1, last, note, self._formats["note"])
        sheet.set_row(0, 30)
        sheet.set_row(1, _height([(note, sum(each.width for each in columns))], least=18))
        for at, each in enumerate(columns):
            sheet.write_string(_ABOVE - 1, at, each.column.header, self._formats["header"])
            sheet.set_column(at, at, each.width)
        if sum(each.width for each in columns) > _A4_WIDTH:
            sheet.set_paper(8)  # A3: on A4 a ledger of twenty columns is too small to read
        heads = [(each.column.header, each.width) for each in columns]
        sheet.set_row(_ABOVE - 1, _height(heads, least=24))
        sheet.freeze_panes(_ABOVE, 0)
        sheet.repeat_rows(_ABOVE - 1)

    def _body(self, sheet: FilledSheet, columns: Sequence[_Laid], start: int, end: int) -> None:
        lines, filled = np.ones(end - start, dtype=np.int64), []
        for at, laid in enumerate(columns):
            column = laid.column
            filled.append(self._cells(sheet, column, start, end))
            if column.choices and end > start:
                source = self._choices[column.choices][0]
                rule = {"validate": "list", "source": source, "error_title": "请从列表中选择"}
                rule["error_message"] = f"{column.header}只能从列表中选择，说明见“{_CODES_SHEET}”。"
                sheet.data_validation(_ABOVE, at, _ABOVE + end - start - 1, at, rule)
            if column.values is not None:
                np.maximum(lines, laid.lines.wrapped(laid.width)[start:end], out=lines)
        sheet.fill(_ABOVE, filled)
        for row, count in enumerate(lines.tolist()):
            sheet.set_row(_ABOVE + row, _points(count, least=21))
        sheet.autofilter(_ABOVE - 1, 0, _ABOVE - 1 + max(end - start, 0), len(columns) - 1)

    def _cells(self, sheet: FilledSheet, column: SheetColumn, start: int, end: int) -> Cells:
        text, red = self._styles["text"], self._styles["all_red"]
        if column.values is None:
            return sheet.blanks(end - start, text)
        values = column.values[start:end]
        if column.kind != "text":
            return sheet.numbers(values, self._styles[column.kind], empty=text)
        return sheet.texts(
            (_written(value), red if isinstance(value, Marked) and value.all_red else text)
            for value in values
        )

    def _write_choices(self) -> None:
        sheet = self._sheet(_CODES_SHEET)
        for at, (title, (_, values)) in enumerate(self._choices.items()):
            sheet.write_string(0, at, title, self._formats["header"])
            sheet.set_column(at, at, min(48, max(display_width(text) for text in [title, *values]) + 2))
            for row, text in enumerate(values, start=1):
                sheet.write_string(row, at, text, self._formats["text"])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)


_ABOVE = 3  # title, note, header
_A4_WIDTH = 200
"""Half-width characters across a lying A4 that are still legible: print of six points."""
_CODES_SHEET = "代码表"
_TEXT = 49  # the built-in format @: a cell that stays text when somebody types into it
_GRID = {"border": 1, "border_color": "#8A94A3"}
_LOOKS: Mapping[str, dict[str, object]] = {
    "title": {"font_name": "黑体", "font_size": 16, "align": "center"},
    "note": {"font_color": "#44505F", "text_wrap": True},
    "header": {"font_name": "黑体", "align": "center", "text_wrap": True, "bg_color": "#E4EAF1", **_GRID},
    "heading": {"font_name": "黑体", "font_size": 12},
    "label": {"font_color": "#44505F", "valign": "top"},
    "plain": {"text_wrap": True, "valign": "top"},
    "text": {"num_format": _TEXT, "text_wrap": True, **_GRID},
    "all_red": {"num_format": _TEXT, "text_wrap": True, "font_color": "#C00000", "bold": True, **_GRID},
    "number": {"num_format": "#,##0", "align": "right", **_GRID},
    "share": {"num_format": "0.00%", "align": "right", **_GRID},
}
_FONT = '<sz val="10"/><color {color}/><rFont val="宋体"/><family val="2"/></rPr>'
_FONTS = (
    "<rPr>" + _FONT.format(color='theme="1"'),
    "<rPr><b/>" + _FONT.format(color='rgb="FFC00000"'),
)
"""Ink and red, as runs of a rich text name them."""


_LONGEST = 32_000
"""Characters of a text; a spreadsheet takes 32,767 (of two bytes) and refuses the whole cell beyond."""


def _written(value: object) -> str:
    """A text, or pieces of it in ink and red, as a cell holds it."""
    if isinstance(value, Marked) and len(value.pieces) > 1 and not _too_long(str(value)):
        return _rich(value)
    text = str(value)
    if _too_long(text):
        # A rare character may count twice.
        most = _LONGEST // 2 if _too_long(text[:_LONGEST]) else _LONGEST
        text = text[:most] + "……（过长，完整内容见 CSV 文件）"
    # XlsxWriter would take it for the runs of a rich text and write it as it is.
    return _rich(Marked(((text, False),))) if text.startswith("<r>") and text.endswith("</r>") else text


def _too_long(text: str) -> bool:
    if len(text) <= _LONGEST // 2:
        return False
    return len(text) > _LONGEST or len(text.encode("utf-16-le", "surrogatepass")) > 2 * _LONGEST


def _rich(marked: Marked) -> str:
    """The pieces as the runs of a rich text: XlsxWriter takes a text in <r> as such, and takes it quickly."""
    runs = []
    for text, red in marked.pieces:
        kept = ' xml:space="preserve"' if text != text.strip() else ""
        runs.append(f"<r>{_FONTS[red]}<t{kept}>{escape_xml(text)}</t></r>")
    return "".join(runs)


def _height(cells: Sequence[tuple[str, int]], *, least: int) -> float:
    """The height in points that the tallest of the wrapped ``(text, width)`` cells needs."""
    return _points(max((int(Lines([text]).wrapped(width)[0]) for text, width in cells), default=1), least)


def _points(lines: int, least: int) -> float:
    return min(409, max(least, lines * 13.5 + 5))


class _Laid:
    """A column with its lines and the width that it takes."""

    def __init__(self, column: SheetColumn) -> None:
        self.column = column
        self.lines = Lines([str(value) for value in column.values or ()])
        # The filter button covers two characters of a header.
        head = min(display_width(column.header) + 3, 14)
        self.width = min(column.widest, max(column.narrowest, self.lines.widest() + 1, head))
