"""Folders as they come: every file told of once, in a steady order, and every row accounted for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from connectors.describe import describe
from connectors.files import read_all, read_path
from connectors.read import read
from schemas.issue import catalogue
from schemas.table import RECORDS
from service.demo import make_county
from tests.connectors import files


def test_lock_files_and_hidden_files_are_named_and_passed_over(tmp_path: Path) -> None:
    for name in ("~$学籍信息.xlsx", ".DS_Store"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "学籍信息.csv").write_bytes(files.csv(files.roll_rows()))
    readings = read_all([tmp_path])
    assert {
        reading.file: [issue.code for issue in reading.issues][:1]
        for reading in readings
        if not len(reading.records)
    } == {
        "~$学籍信息.xlsx": ["file.skipped"],
        ".DS_Store": ["file.skipped"],
    }


def test_the_same_path_given_twice_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "学籍信息.csv"
    path.write_bytes(files.csv(files.roll_rows()))
    assert len(read_all([tmp_path, path])) == 1


def test_base_names_that_clash_are_told_apart(tmp_path: Path) -> None:
    for at, township in enumerate(("甲镇", "乙镇")):
        (tmp_path / township).mkdir()
        rows = files.roll_rows(20)
        (tmp_path / township / "学籍.csv").write_bytes(files.csv([rows[0], *rows[1 + at * 9 : 10 + at * 9]]))
    readings = read_all([tmp_path])
    assert sorted(reading.file for reading in readings) == ["乙镇/学籍.csv", "甲镇/学籍.csv"]
    assert all(set(reading.records["file"]) == {reading.file} for reading in readings)


def test_kinds_may_be_said_by_path_or_by_name(tmp_path: Path) -> None:
    rows = [["姓名", "身份证号"], *[list(files.child(at)) for at in range(9)]]
    path = tmp_path / "名单.csv"
    path.write_bytes(files.csv(rows))
    for key in (str(path), "名单.csv"):
        assert read_all([path], {key: "household"})[0].kind == "household"


def test_progress_names_each_file(tmp_path: Path) -> None:
    (tmp_path / "学籍.csv").write_bytes(files.csv(files.roll_rows()))
    (tmp_path / "空.csv").write_bytes(b"")
    seen: list[str] = []
    read_all([tmp_path], progress=seen.append)
    assert seen == ["学籍.csv", "空.csv"]


def test_a_file_that_cannot_be_opened_is_an_issue(tmp_path: Path) -> None:
    reading = read_path(tmp_path / "没有.csv")
    assert [issue.code for issue in reading.issues] == ["file.unreadable"]


def test_reading_is_repeatable() -> None:
    data = files.csv(files.roll_rows())
    assert describe(read(data, "学籍.csv")) == describe(read(data, "学籍.csv"))


def test_description_has_the_keys_that_others_script_against() -> None:
    told = describe(read(files.csv(files.roll_rows(2)), "学籍信息.csv"))
    assert list(told)[:6] == ["file", "kind", "confidence", "encoding", "sheets", "records"]
    sheets, records, issues = told["sheets"], told["records"], told["issues"]
    assert {"sheet", "name", "header_rows", "layout", "columns"} <= set(sheets[0])  # type: ignore[index]
    assert {"column", "header", "field", "confidence", "why"} <= set(sheets[0]["columns"][0])  # type: ignore[index]
    assert records[0]["id_number"] == files.child(0)[1]  # type: ignore[index]
    assert set(issues[0]) == {"sheet", "row", "column", "code", "severity", "message"}  # type: ignore[index]


@pytest.mark.parametrize(("seed", "errors"), [(3, 1.0), (4, 3.0)])
def test_a_whole_county_is_read_with_every_row_accounted_for(
    seed: int, errors: float, tmp_path: Path
) -> None:
    """The demo county's own account of its rows is the judge: nothing lost, each list of its kind."""
    make_county(800, seed, tmp_path, errors)
    truth = pd.read_csv(tmp_path / "rows.csv", dtype="str")
    readings = read_all([tmp_path / "files"])
    places: set[tuple[str, str, str]] = set()
    for reading in readings:
        RECORDS.check(reading.records)
        assert reading.kind == truth.loc[truth["file"] == reading.file, "kind"].iloc[0], reading.file
        assert all(sheet.rows.balanced for sheet in reading.sheets)
        assert {issue.code for issue in reading.issues} <= set(catalogue())
        places |= set(
            reading.records[["file", "sheet", "row"]].astype("str").itertuples(index=False, name=None)
        )
        places |= {
            (issue.file, str(issue.sheet), str(issue.row))
            for issue in reading.issues
            if issue.severity == "error"
        }
    rows = set(truth[["file", "sheet", "row"]].itertuples(index=False, name=None))
    assert rows <= places
