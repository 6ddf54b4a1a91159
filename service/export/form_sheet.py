"""A workbook that goes out to be filled in and comes back: locked columns, drop-down lists, instructions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from schemas.own import AUTHOR
from service.export.moments import in_utc

HEAD_ROWS = 3
"""Title, note and header stand above the first row."""

META = "_rollcall"
"""The hidden sheet that says which file this is: name and value below each other."""

CODES = "代码表"
_TEXT = 49
_GRID = {"border": 1, "border_color": "#8A94A3", "valign": "vcenter", "text_wrap": True, "num_format": _TEXT}
_LOOKS: Mapping[str, dict[str, object]] = {
    "title": {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"},
    "note": {"font_color": "#44505F", "text_wrap": True, "valign": "vcenter"},
    "header": {"font_name": "黑体", "align": "center", "bg_color": "#E4EAF1", **_GRID},
    "open_header": {"font_name": "黑体", "align": "center", "bg_color": "#FDF0CF", **_GRID},
    "locked": {"bg_color": "#F3F5F7", "locked": True, **_GRID},
    "open": {"locked": False, **_GRID},
    "label": {"font_name": "黑体", "valign": "top", "text_wrap": True},
    "plain": {"text_wrap": True, "valign": "top"},
}


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column.

    Attributes:
        header: what stands above it. values: one text a row. width: in half-width characters.
        open: it is filled in by hand; every other is locked. hidden: it is there, and not shown.
        choices: title of a list of ``Form.choices`` that the cell offers, and accepts nothing else.
        prompt: shown beside an open cell that is selected.
    """

    header: str
    values: Sequence[str]
    width: int = 12
    open: bool = False
    hidden: bool = False
    choices: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What is written.

    Attributes:
        sheet: name of the sheet to fill in. note: the line below the title. guide: (label, text) of the
            instructions. choices: title -> texts of each drop-down list. meta: what the hidden sheet says.
        beside: how many columns, from the first that is shown, stand on every page that is printed.
    """

    sheet: str
    title: str
    note: str
    columns: Sequence[FormColumn]
    guide: Sequence[tuple[str, str]]
    choices: Mapping[str, Sequence[str]]
    meta: Mapping[str, str]
    beside: int = 0


def write_form(path: Path, form: Form, created: datetime) -> Path:
    """Write the workbook; it appears under its name once it is whole.

    Every cell is text, so nothing in it is ever a formula or a link.
    """
    part = path.with_name(path.name + ".part")
    options = {
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "in_memory": True,
    }
    book = xlsxwriter.Workbook(str(part), options)
    book.set_properties({"created": in_utc(created), "title": form.title, "author": AUTHOR})
    looks = {
        name: book.add_format({"font_name": "宋体", "font_size": 10, **look}) for name, look in _LOOKS.items()
    }
    guide, sheet = book.add_worksheet("填表说明"), book.add_worksheet(form.sheet)
    _guide(guide, form, looks)
    places = _codes(book.add_worksheet(CODES), form.choices, looks)
    _table(sheet, form, looks, places)
    _meta(book.add_worksheet(META), form.meta, looks["plain"])
    sheet.activate()
    sheet.set_first_sheet()
    book.close()
    os.replace(part, path)
    return path


def _guide(sheet: Worksheet, form: Form, looks: Mapping[str, Format]) -> None:
    _print(sheet, across=1, portrait=True)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 80)
    sheet.merge_range(0, 0, 0, 1, form.title, looks["title"])
    sheet.set_row(0, 30)
    for row, (label, text) in enumerate(form.guide, start=1):
        sheet.write_string(row, 0, label, looks["label"])
        sheet.write_string(row, 1, text, looks["plain"])
        sheet.set_row(row, max(18, 15 * (1 + len(text) // 38)))
    sheet.protect()


def _print(sheet: Worksheet, across: int, portrait: bool = False) -> None:
    """A4, so many pages wide and as many long as it takes."""
    if not portrait:
        sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(across, 0)
    sheet.set_footer("&L&8&A&C&8第 &P 页 共 &N 页&R&8内部资料 注意保管")
    sheet.hide_gridlines(2)


def _codes(
    sheet: Worksheet, choices: Mapping[str, Sequence[str]], looks: Mapping[str, Format]
) -> dict[str, str]:
    """Lay the lists down; gives the range of each, as a drop-down list names it."""
    places = {}
    _print(sheet, across=1)
    sheet.repeat_rows(0)
    for at, (title, texts) in enumerate(choices.items()):
        sheet.write_string(0, at, title, looks["header"])
        sheet.set_column(at, at, 28)
        for row, text in enumerate(texts, start=1):
            sheet.write_string(row, at, text, looks["plain"])
        places[title] = f"='{CODES}'!{xl_range_abs(1, at, max(1, len(texts)), at)}"
    sheet.freeze_panes(1, 0)
    sheet.protect()
    return places


def _table(sheet: Worksheet, form: Form, looks: Mapping[str, Format], places: Mapping[str, str]) -> None:
    columns = form.columns
    rows = max((len(column.values) for column in columns), default=0)
    shown = [at for at, column in enumerate(columns) if not column.hidden]
    # On one sheet of paper nobody could read thirty columns: two, and on both stands who it is.
    _print(sheet, across=2)
    if form.beside:
        sheet.repeat_columns(shown[0], shown[form.beside - 1])
    head = [at for at in shown if not columns[at].open] or shown
    sheet.merge_range(0, head[0], 0, head[-1], form.title, looks["title"])
    sheet.merge_range(1, head[0], 1, head[-1], form.note, looks["note"])
    sheet.set_row(0, 30)
    sheet.set_row(1, 32)
    sheet.set_row(HEAD_ROWS - 1, 32)
    for at, column in enumerate(columns):
        look = looks["open" if column.open else "locked"]
        sheet.set_column(at, at, column.width, None, {"hidden": column.hidden})
        sheet.write_string(
            HEAD_ROWS - 1, at, column.header, looks["open_header" if column.open else "header"]
        )
        for row, text in enumerate(column.values, start=HEAD_ROWS):
            sheet.write_string(row, at, _text(text), look)
        if column.open and rows:
            _rule(sheet, at, rows, column, places)
    sheet.freeze_panes(HEAD_ROWS, shown[0])
    sheet.repeat_rows(HEAD_ROWS - 1)
    sheet.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + max(rows, 1), len(columns) - 1)
    sheet.protect(
        "", {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True}
    )


def _rule(sheet: Worksheet, at: int, rows: int, column: FormColumn, places: Mapping[str, str]) -> None:
    rule: dict[str, object] = {"validate": "any"}
    if column.choices:
        rule = {"validate": "list", "source": places[column.choices], "error_title": "请从列表中选择"}
        rule["error_message"] = f"{column.header}只能从列表中选择，说明见“{CODES}”。"
    if column.prompt:
        rule |= {"input_title": column.header[:32], "input_message": column.prompt[:255]}
    if len(rule) > 1:
        sheet.data_validation(HEAD_ROWS, at, HEAD_ROWS + rows - 1, at, rule)


def _meta(sheet: Worksheet, meta: Mapping[str, str], look: Format) -> None:
    for row, (name, value) in enumerate(meta.items()):
        sheet.write_string(row, 0, name, look)
        sheet.write_string(row, 1, value, look)
    sheet.very_hidden()
    sheet.protect()


def _text(value: str) -> str:
    """What a cell can hold, and what XlsxWriter does not take for the runs of a rich text."""
    value = value[:32_000]
    return f" {value}" if value.startswith("<r>") and value.endswith("</r>") else value
