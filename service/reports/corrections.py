"""``数据更正清单-<agency>.xlsx``: what each agency may want to correct in its own list, and why."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from service.export import Marked, SheetColumn, Workbook, write_csv
from service.reports.character_diff import differences
from service.reports.limits import CORRECTIONS, ROWS, beside, note_of
from service.reports.result import RunResult

NAME = f"{CORRECTIONS}.xlsx"
_HEADERS = {
    "file": "文件",
    "sheet": "工作表",
    "row": "行",
    "name": "姓名",
    "id_number": "证件号码",
    "field": "更正项目",
    "value": "贵单位名单上的值",
    "suggestion": "其他名单上的值",
    "basis": "其他名单出处",
    "reason": "为什么",
}
_ANSWERS = ("已更正", "原值无误", "待核实")


def write(result: RunResult, out: Path) -> list[Path]:
    """Write one workbook an agency; an agency sees only rows of its own lists."""
    corrections = result.screening.corrections
    written: list[Path] = []
    for agency, rows in corrections.groupby("agency", sort=True):
        path = out / f"{CORRECTIONS}-{agency}.xlsx"
        rows = rows.sort_values(["file", "sheet", "row", "field"], kind="stable")
        whole = beside(path)
        with Workbook(path, created=result.created) as book:
            book.choices("核实结果", _ANSWERS)
            _list_sheet(book, str(agency), rows.head(ROWS), note_of(_note(len(rows)), len(rows), whole))
        written.append(path)
        if len(rows) > ROWS:
            written.append(write_csv(rows[list(_HEADERS)].rename(columns=_HEADERS), whole))
    return written


def _note(count: int) -> str:
    return (
        f"说明：共 {count:,} 处，是与其他部门名单比对时发现的不一致，红字为不同之处。"
        "其他名单也可能有误，请核对户口簿、证件等原件后再更正，并在右侧空白栏填写核实结果。行号与电子表格左侧的行号一致。"
    )


def _list_sheet(book: Workbook, agency: str, rows: pd.DataFrame, note: str) -> None:
    texts = {name: rows[name].to_list() for name in rows.columns}
    pairs = [differences(*pair) for pair in zip(texts["value"], texts["suggestion"], strict=True)]
    values, suggestions = ([Marked(pair[side]) for pair in pairs] for side in (0, 1))
    book.table_sheet(
        "更正清单",
        f"数据更正清单（{agency}）",
        [
            SheetColumn("序号", list(range(1, len(rows) + 1)), kind="number"),
            SheetColumn(_HEADERS["file"], texts["file"], widest=26),
            SheetColumn(_HEADERS["sheet"], texts["sheet"], kind="number"),
            SheetColumn(_HEADERS["row"], texts["row"], kind="number", narrowest=7),
            SheetColumn(_HEADERS["name"], texts["name"], widest=20, narrowest=8),
            SheetColumn(_HEADERS["id_number"], texts["id_number"], narrowest=20),
            SheetColumn(_HEADERS["field"], texts["field"], widest=16),
            SheetColumn(_HEADERS["value"], values, widest=24, narrowest=16),
            SheetColumn(_HEADERS["suggestion"], suggestions, widest=24, narrowest=16),
            SheetColumn(_HEADERS["basis"], [text.replace(";", "\n") for text in texts["basis"]], widest=28),
            SheetColumn(_HEADERS["reason"], texts["reason"], widest=36),
            SheetColumn("核实结果", choices="核实结果", narrowest=11),
            SheetColumn("更正后的值", narrowest=18),
            SheetColumn("经办人", narrowest=9),
            SheetColumn("日期", narrowest=10),
        ],
        note=note,
    )
