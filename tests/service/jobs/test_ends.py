"""A5, cancelling, taking up again, failing: what a job leaves behind however it ends."""

from __future__ import annotations

import logging
import time
from datetime import date

import pytest
from sqlalchemy import text, update

from service.accounts.models import Account
from service.agencies.models import Agency, Region
from service.config import Settings
from service.db import SYSTEM, Scope, transaction
from service.errors import ConflictError, NotFoundError
from service.jobs import stopping
from service.jobs.celery import celery_app
from service.jobs.claim import Lease, LostError, claim
from service.jobs.context import Context, temporary
from service.jobs.models import Job
from service.jobs.outbox import ask, cancel, resume
from service.jobs.perform import perform
from service.jobs.sweep import sweep
from service.jobs.work import Work, _works, works
from service.rounds.models import Round
from service.uploads.models import AgencyList
from tests.service.jobs.site import Site, asked, effects, ends, job_of, rows, wait_for
from tests.service.jobs.works import CHUNKS, INSERT, ROWS

ALL = Scope("all")


@pytest.fixture
def agencies(settings: Settings) -> tuple[int, int, int]:
    """Two agencies, and a list of the second: ids."""
    with transaction(settings.database_url, SYSTEM) as session:
        session.add(Region(code="659900", name="测试县"))
        session.flush()
        one = Agency(kind="police", name="公安局", region_code="659900")
        two = Agency(kind="civil_affairs", name="民政局", region_code="659900")
        session.add_all([one, two])
        session.flush()
        clerk = Account(agency_id=two.id, login="clerk", name="经办人")
        session.add(clerk)
        session.flush()
        held = Round(
            name="2026 秋季",
            school_year=2026,
            as_of=date(2026, 9, 1),
            region_code="659900",
            created_by=clerk.id,
        )
        session.add(held)
        session.flush()
        theirs = AgencyList(
            round_id=held.id,
            agency_id=two.id,
            file_name="x",
            blob_id="b",
            sha256="s",
            size=1,
            created_by=clerk.id,
        )
        session.add(theirs)
        session.flush()
        return one.id, two.id, theirs.id


def test_a5_a_job_works_on_its_own_agencys_rows_alone(
    settings: Settings, agencies: tuple[int, int, int]
) -> None:
    one, two, theirs = agencies
    foreign = asked(settings, "test.list", subject=theirs, agency=one)
    own = asked(settings, "test.list", subject=theirs, agency=two)
    assert [perform(settings, foreign), perform(settings, own)] == ["failed", "done"]
    assert [effects(settings, foreign), effects(settings, own)] == [0, 1]
    said = "select subject_id, agency, result from audit_entry where agency in (:one, :two) order by number"
    assert rows(settings, said, one=one, two=two) == [(str(foreign), one, "failed"), (str(own), two, "done")]
    assert "不属于本单位" in job_of(settings, foreign).error


def test_a5_another_agencys_job_is_neither_seen_nor_cancelled_nor_joined(
    settings: Settings, agencies: tuple[int, int, int]
) -> None:
    one, two, theirs = agencies
    job_id = asked(settings, "test.list", subject=theirs, agency=two, key="same")
    with transaction(settings.database_url, Scope("agency", 0, one)) as session:
        assert session.get(Job, job_id) is None
        with pytest.raises(NotFoundError):
            cancel(session, job_id)
        with pytest.raises(ConflictError):
            ask(session, "test.list", theirs, one, "same")


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (True, "第 3 行没有姓名，请补填后重新上传。"),
        (False, "任务出错，没有完成，已保存的名单不受影响。请把任务编号 {id} 告诉系统管理员。"),
    ],
    ids=["known", "unknown"],
)
def test_a_failure_says_what_is_safe_to_say(
    settings: Settings, caplog: pytest.LogCaptureFixture, known: bool, sentence: str
) -> None:
    caplog.set_level(logging.INFO)
    # The linter of imports, where it ran before in this process, has switched off the loggers that it found.
    logging.getLogger("service.jobs.perform").disabled = False
    job_id = asked(settings, "test.wrong", payload={"known": known})
    assert perform(settings, job_id) == "failed"
    assert job_of(settings, job_id).error == sentence.format(id=job_id)
    assert ends(settings, job_id) == ["failed"]
    assert rows(settings, "select state from told") == [("failed",)]
    assert "works.py" in caplog.text, "the log says where"
    assert "张小明" not in caplog.text, "and nothing of the data"


