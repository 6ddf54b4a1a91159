"""A table given by columns is the file that XlsxWriter writes when it is told cell by cell."""

from __future__ import annotations

import zipfile
from datetime import datetime

import pytest
from python_calamine import CalamineWorkbook

from service.export import Marked, SheetColumn, Workbook, workbook

RARE = "𠮷"
"""A character that counts as two in a cell."""


class CellByCell(workbook.FilledSheet):
    """The same calls, each cell handed to XlsxWriter by its own method."""

    def texts(self, texts):
        return [("string", text, style) for text, style in texts]

    def numbers(self, values, style, empty):
        return [("string", "", empty) if each == "" else ("number", float(each), style) for each in values]

    def blanks(self, count, style):
        return [("blank", None, style)] * count

    def fill(self, first, columns):
        for at, cells in enumerate(columns):
            for row, (kind, value, style) in enumerate(cells, start=first):
                getattr(self, f"write_{kind}")(row, at, value, self.looks[style])


class Told(Workbook):
    """A workbook that writes cell by cell."""

    def _sheet(self, name):
        sheet = super()._sheet(name)
        CellByCell.looks = {number: self._formats[look] for look, number in self._styles.items()}
        return sheet


def write(kind, path, columns, **options):
    with kind(path, created=datetime(2026, 9, 1), **options) as book:
        book.choices("结果", ["A01 死亡", "B01 在校"])
        book.text_sheet("说明", "题目", [("怎样用", ""), ("口径", "=1+1")])
        book.table_sheet("名单", "名单一", columns, note="共若干人")
        book.table_sheet("另一", "名单二", columns[:1])
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


ODD = [
    "",
    " 王",
    "一\n二",
    "a&b<c>\"d'",
    "<r>x",
    "\x01\x1f",
    "_x0041_",
    "\ufffe",
    "=1+1",
    "https://x",
    "王" * 16_001,
]
MARKED = [
    Marked((("王", False), ("佳", True))),
    Marked((("嘉", True),)),
    Marked((("嘉", False),)),
    Marked(()),
    Marked(((" 前", True), ("&<后> ", False))),
]
TABLES = {
    "texts": [SheetColumn("甲", ODD), SheetColumn("乙", ["同"] * len(ODD))],
    "numbers": [
        SheetColumn("数", [1, 2.5, "", -3, 1e15, 1 / 3], kind="number"),
        SheetColumn("把握", ["", 0.9731, 0, 1, 1e-9, 0.5], kind="share"),
    ],
    "marked": [SheetColumn("差异", MARKED), SheetColumn("结果", choices="结果")],
    "one column": [SheetColumn("数", list(range(40)), kind="number")],
    "wide": [SheetColumn(f"列{at}", [f"{at}-{row}" for row in range(33)]) for at in range(30)],
    "empty": [SheetColumn("姓名", []), SheetColumn("结果", choices="结果")],
    "tall rows": [SheetColumn("甲", ["长" * 40 * (1 + row % 3) for row in range(20)], widest=20)],
}


@pytest.mark.parametrize("row_limit", [1_048_576, 13])
@pytest.mark.parametrize("name", TABLES)
def test_columns_give_the_bytes_of_cell_by_cell(name, row_limit, tmp_path, monkeypatch):
    filled = write(Workbook, tmp_path / "名单.xlsx", TABLES[name], row_limit=row_limit)
    monkeypatch.setattr(workbook, "FilledSheet", CellByCell)
    told = write(Told, tmp_path / "名单.xlsx", TABLES[name], row_limit=row_limit)
    assert list(filled) == list(told)
    for part, content in told.items():
        assert filled[part] == content, part


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("长" * 32_000, "长" * 32_000),
        ("长" * 32_001, "长" * 32_000 + "……（过长，完整内容见 CSV 文件）"),
        (RARE * 16_000, RARE * 16_000),
        (RARE * 16_001, RARE * 16_000 + "……（过长，完整内容见 CSV 文件）"),
        (Marked((("王", False), ("佳", True)) * 400), "王佳" * 400),
        (
            Marked((("王", False), ("佳", True)) * 16_001),
            "王佳" * 16_000 + "……（过长，完整内容见 CSV 文件）",
        ),
    ],
    ids=["just fits", "too long", "rare fits", "rare too long", "many pieces", "pieces too long"],
)
def test_no_cell_holds_more_than_a_spreadsheet_takes(value, shown, tmp_path):
    path = tmp_path / "名单.xlsx"
    write(Workbook, path, [SheetColumn("甲", [value]), SheetColumn("结果", choices="结果")])
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("名单").to_python()[3][0] == shown


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number, tmp_path):
    with pytest.raises(TypeError, match="no cell holds"):
        write(Workbook, tmp_path / "x.xlsx", [SheetColumn("数", [number], kind="number")])
    assert list(tmp_path.iterdir()) == []


def test_a_table_stands_below_what_is_written_cell_by_cell(tmp_path):
    with Workbook(tmp_path / "x.xlsx", created=datetime(2026, 9, 1)) as book:
        sheet = book._sheet("名单")
        sheet.write_string(4, 0, "下")
        with pytest.raises(ValueError, match="below all"):
            sheet.fill(3, [sheet.blanks(2, 1)])
        sheet.fill(5, [sheet.blanks(2, 1)])
        with pytest.raises(ValueError, match="one table a sheet"):
            sheet.fill(9, [sheet.blanks(2, 1)])
        with pytest.raises(ValueError, match="does not hold"):
            book._sheet("二").fill(3, [sheet.blanks(1_048_576, 1)])
