"""``数据更正清单-<agency>.xlsx``: what each agency may want to correct in its own list, and why."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from service.export import Marked, SheetColumn, Workbook
from service.reports.character_diff import differences
from service.reports.result import RunResult

NAME = "数据更正清单.xlsx"
_ANSWERS = ("已更正", "原值无误", "待核实")


def write(result: RunResult, out: Path) -> list[Path]:
    """Write one workbook an agency; an agency sees only rows of its own lists."""
    corrections = result.screening.corrections
    written: list[Path] = []
    for agency, rows in corrections.groupby("agency", sort=True):
        path = out / f"数据更正清单-{agency}.xlsx"
        with Workbook(path, created=result.created) as book:
            book.choices("核实结果", _ANSWERS)
            _list_sheet(book, str(agency), rows.sort_values(["file", "sheet", "row", "field"], kind="stable"))
        written.append(path)
    return written


def _list_sheet(book: Workbook, agency: str, rows: pd.DataFrame) -> None:
    values, suggestions = [], []
    for value, suggestion in zip(rows["value"], rows["suggestion"], strict=True):
        left, right = differences(str(value), str(suggestion))
        values.append(Marked(left))
        suggestions.append(Marked(right))
    book.table_sheet(
        "更正清单",
        f"数据更正清单（{agency}）",
        [
            SheetColumn("序号", list(range(1, len(rows) + 1)), kind="number"),
            SheetColumn("文件", list(rows["file"]), widest=26),
            SheetColumn("工作表", list(rows["sheet"]), kind="number"),
            SheetColumn("行", list(rows["row"]), kind="number", narrowest=7),
            SheetColumn("姓名", list(rows["name"]), widest=20, narrowest=8),
            SheetColumn("证件号码", list(rows["id_number"]), narrowest=20),
            SheetColumn("更正项目", list(rows["field"]), widest=16),
            SheetColumn("贵单位名单上的值", values, widest=24, narrowest=16),
            SheetColumn("其他名单上的值", suggestions, widest=24, narrowest=16),
            SheetColumn("其他名单出处", [str(text).replace(";", "\n") for text in rows["basis"]], widest=28),
            SheetColumn("为什么", list(rows["reason"]), widest=36),
            SheetColumn("核实结果", choices="核实结果", narrowest=11),
            SheetColumn("更正后的值", narrowest=18),
            SheetColumn("经办人", narrowest=9),
            SheetColumn("日期", narrowest=10),
        ],
        note=f"说明：共 {len(rows):,} 处，是与其他部门名单比对时发现的不一致，红字为不同之处。"
        "其他名单也可能有误，请核对户口簿、证件等原件后再更正，并在右侧空白栏填写核实结果。行号与电子表格左侧的行号一致。",
    )