def test_cancelled_while_it_waits(settings: Settings) -> None:
    job_id = asked(settings, "test.once")
    with transaction(settings.database_url, ALL) as session:
        cancel(session, job_id)
    assert perform(settings, job_id) == "not mine"
    sweep(settings, celery_app(settings))
    assert (job_of(settings, job_id).state, ends(settings, job_id)) == ("cancelled", ["cancelled"])
    with transaction(settings.database_url, ALL) as session, pytest.raises(ConflictError):
        cancel(session, job_id)


def test_cancelled_while_it_works_and_taken_up_again_at_its_step(site: Site) -> None:
    job_id = asked(site.settings, "test.count", payload={"stop_at": "after chunk4"})
    site.stopped_at(job_id, "after chunk4")
    with transaction(site.settings.database_url, ALL) as session:
        cancel(session, job_id)
    site.let_go(job_id)
    site.done(job_id, state="cancelled")
    assert effects(site.settings, job_id) == 5 * ROWS, "steps that were done stand"
    with transaction(site.settings.database_url, ALL) as session:
        resume(session, job_id)
    site.done(job_id)
    assert effects(site.settings, job_id) == CHUNKS * ROWS
    assert ends(site.settings, job_id) == ["cancelled", "done"]
    assert len(job_of(site.settings, job_id).seconds) == CHUNKS


def test_a_job_that_takes_too_long_is_stopped(site: Site) -> None:
    job_id = asked(site.settings, "test.short", payload={"seconds": 20})
    site.done(job_id, state="failed")
    assert "超过了允许的时间" in job_of(site.settings, job_id).error
    assert effects(site.settings, job_id) == 0


def context_of(settings: Settings, job_id: int) -> Context:
    facts = claim(settings, job_id)
    assert facts
    return Context(settings, facts, works()[facts.kind], Lease(settings, facts))


def taken_by_another(settings: Settings, job_id: int) -> None:
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(
            update(Job).where(Job.id == job_id).values(lease_until=text("now() - interval '1 s'"))
        )
    assert claim(settings, job_id)


def write(context: Context, how: str) -> None:
    if how == "progress":
        context.progress(1, 2)
    elif how == "step":
        context.step("chunk0").__enter__()
    else:
        with context.transaction() as session:
            session.execute(INSERT, {"job": context.job.id, "first": 0, "last": 9})
            if how == "final":
                context.final(session)


@pytest.mark.parametrize("how", ["transaction", "final", "progress", "step"])
def test_a_worker_that_was_taken_for_dead_leaves_nothing(settings: Settings, how: str) -> None:
    job_id = asked(settings, "test.count")
    context = context_of(settings, job_id)
    taken_by_another(settings, job_id)
    with pytest.raises(LostError):
        write(context, how)
    assert effects(settings, job_id) == 0
    assert (job_of(settings, job_id).fence, ends(settings, job_id)) == (2, [])


def test_the_end_and_the_effects_are_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """G2: if the audit entry cannot be written, neither effect nor end is."""
    job_id = asked(settings, "test.once")
    monkeypatch.setattr("service.jobs.ends.record", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        perform(settings, job_id)
    assert (effects(settings, job_id), job_of(settings, job_id).state) == (0, "running")
    monkeypatch.undo()
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(text("update job set lease_until = now() - interval '1 s'"))
    assert (perform(settings, job_id), effects(settings, job_id)) == ("done", 1)


def test_the_folder_is_private_and_goes_with_its_attempt(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def leaves_files(context: Context) -> None:
        (context.folder() / "sheet.xml").write_text("x")
        seen.append(context.folder().stat().st_mode & 0o777)
        raise ValueError

    monkeypatch.setitem(_works, "test.once", Work("test.once", "uploads", leaves_files, "一次"))
    assert perform(settings, asked(settings, "test.once")) == "failed"
    assert seen == [0o700]
    assert list(temporary(settings).iterdir()) == []


def test_the_lease_is_extended_while_work_goes_on(settings: Settings) -> None:
    job_id = asked(settings, "test.once", payload={"seconds": 0})
    facts = claim(settings, job_id)
    assert facts
    with Lease(settings, facts) as lease:
        time.sleep(settings.lease_seconds + 0.5)
        assert claim(settings, job_id) is None
        with transaction(settings.database_url, ALL) as session:
            cancel(session, job_id)
        wait_for(lambda: lease.wanted_end, 3)
        assert not lease.lost


def test_stopping_is_heard(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.context.stopping", lambda: True)
    job_id = asked(settings, "test.once", payload={"seconds": 5})
    assert perform(settings, job_id) == "handed back"
    assert (job_of(settings, job_id).state, job_of(settings, job_id).attempts) == ("queued", 0)
    assert not stopping.stopping()
