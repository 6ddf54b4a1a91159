"""Read a demo county back as a spreadsheet would show it, without the project's own readers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from python_calamine import CalamineWorkbook

ENCODINGS = {
    "乡镇户籍台账.csv": "gb18030",
    "学籍系统导出_在籍学生.csv": "gb18030",
    "派出所导出_人口信息.txt": "utf-16",
    "秋季学期在校学生花名册-乡镇.csv": "gb18030",
}


@dataclass(frozen=True)
class Written:
    """What lies below one demo folder: the tables and the cells, by file, sheet (from 1) and row (from 1)."""

    folder: Path
    rows: pd.DataFrame
    truth: pd.DataFrame
    mistakes: pd.DataFrame
    cells: dict[tuple[str, int, int], list[str]]


def shown(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def cells_of(path: Path) -> dict[tuple[str, int, int], list[str]]:
    if path.suffix in (".csv", ".txt"):
        delimiter = "\t" if path.suffix == ".txt" else ","
        with path.open(encoding=ENCODINGS.get(path.name, "utf-8-sig"), newline="") as file:
            lines = list(csv.reader(file, delimiter=delimiter))
        return {(path.name, 1, number): line for number, line in enumerate(lines, start=1)}
    book, found = CalamineWorkbook.from_path(str(path)), {}
    for sheet, name in enumerate(book.sheet_names, start=1):
        for number, row in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1):
            found[path.name, sheet, number] = [shown(cell) for cell in row]
    return found


def read_back(folder: Path) -> Written:
    tables = [
        pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        for name in ("rows.csv", "truth.csv", "mistakes.csv")
    ]
    cells = {}
    for path in sorted((folder / "files").iterdir()):
        cells.update(cells_of(path))
    return Written(folder, *tables, cells)
