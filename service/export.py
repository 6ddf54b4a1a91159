"""The one way out for files: CSV and workbooks that a spreadsheet shows and never runs.

A name such as ``=HYPERLINK(...)`` comes from a list that anybody may have typed. In a workbook each cell
is written with its type, so nothing needs escaping; in CSV a spreadsheet decides by the first character,
so text that would start a formula gets an apostrophe (OWASP ASVS 1.2.10).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

# A spreadsheet skips BOM, controls and spaces before it looks for a formula; East Asian editions also take
# the full-width signs. Leading apostrophes belong to the pattern so that escaping can be undone exactly.
_SKIPPED = "\ufeff\u200b\u3000\u00a0"
_RUNS = rf"^'*[{_SKIPPED}\x00-\x20]*[=+\-@|%\t\r＝＋－＠]"
_PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_BOM = b"\xef\xbb\xbf"

EXCEL_ROWS = 1_048_576
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
                   "\uffe0-\uffe6\U0001f000-\U0003ffff]")  # fmt: skip


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
    values = pa.array(column, pa.large_string(), from_pandas=True)
    runs = pc.and_(
        pc.match_substring_regex(values, _RUNS), pc.invert(pc.match_substring_regex(values, _PLAIN_NUMBER))
    )
    runs = pc.fill_null(runs, False).to_numpy(zero_copy_only=False)
    return column.where(~runs, "'" + column) if runs.any() else column


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as UTF-8 with BOM, RFC 4180, formulas escaped; the file appears whole or not at all."""
    safe = pd.DataFrame({name: escape_column(table[name]) for name in table.columns})
    arrow = pa.Table.from_pandas(safe, preserve_index=False)
    # "" becomes null: the writer quotes every text, and a file full of "" is hard to read by eye.
    for at, kind in enumerate(arrow.schema.types):
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            text = arrow.column(at)
            filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, kind), text)
            arrow = arrow.set_column(at, arrow.schema.names[at], filled)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        out.write(_BOM + ",".join(table.columns).encode() + b"\r\n")
        pyarrow.csv.write_csv(arrow, out, pyarrow.csv.WriteOptions(include_header=False, eol="\r\n"))
    os.replace(part, path)
    return path


