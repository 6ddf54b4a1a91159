"""How many rows a workbook lists; what is longer stands whole in a CSV beside it, and the workbook says so.

A sheet of a million rows is no list that anybody can work through, and takes longer to write than the whole
comparison. Nothing is left out: the CSV has every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from service.export import SheetColumn, Workbook, write_csv
from service.reports import figures
from service.reports.result import RunResult

WORKLIST, CORRECTIONS = "核查名单", "数据更正清单"
MISSING, REVIEW, ABSENT = "未就学核查", "待人工确认", "名在人不在"
ROWS = 5_000
"""Rows of a sheet that townships or agencies fill in by hand."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for a workbook, of which at most ``ROWS`` rows go into the sheet."""

    name: str
    title: str
    columns: Sequence[SheetColumn]
    note: str


def shortened(result: RunResult) -> list[dict[str, object]]:
    """The sheets of this run that list fewer rows than there are, and where all of them stand."""
    corrections = result.screening.corrections["agency"].value_counts()
    if f"{CORRECTIONS}.xlsx" in result.left_out:
        corrections = corrections.iloc[:0]
    lists = {(f"{CORRECTIONS}-{agency}", ""): int(count) for agency, count in corrections.items()}
    lists[WORKLIST, MISSING] = len(figures.missing(result))
    lists[WORKLIST, REVIEW] = figures.review_rows(result)
    lists[WORKLIST, ABSENT] = len(figures.not_in_class(result))
    return [
        {
            "workbook": f"{stem}.xlsx",
            "sheet": sheet,
            "rows": rows,
            "rows_in_sheet": ROWS,
            "whole": beside(Path(f"{stem}.xlsx"), sheet).name,
        }
        for (stem, sheet), rows in sorted(lists.items())
        if rows > ROWS
    ]


def beside(workbook: Path, sheet: str = "") -> Path:
    """The CSV that holds a whole list of this workbook."""
    return workbook.with_name("-".join(part for part in (workbook.stem, sheet, "全部") if part) + ".csv")


def note_of(note: str, rows: int, whole: Path) -> str:
    """The note with what the sheet leaves out, where it does."""
    if rows <= ROWS:
        return note
    return f"本表只列前 {ROWS:,} 行，全部 {rows:,} 行见同一文件夹的“{whole.name}”。{note}"


def write_sheet(book: Workbook, sheet: Sheet) -> list[Path]:
    """Write the sheet, and the whole table as CSV where it is longer than a sheet may be."""
    rows = max((len(each.values) for each in sheet.columns if each.values is not None), default=0)
    whole = beside(book.path, sheet.name)
    columns, note = list(sheet.columns), note_of(sheet.note, rows, whole)
    if rows > ROWS:
        columns = [each.head(ROWS) for each in columns]
    book.table_sheet(sheet.name, sheet.title, columns, note=note)
    if rows <= ROWS:
        return []
    filled = {
        each.header: pd.Series([str(value).replace("\n", ";") for value in each.values], dtype="str")
        for each in sheet.columns
        if each.values is not None
    }
    return [write_csv(pd.DataFrame(filled), whole)]
