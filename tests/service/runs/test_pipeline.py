"""A run as a worker does it: what it finds is what the command finds, whatever happens on the way."""

from __future__ import annotations

import csv
import re
import stat
from pathlib import Path

import pytest
from sqlalchemy import text, update

from service.db import transaction
from service.errors import ConflictError, InvalidError
from service.jobs.models import Job
from service.jobs.outbox import cancel, resume
from service.jobs.perform import perform
from service.runs import tasks
from service.runs.models import Run
from service.screening import Job as Screening
from service.screening import screen_lists
from service.uploads.models import AgencyList
from tests.service.runs.county import ALL, AS_OF, Site, county_files, send, start_run

CHILDREN = "select count(*) from run_child"


def test_the_service_finds_what_the_command_finds(finished: Site, tmp_path: Path) -> None:
    """One path: the same children with the same states, probabilities and reasons."""
    county_files(tmp_path)
    screen_lists(Screening([tmp_path / "files"], AS_OF, tmp_path / "out"))
    with (tmp_path / "out" / "children.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [
            (int(row["child_id"]), row["name"], row["id_number"], row["enrolment"], row["attendance"])
            for row in csv.DictReader(file)
        ]
    found = finished.children()[: len(told)]
    assert [(row[0], row[3], row[4], row[7], row[8]) for row in found] == told
    assert len(told) > 200


def test_nothing_is_readable_in_the_database(finished: Site) -> None:
    name, number = next((row[3], row[4]) for row in finished.children() if row[4])
    for table in ("run_child", "run_detail"):
        whole = finished.one(f"select string_agg({table}::text, '') from {table}")
        for secret in (name, number):
            assert secret not in whole
            assert secret.encode().hex() not in whole


def test_a_run_keeps_what_it_was_made_from(finished: Site) -> None:
    lists, model, settings, summary = finished.rows("select lists, model, settings, summary from run")[0]
    assert {each["sha256"] for each in lists} == {
        row[0] for row in finished.rows("select sha256 from agency_list")
    }
    assert model["sha256"] == summary["model"]["sha256"]
    assert settings["as_of"] == AS_OF.isoformat()
    assert summary["proof"]["records_balanced"]
    assert finished.one("select run_id from round") == 1


def test_the_same_lists_give_the_same_children(run_site: Site) -> None:
    run_id, job_id = start_run(run_site.settings, 1, again=1)
    with transaction(run_site.settings.database_url, ALL) as session:
        # What is replaced since then is of no matter: the run names its lists.
        session.execute(update(AgencyList).values(state="replaced"))
    assert perform(run_site.settings, job_id) == "done"
    assert run_site.children(run_id) == run_site.children(1)
    assert run_site.one("select count(*) from run_change") == 0


def test_a_list_that_was_erased_stops_the_run(lists: Site) -> None:
    _, job_id = start_run(lists.settings, 1)
    with transaction(lists.settings.database_url, ALL) as session:
        session.execute(update(AgencyList).values(content="another"))
    assert perform(lists.settings, job_id) == "failed"
    assert "请重新发起比对" in lists.one("select error from job where id = :job", job=job_id)
    assert lists.one(CHILDREN) == 0


@pytest.mark.parametrize("kind", ["household", "roll"])
def test_without_one_side_no_run_begins(lists: Site, kind: str) -> None:
    side = ("household", "civil_affairs", "poverty", "disability") if kind == "household" else ("roll",)
    with transaction(lists.settings.database_url, ALL) as session:
        session.execute(update(AgencyList).where(AgencyList.kind.in_(side)).values(state="withdrawn"))
    with pytest.raises(InvalidError, match="名单"):
        start_run(lists.settings, 1)


