"""Many counties: who moved from one to another is found, and nobody who is at no school is found anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest
from sqlalchemy import select

from service.config import Settings
from service.db import SYSTEM, transaction
from service.demo.prefecture import make_prefecture
from service.evaluate_movers import evaluate_movers
from service.export import read_csv
from service.jobs.models import Job
from service.jobs.perform import perform
from service.models import read_model
from service.prefecture.across import COLUMNS, NAME, across
from service.prefecture.county import OPEN, county_folders, read_open
from service.prefecture.tasks import ACROSS, COUNTY, ask_for
from service.prefecture.together import screen_prefecture
from tests import web
from tests.servers import Database

AS_OF = date(2026, 9, 1)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prefecture")
    make_prefecture(2, 400, 5, out)
    return out


def jobs(settings: Settings, kind: str) -> list[Job]:
    with transaction(settings.database_url, SYSTEM) as session:
        found = list(session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id)))
        session.expunge_all()
    return found


@pytest.fixture(scope="module")
def out(module_database: Database, truth: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The results: counties done at the same time, then what the last of them asked for."""
    settings, out = web.settings_of(module_database), tmp_path_factory.mktemp("results")
    lists = tmp_path_factory.mktemp("lists") / "all"
    copytree(truth, lists)
    (lists / "空县").mkdir()
    with transaction(settings.database_url, SYSTEM) as session:
        asked = ask_for(session, lists, AS_OF, out, "group")
    with ThreadPoolExecutor(4) as pool:
        ended = dict(zip(asked, pool.map(lambda job: perform(settings, job), asked.values()), strict=True))
    assert ended.pop("空县") == "failed"
    assert set(ended.values()) == {"done"}
    # Of another round, into the same folder: nobody is looked for there.
    (out / "旧县").mkdir()
    (out / "旧县" / OPEN).write_bytes(b"not of this round")
    (last,) = jobs(settings, ACROSS)
    assert perform(settings, last.id) == "done"
    return out


def test_who_moved_is_found_and_nobody_is_lost(out: Path, truth: Path) -> None:
    figures = evaluate_movers(out, truth)
    assert figures.movers == figures.found + figures.asked > 3
    assert (figures.lost, figures.wrong, figures.missed) == (0, 0, 0)


def test_a_child_keeps_the_number_of_its_own_county(out: Path) -> None:
    told = read_csv(out / NAME).rename(columns={label: name for name, label in COLUMNS.items()})
    for county, rows in told.groupby("county"):
        own = read_csv(out / str(county) / "children.csv").set_index("child_id")
        assert (own.loc[rows["child_id"], "enrolment"] != "enrolled").all()
        assert not rows["to_county"].str.split("、").map(lambda each, at=county: at in each).any()


def test_only_pupils_whom_no_resident_claims_are_open(out: Path) -> None:
    for folder in (out / "白杨县", out / "青禾县"):
        kept = read_open(folder / OPEN)
        places = kept["file"] + "#" + kept["sheet"].astype(str) + ":" + kept["row"].astype(str)
        children = read_csv(folder / "children.csv")
        claimed = set(";".join(children.loc[children["enrolment"] == "enrolled", "roll_source"]).split(";"))
        assert not claimed & set(places[kept["kind"] == "roll"])
        not_enrolled = children.loc[children["enrolment"] != "enrolled", "child_id"]
        assert set(kept.loc[kept["child_id"] != "", "child_id"]) == set(not_enrolled)


def test_the_counties_ask_for_the_pass_once(module_database: Database, out: Path) -> None:
    settings = web.settings_of(module_database)
    (last,) = jobs(settings, ACROSS)
    assert last.state == "done"
    counties = jobs(settings, COUNTY)
    assert sorted(each.state for each in counties) == ["done", "done", "failed"]
    failed = next(each for each in counties if each.state == "failed")
    assert "没有读到任何文件" in failed.error


def test_the_order_of_counties_changes_nothing(out: Path) -> None:
    folders = {name: out / name for name in ("白杨县", "青禾县")}
    once = across(folders, AS_OF, read_model("v1"))
    again = across(dict(reversed(folders.items())), AS_OF, read_model("v1"))
    pd.testing.assert_frame_equal(once, again)


def test_without_any_county_that_can_be_used_nobody_is_found() -> None:
    assert across({}, AS_OF, read_model("v1")).empty


def test_the_counties_of_a_folder_with_and_without_files(tmp_path: Path) -> None:
    for each in ("甲县/files", "乙县", ".隐藏"):
        (tmp_path / each).mkdir(parents=True)
    (tmp_path / "说明.txt").write_text("", "utf-8")
    assert county_folders(tmp_path) == {"乙县": tmp_path / "乙县", "甲县": tmp_path / "甲县/files"}


@pytest.mark.long
def test_twelve_counties_with_three_workers(tmp_path: Path) -> None:
    make_prefecture(12, 1500, 7, tmp_path / "truth")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("ROLLCALL")}
    done = screen_prefecture(
        tmp_path / "truth", AS_OF, tmp_path / "out", 3, tmp_path / "state", "twelve", print, environ
    )
    assert not done.failed
    assert len(done.counties) == 12
    figures = evaluate_movers(tmp_path / "out", tmp_path / "truth")
    assert figures.movers > 100
    assert figures.found + figures.asked >= 0.99 * figures.movers
    assert (figures.lost, figures.wrong) == (0, 0)
