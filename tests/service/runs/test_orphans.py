"""Files of the encrypted store that no row names, with real files and the real database."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import psycopg
from sqlalchemy import text

from service.db import SYSTEM, transaction
from service.privacy.custody import blobs_of
from service.runs.orphans import HOUR, MARK, every_minute
from service.runs.workplace import sweep
from tests.service.runs.county import Site, start_run

SWEPT = "select coalesce(sum((detail->>'count')::int), 0) from audit_entry where action = 'file.sweep'"


def age(site: Site, blob_id: str, days: float) -> None:
    path = Path(site.settings.state) / "blobs" / blob_id[:2] / blob_id
    then = time.time() - days * 86400
    os.utime(path, (then, then))


def after_an_hour(site: Site) -> None:
    mark = Path(site.settings.state) / "blobs" / MARK
    if mark.exists():
        then = time.time() - HOUR - 1
        os.utime(mark, (then, then))
    every_minute(site.settings)


def test_a_file_that_no_row_names_goes_after_a_day_and_all_others_stay(run_site: Site) -> None:
    blobs = blobs_of(run_site.settings)
    named = set(blobs.ids())
    orphan, young = (blobs.put(io.BytesIO(b"x" * size)).id for size in (10, 300_000))
    for each in (*named, orphan):
        age(run_site, each, 1.1)
    after_an_hour(run_site)
    assert set(blobs.ids()) == named | {young}
    assert run_site.one(SWEPT) == 1
    age(run_site, young, 1.1)
    every_minute(run_site.settings)
    assert young in set(blobs.ids()), "once an hour"
    after_an_hour(run_site)
    assert set(blobs.ids()) == named
    after_an_hour(run_site)
    assert run_site.one("select count(*) from audit_entry where action = 'file.sweep'") == 2


def test_files_of_a_run_that_ended_unfinished_go_and_those_of_one_that_goes_on_stay(run_site: Site) -> None:
    blobs = blobs_of(run_site.settings)
    before = set(blobs.ids())
    kept = set(run_site.one("select outputs from run where id = 1").values())
    assert kept
    assert kept < before, "the lists' own files are there too"
    for each in before:
        age(run_site, each, 2)
    for state, left in (("running", before), ("failed", before - kept)):
        with transaction(run_site.settings.database_url, SYSTEM) as session:
            session.execute(text("update run set finished_at = null"))
            session.execute(text("update job set state = :state where kind = 'run'"), {"state": state})
        after_an_hour(run_site)
        assert set(blobs.ids()) == left, state
    assert run_site.one(SWEPT) == len(kept)
    assert run_site.one("select outputs from run where id = 1") == {}


def test_files_of_another_database_are_left_alone(run_site: Site, lists: Site) -> None:
    """A service that was given another one's folder must not empty it."""
    blobs = blobs_of(run_site.settings)
    stranger = replace(lists.settings, state=run_site.settings.state)
    # The two are copies of one county: without its rows and keys this is another one.
    with psycopg.connect(lists.database.admin_url.replace("+psycopg", "")) as admin:
        admin.execute("truncate data_key, agency_list, run cascade")
    before = set(blobs.ids())
    for each in before:
        age(run_site, each, 2)
    every_minute(stranger)
    assert set(blobs.ids()) == before


def test_what_a_killed_upload_left_unfinished_goes_too(run_site: Site) -> None:
    left = Path(run_site.settings.state) / "blobs" / "unfinished" / f"{'0' * 32}.part"
    left.write_bytes(b"half")
    after_an_hour(run_site)
    assert not left.exists()


def test_lists_that_a_killed_run_left_for_spark_are_swept(lists: Site, tmp_path: Path) -> None:
    """In the folder that Spark sees they stand in clear. Those of a run that goes on stay."""
    _, job_id = start_run(lists.settings, 1)
    for name in (f"run-{job_id}-0", "run-987654-1", "other"):
        (tmp_path / name / "records").mkdir(parents=True)
    sweep(replace(lists.settings, engine="spark", spark_folder=str(tmp_path)))
    assert {each.name for each in tmp_path.iterdir()} == {f"run-{job_id}-0", "other"}
