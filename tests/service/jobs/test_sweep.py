"""H4, H8, H9 and what else is put right by looking at the database."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text, update

from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.celery import celery_app
from service.jobs.claim import NOW, claim
from service.jobs.context import temporary
from service.jobs.models import Job
from service.jobs.sweep import sweep
from tests.servers import EXTERNAL, Servers
from tests.service.jobs.site import Site, asked, effects, ends, job_of, rows
from tests.service.jobs.works import CHUNKS, ROWS


def test_h4_the_database_restarts_while_work_goes_on(site: Site, servers: Servers) -> None:
    jobs = [
        asked(site.settings, "test.count", payload={"stop_at": each})
        for each in ("in chunk2", "after chunk5")
    ]
    site.stopped_at(jobs[0], "in chunk2")
    site.stopped_at(jobs[1], "after chunk5")
    if os.environ.get(EXTERNAL):
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'rollcall_app'"
        with psycopg.connect(os.environ[EXTERNAL], autocommit=True) as admin:
            admin.execute(cut)
    else:
        servers.postgres.restart()
    assert [effects(site.settings, each) for each in jobs] == [2 * ROWS, 6 * ROWS], "no half step is seen"
    site.let_go(*jobs)
    site.done(*jobs)
    assert [effects(site.settings, each) for each in jobs] == [CHUNKS * ROWS] * 2
    assert [ends(site.settings, each) for each in jobs] == [["done"]] * 2


def test_h8_h9_poison_is_parked_while_two_beats_tick_and_the_queue_goes_on(site: Site) -> None:
    site.start("beat2")
    poison = asked(site.settings, "test.poison")
    others = [asked(site.settings, "test.once") for _ in range(6)]
    site.done(*others, seconds=20)
    site.done(poison, state="stuck")
    job = job_of(site.settings, poison)
    assert (job.attempts, job.error[:12]) == (3, "这项任务多次中断，已停止")
    assert ends(site.settings, poison) == ["stuck"]
    assert rows(site.settings, "select state from told where job_id = :job", job=poison) == [("stuck",)]
    time.sleep(1.5)
    assert job_of(site.settings, poison).attempts == 3, "it is not tried for ever"
    site.kill("beat2")


def overdue(settings: Settings, job_id: int, **values: object) -> None:
    """Make a claimed job look as if its worker were lost."""
    with transaction(settings.database_url, SYSTEM) as session:
        late = {"lease_until": NOW - timedelta(seconds=1), **values}
        session.execute(update(Job).where(Job.id == job_id).values(late))


def test_h9_many_sweeps_at_once_have_one_effect(settings: Settings) -> None:
    jobs = [asked(settings, "test.once") for _ in range(5)]
    for job_id in jobs:
        assert claim(settings, job_id)
        overdue(settings, job_id, attempts=3)
    app = celery_app(settings)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sweep(settings, app), range(12)))
    for job_id in jobs:
        assert ends(settings, job_id) == ["stuck"]
        assert rows(settings, "select count(*) from told where job_id = :job", job=job_id) == [(1,)]


def test_h9_a_clock_that_jumps_moves_no_job(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    running, waiting = asked(settings, "test.once"), asked(settings, "test.once")
    assert claim(settings, running)
    tomorrow = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    sweep(settings, celery_app(settings))
    assert claim(settings, running) is None
    assert [job_of(settings, each).state for each in (running, waiting)] == ["running", "queued"]


def test_an_end_that_the_feature_stumbles_over_is_an_end_all_the_same(settings: Settings) -> None:
    job_id = asked(settings, "test.once", payload={"stumble": True})
    assert claim(settings, job_id)
    overdue(settings, job_id, attempts=3)
    sweep(settings, celery_app(settings))
    assert ends(settings, job_id) == ["stuck"]
    told = "select detail->>'ended' from audit_entry where subject_id = :job"
    assert rows(settings, told, job=str(job_id)) == [("failed",)]


def test_c8_folders_of_the_dead_are_removed_and_of_the_living_kept(settings: Settings) -> None:
    dead, living = asked(settings, "test.once"), asked(settings, "test.once")
    folders: dict[int, Path] = {}
    for job_id in (dead, living):
        facts = claim(settings, job_id)
        assert facts
        folders[job_id] = temporary(settings) / f"job-{job_id}-{facts.fence}"
        folders[job_id].mkdir(parents=True)
        (folders[job_id] / "sheet.xml").write_text("x")
    overdue(settings, dead, attempts=3)
    sweep(settings, celery_app(settings))
    assert not folders[dead].exists()
    assert folders[living].exists()


def test_a_bell_is_rung_again_only_where_the_broker_has_lost_it(settings: Settings) -> None:
    app = celery_app(settings)
    job_id = asked(settings, "test.once")
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(text("update outbox set rung_at = now() - interval '1 hour'"))
    sweep(settings, app)
    unrung = "select count(*) from outbox where rung_at is null and job_id = :job"
    assert rows(settings, unrung, job=job_id) == [(0,)], "the queue still holds it"
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("uploads")
    sweep(settings, app)
    assert rows(settings, unrung, job=job_id) == [(1,)]