def read_csv(path: Path) -> pd.DataFrame:
    """Read back what ``write_csv`` wrote: every column as text, apostrophes undone."""
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    for name in table.columns:
        odd = table[name].str.startswith("'")
        if odd.any():
            table.loc[odd, name] = table.loc[odd, name].map(unescape)
    return table


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell text in pieces, some of them in red: ``(("王", False), ("佳", True))``."""

    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)


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


def display_width(text: str) -> int:
    """Count half-width columns: a Chinese character takes two."""
    return max((len(line) + len(_WIDE.findall(line)) for line in text.split("\n")), default=0)


class Workbook:
    """A workbook to print: typed cells, widths from the content, frozen and repeated headers, A4 landscape.

    Args:
        path: where it goes; it appears there when the ``with`` block ends without an error.
        created: the date in its properties, given so that the same run writes the same bytes.
        row_limit: rows a sheet may hold; a longer table goes on in a second sheet.
    """

    def __init__(self, path: Path, *, created: datetime, row_limit: int = EXCEL_ROWS) -> None:
        self.path, self._row_limit = path, row_limit
        self._part = path.with_name(path.name + ".part")
        options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(self._part), options)
        self._book.set_properties({"created": created, "title": path.stem, "author": "一个不少 Rollcall"})
        self._formats: dict[str, Format] = {
            name: self._book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", **look})
            for name, look in _LOOKS.items()
        }
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
        for part, start in enumerate(range(0, max(rows, 1), room), start=1):
            sheet = self._sheet(name if part == 1 else f"{name}({part})")
            self._head(sheet, title, note, columns)
            self._body(sheet, columns, start, min(start + room, rows))

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8&F  &A&C第 &P 页 共 &N 页&R&8内部资料 注意保管")
        sheet.hide_gridlines(2)
        return sheet

    def _head(self, sheet: Worksheet, title: str, note: str, columns: Sequence[SheetColumn]) -> None:
        last = max(len(columns) - 1, 1)
        sheet.merge_range(0, 0, 0, last, title, self._formats["title"])
        sheet.merge_range(1, 0, 1, last, note, self._formats["note"])
        widths = [_column_width(column) for column in columns]
        sheet.set_row(0, 30)
        sheet.set_row(1, _height([(note, sum(widths))], least=18))
        for at, column in enumerate(columns):
            sheet.write_string(_ABOVE - 1, at, column.header, self._formats["header"])
            sheet.set_column(at, at, widths[at])
        heads = [(column.header, width) for column, width in zip(columns, widths, strict=True)]
        sheet.set_row(_ABOVE - 1, _height(heads, least=24))
        sheet.freeze_panes(_ABOVE, 0)
        sheet.repeat_rows(_ABOVE - 1)

    def _body(self, sheet: Worksheet, columns: Sequence[SheetColumn], start: int, end: int) -> None:
        for at, column in enumerate(columns):
            for row in range(start, end):
                value = "" if column.values is None else column.values[row]
                self._cell(sheet, _ABOVE + row - start, at, value, column.kind)
            if column.choices and end > start:
                source = self._choices[column.choices][0]
                rule = {"validate": "list", "source": source, "error_title": "请从列表中选择"}
                rule["error_message"] = f"{column.header}只能从列表中选择，说明见“{_CODES_SHEET}”。"
                sheet.data_validation(_ABOVE, at, _ABOVE + end - start - 1, at, rule)
        widths = [_column_width(column) for column in columns]
        filled = [
            (column.values, width)
            for column, width in zip(columns, widths, strict=True)
            if column.values is not None
        ]
        for row in range(start, end):
            sheet.set_row(
                _ABOVE + row - start, _height([(str(values[row]), w) for values, w in filled], least=21)
            )
        sheet.autofilter(_ABOVE - 1, 0, _ABOVE - 1 + max(end - start, 0), len(columns) - 1)

    def _cell(self, sheet: Worksheet, row: int, at: int, value: object, kind: str) -> None:
        if kind != "text" and value != "":
            sheet.write_number(row, at, float(value), self._formats[kind])  # type: ignore[arg-type]
        elif isinstance(value, Marked) and len(value.pieces) > 1:
            pieces: list[object] = []
            for text, red in value.pieces:
                pieces += [self._formats["red" if red else "ink"], text]
            sheet.write_rich_string(row, at, *pieces, self._formats["text"])
        elif isinstance(value, Marked):
            look = "all_red" if value.pieces and value.pieces[0][1] else "text"
            sheet.write_string(row, at, str(value), self._formats[look])
        else:
            sheet.write_string(row, at, _fitting(str(value)), self._formats["text"])

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
    "ink": {},
    "red": {"font_color": "#C00000", "bold": True},
}


def _fitting(text: str) -> str:
    """Text that a cell can hold; a spreadsheet takes 32,767 characters and refuses the whole cell beyond."""
    return text if len(text) <= 32_000 else text[:32_000] + "……（过长，完整内容见 CSV 文件）"


def _column_width(column: SheetColumn) -> int:
    texts = {str(value) for value in column.values} if column.values is not None else set()
    content = max(map(display_width, texts), default=0)
    # The filter button covers two characters of a header.
    return min(column.widest, max(column.narrowest, content + 1, min(display_width(column.header) + 3, 14)))


def _height(cells: Sequence[tuple[str, int]], *, least: int) -> float:
    """The height in points that the tallest of the wrapped ``(text, width)`` cells needs."""
    lines = max(
        (
            sum(max(1, ceil(display_width(line) * 1.08 / width)) for line in text.split("\n"))
            for text, width in cells
        ),
        default=1,
    )
    return min(409, max(least, lines * 13.5 + 5))