def test_a_run_names_what_came_and_was_not_submitted(lists: Site) -> None:
    """One of an agency's lists is confirmed, the other lies there: nobody shall think that it was matched."""
    officer, name = lists.browser("officer"), "城市低保人员花名册(9月).xlsx"
    assert "而没有提交" not in officer.get("/rounds/1").text
    with transaction(lists.settings.database_url, ALL) as session:
        session.execute(update(AgencyList).where(AgencyList.file_name == name).values(state="to_confirm"))
    board = officer.get("/rounds/1").text
    assert "有 1 份名单上传了而没有提交" in board
    assert "另有 1 份未提交" in board
    run_id, _ = start_run(lists.settings, 1)
    page = officer.get(f"/runs/{run_id}").text
    assert name in page.partition("而没有提交")[2]
    assert name not in page.partition("而没有提交")[0]


def test_a_run_names_lists_that_look_like_one_at_two_times(lists: Site, tmp_path: Path) -> None:
    """A roll of the term before, submitted beside the new one under another name: who has left is on it."""
    (new,) = [path for path in county_files(tmp_path) if path.name == "学籍系统导出_在籍学生.csv"]
    rows = new.read_bytes().splitlines(keepends=True)
    old = tmp_path / "春季在籍学生.csv"
    old.write_bytes(b"".join(rows[:1] + rows[8:]))
    with transaction(lists.settings.database_url, ALL) as session:
        education = session.execute(text("select id from agency where kind = 'education'")).scalar_one()
        send(session, lists.settings, 1, old, {"education": education})
    run_id, job_id = start_run(lists.settings, 1)
    assert perform(lists.settings, job_id) == "done"
    page = lists.browser("officer").get(f"/runs/{run_id}").text.partition("新旧两版")[2]
    assert {new.name, old.name} <= set(re.findall(r"“([^”]+)”", page.partition("</ul>")[0]))
    said = lists.one("select summary -> 'issues' from run where id = :run", run=run_id)
    assert said["file.two_versions"] == 2


def test_one_run_at_a_time_in_a_round(lists: Site) -> None:
    start_run(lists.settings, 1)
    with pytest.raises(ConflictError, match="还在进行"):
        start_run(lists.settings, 1)


def test_a_cancelled_run_leaves_nothing_and_can_go_on(lists: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled after its first piece; taken up again it gives what an undisturbed run gives."""
    run_id, job_id = start_run(lists.settings, 1)
    write = tasks.write

    def and_cancel(session, piece):
        write(session, piece)
        with transaction(lists.settings.database_url, ALL) as apart:
            cancel(apart, job_id)

    monkeypatch.setattr(tasks, "write", and_cancel)
    assert perform(lists.settings, job_id) == "cancelled"
    assert (lists.one(CHILDREN), lists.one("select count(*) from run_detail")) == (0, 0)
    assert not list((Path(lists.settings.state) / "tmp").glob("*"))
    monkeypatch.undo()
    with transaction(lists.settings.database_url, ALL) as session:
        resume(session, job_id)
    assert perform(lists.settings, job_id) == "done"
    assert lists.one("select children from run where id = :run", run=run_id) == lists.one(CHILDREN)


def test_unfinished_children_are_nobodys_to_see(lists: Site) -> None:
    run_id, _ = start_run(lists.settings, 1)
    with transaction(lists.settings.database_url, ALL) as session:
        assert session.get_one(Run, run_id).finished_at is None
        assert session.get_one(Job, 1).state == "queued"
    officer = lists.browser("officer")
    assert officer.get(f"/runs/{run_id}/children").status_code == 404
    assert officer.get(f"/runs/{run_id}/children/1").status_code == 404


def test_the_folder_of_a_run_is_the_services_alone_and_gone_afterwards(
    lists: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    laid = tasks.layout.lay_out

    def look(result, area, places, folder):
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder))
        laid(result, area, places, folder)

    monkeypatch.setattr(tasks.layout, "lay_out", look)
    _, job_id = start_run(lists.settings, 1)
    assert perform(lists.settings, job_id) == "done"
    assert modes == [0o700, 0o700]
    assert not list((Path(lists.settings.state) / "tmp").glob("*"))
