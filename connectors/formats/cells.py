"""Cells of a workbook as calamine gives them, turned into text that says no more than the file knows."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from connectors.formats.book import Book, Place, Sheet, within_limits
from connectors.formats.grid import Grid, blank, has_blanks, text
from connectors.guard import Limits, RefusedError
from connectors.pace import Opening, part

_PARSED = 0.6
"""What the parser takes of the opening of a sheet; it is one call, which cannot be asked how far it is."""

LARGEST = 10.0**15
"""A spreadsheet keeps 15 significant digits: from here on, digits of a number are lost."""


def read_workbook(data: bytes, name: str, limits: Limits, opening: Opening) -> Book:
    """Read every sheet of a workbook, hidden ones too; sheets count as of one length, as far as told.

    Raises:
        RefusedError: when it is protected by a password, cut off or damaged.
    """
    try:
        # From the bytes, not from a path: calamine believes a path's extension, agencies rename files.
        with python_calamine.CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
            sheets, rows, count = [], 0, len(workbook.sheets_metadata)
            for at, meta in enumerate(workbook.sheets_metadata):
                opened = part(opening, at / count, (at + 1) / count)
                found = workbook.get_sheet_by_index(at)
                rows += found.total_height
                opened(_PARSED, rows)
                sheets.append(_read_sheet(found, at + 1, meta, limits, part(opened, _PARSED, 1.0), rows))
    except python_calamine.PasswordError as error:
        raise RefusedError("file.password") from error
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise RefusedError("file.password") from error
        raise RefusedError("file.damaged", {"value": str(error)[:120]}) from error
    except BaseException as error:
        # A panic in the Rust reader is no Exception; one bad file must not stop the others.
        if type(error).__name__ != "PanicException":
            raise
        raise RefusedError("file.damaged") from error
    return Book(name, sheets)


def _read_sheet(sheet: Any, number: int, meta: Any, limits: Limits, opening: Opening, count: int) -> Sheet:
    lost: set[Place] = set()
    columns: list[pa.LargeStringArray] = []
    rows = list(sheet.iter_rows()) if sheet.start is not None else []
    if rows:
        # Rows come counted from the top of the sheet, columns from the first used one.
        columns = [blank(len(rows))] * sheet.start[1]
        for cells in zip(*rows, strict=True):
            columns.append(_column(cells, len(columns), lost))
            opening(len(columns) / (sheet.start[1] + len(rows[0])), count)
    visible = meta.visible == python_calamine.SheetVisibleEnum.Visible
    merged = tuple(((a[0], a[1]), (b[0], b[1])) for a, b in sheet.merged_cell_ranges or ())
    made = Sheet(number, meta.name, Grid(columns, len(rows)), visible, merged, frozenset(lost))
    return within_limits(made, limits)


def _column(cells: Sequence[object], column: int, lost: set[Place]) -> pa.LargeStringArray:
    """One column as text; where a number was too long to keep its digits goes into ``lost``."""
    try:
        made = text(cells)  # type: ignore[arg-type]
    except pa.ArrowTypeError:
        # Not text throughout: each cell says by its type how it is written.
        made = text([cell if type(cell) is str else _text(cell) for cell in cells])
        lost.update(
            (row, column)
            for row, cell in enumerate(cells)
            if type(cell) is float and abs(cell) >= LARGEST and cell - cell == 0
        )
    return pc.utf8_trim_whitespace(made) if has_blanks(made) else made


def _text(cell: object) -> str:
    """One typed cell as text.

    >>> _text(20260001.0), _text(0.5), _text(532326201503180014.0)
    ('20260001', '0.5', '532326201503180***')
    """
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell).strip()


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if abs(value) >= LARGEST:
        # 15 significant digits, then stars: the digits that follow in the file are not the ones typed.
        digits, exponent = f"{value:.14e}".split("e")
        kept = digits.replace(".", "")
        return kept + "*" * max(1, int(exponent) - 14)
    return str(int(value)) if value == int(value) else repr(float(value))
