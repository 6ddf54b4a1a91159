"""A list of student aid among the others changes nothing of the main job, and no record of it is lost."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from connectors.files import read_path
from service.demo import make_county
from service.screening import Job, screen_lists


def test_the_list_of_children_is_the_same_with_and_without_it(tmp_path: Path) -> None:
    make_county(300, 5, tmp_path / "county", aid=True)
    files = sorted((tmp_path / "county" / "files").iterdir())
    (aid,) = (tmp_path / "county" / "aid").iterdir()
    for name, paths in (("without", files), ("with", [*files, aid])):
        screen_lists(Job(paths, date(2026, 9, 1), tmp_path / name))
    for name in ("children.csv", "links.csv"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()
    told = json.loads((tmp_path / "with" / "summary.json").read_text("utf-8"))
    plain = json.loads((tmp_path / "without" / "summary.json").read_text("utf-8"))
    assert told["counts"] == plain["counts"]
    assert told["proof"]["records_balanced"]
    assert told["proof"]["fates"]["aid"] == len(read_path(aid).records) > 0
    assert "aid" not in plain["proof"]["fates"]


def test_what_the_county_sends_is_the_same_with_and_without_it(tmp_path: Path) -> None:
    for name in ("with", "without"):
        make_county(200, 7, tmp_path / name, aid=name == "with")
    sent = {
        name: {path.name: path.read_bytes() for path in (tmp_path / name / "files").iterdir()}
        for name in ("with", "without")
    }
    assert sent["with"] == sent["without"]
    for name in ("rows.csv", "truth.csv", "mistakes.csv", "regions.csv"):
        assert (tmp_path / "with" / name).read_bytes() == (tmp_path / "without" / name).read_bytes()


def test_the_account_is_never_read(tmp_path: Path) -> None:
    make_county(200, 7, tmp_path, aid=True)
    (aid,) = (tmp_path / "aid").iterdir()
    read = read_path(aid)
    assert (read.kind, read.sheets[0].source) == ("aid", "student_aid")
    assert {each.header: each.field for each in read.sheets[0].columns}["银行账号"] == ""
    cells = {cell for name in read.records.columns for cell in read.records[name].astype("str")}
    assert not [cell for cell in cells if cell.startswith("627")]
