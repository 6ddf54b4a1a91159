"""A list too long for a sheet: its beginning in the workbook, all of it in a CSV, and both are named."""

from __future__ import annotations

import json

import pandas as pd
from python_calamine import CalamineWorkbook

from service.export import read_csv
from service.reports import write_all
from service.reports.limits import ROWS
from tests.service.reports.made_up_run import made_up_run


def test_a_long_list_of_corrections_stands_whole_in_a_csv(tmp_path):
    run = made_up_run()
    police = run.screening.corrections[run.screening.corrections["agency"] == "公安"].iloc[:1]
    many = pd.concat([police] * (ROWS + 3), ignore_index=True)
    run.screening.corrections = many.assign(row=range(1, len(many) + 1))
    write_all(run, tmp_path)
    rows = (
        CalamineWorkbook.from_path(tmp_path / "数据更正清单-公安.xlsx")
        .get_sheet_by_name("更正清单")
        .to_python()
    )
    assert len(rows) == 3 + ROWS
    assert "数据更正清单-公安-全部.csv" in rows[1][0]
    whole = read_csv(tmp_path / "数据更正清单-公安-全部.csv")
    assert whole["行"].tolist() == [str(row) for row in range(1, ROWS + 4)]
    shortened = json.loads((tmp_path / "summary.json").read_text("utf-8"))["shortened"]
    assert [(each["workbook"], each["rows"], each["whole"]) for each in shortened] == [
        ("数据更正清单-公安.xlsx", ROWS + 3, "数据更正清单-公安-全部.csv")
    ]


def test_a_long_worklist_stands_whole_in_a_csv(tmp_path):
    run = made_up_run()
    child = run.screening.children[run.screening.children["child_id"] == "c3"]
    many = pd.concat([child] * (ROWS + 2), ignore_index=True)
    run.screening.children = many.assign(child_id=[f"n{at:05d}" for at in range(len(many))]).astype(
        child.dtypes
    )
    write_all(run, tmp_path)
    rows = CalamineWorkbook.from_path(tmp_path / "核查名单.xlsx").get_sheet_by_name("未就学核查").to_python()
    assert len(rows) == 3 + ROWS
    assert f"全部 {ROWS + 2:,} 行" in rows[1][0]
    whole = read_csv(tmp_path / "核查名单-未就学核查-全部.csv")
    assert whole["编号"].is_unique
    assert len(whole) == ROWS + 2


def test_short_lists_have_no_csv_beside_them(tmp_path):
    write_all(made_up_run(), tmp_path)
    assert not list(tmp_path.glob("*全部*"))
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["shortened"] == []
