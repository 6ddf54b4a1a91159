"""Ask for work, cancel it, take it up again; and ring the bell at the broker once that is committed.

Job and bell are rows of the caller's transaction: what is rolled back was never asked for, and what is
committed is not lost with the process, the broker or the message. Right after the commit the bell is rung, as
well as may be; what was not rung the relay rings.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from celery import Celery
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from schemas.rounds import JOB_ENDED
from service.config import Settings
from service.db import SYSTEM, engine_of, enter, transaction
from service.errors import ConflictError, NotFoundError
from service.jobs.models import Job, Outbox
from service.jobs.work import works

log = logging.getLogger(__name__)

RUN_JOB = "rollcall.run_job"
VERSION = 1
"""Of the message: a job's id and this number, nothing else."""

QUIET_SECONDS = 10.0
"""After the broker did not answer, nobody waits for it again so long; the relay goes on trying."""

GRACE_SECONDS = 1.0
"""A bell this young is about to be rung by whoever wrote it."""


@dataclass
class _Bell:
    """The broker of a database, and until when it is not waited for."""

    app: Celery
    quiet_until: float = 0.0


_bells: WeakKeyDictionary[Engine, _Bell] = WeakKeyDictionary()


def ask(
    session: Session,
    kind: str,
    subject_id: int,
    agency_id: int | None,
    key: str,
    payload: Mapping[str, object] | None = None,
    created_by: int | None = None,
) -> Job:
    """Ask for work in the caller's transaction; a job with this key is given back as it is, ended or not.

    Args:
        agency_id: under whose scope it runs; None for the bureau's own, which sees the whole county.
        key: what makes it the same job (``list-12-read-3``), at most 100 characters.
        payload: ids and codes, never a personal value.

    Raises:
        ConflictError: the key belongs to a job about something else.
        KeyError: there is no such kind of work.
    """
    work = works()[kind]
    session.flush()
    row = {
        "kind": kind,
        "queue": work.queue,
        "subject_id": subject_id,
        "agency_id": agency_id,
        "key": key,
        "payload": dict(payload or {}),
        "created_by": created_by,
    }
    # Of two transactions with one key the second waits here until the first has ended.
    made = session.execute(
        insert(Job).values(row).on_conflict_do_nothing(index_elements=[Job.key]).returning(Job.id)
    ).scalar()
    if made is not None:
        add_bells(session, [made])
        return session.get_one(Job, made)
    job = session.scalars(select(Job).where(Job.key == key)).one_or_none()
    if job is None or (job.kind, job.subject_id, job.agency_id) != (kind, subject_id, agency_id):
        raise ConflictError("同一编号的任务已经存在，但内容不同。请刷新页面后再试。", key=key)
    return job


def cancel(session: Session, job_id: int) -> Job:
    """Ask that a job ends: a worker stops at its next sign of progress, a waiting job is ended by the sweep.

    Raises:
        NotFoundError: there is none in the session's scope.
        ConflictError: it has ended.
    """
    job = _locked(session, job_id)
    if job.state in JOB_ENDED:
        raise ConflictError("任务已经结束，不能取消。")
    job.wanted_end = True
    session.flush()
    return job


def resume(session: Session, job_id: int) -> Job:
    """Take a job up again that failed, got stuck or was cancelled: at the step where it stood.

    Raises:
        NotFoundError: there is none in the session's scope.
        ConflictError: it is done, or has not ended.
    """
    job = _locked(session, job_id)
    if job.state not in JOB_ENDED or job.state == "done":
        raise ConflictError("只有失败、中断或已取消的任务可以重新执行。")
    job.state, job.wanted_end, job.error, job.ended_at = "queued", False, "", None
    job.attempts, job.fence = 0, job.fence + 1
    session.flush()
    add_bells(session, [job.id])
    return job


def add_bells(session: Session, job_ids: Sequence[int]) -> None:
    """A bell for each job that has none, rung after the session's commit."""
    if job_ids:
        rows = [{"job_id": each} for each in job_ids]
        session.execute(insert(Outbox).values(rows).on_conflict_do_nothing(index_elements=[Outbox.job_id]))
        session.info.setdefault("bells", []).extend(job_ids)


def connect(settings: Settings, app: Celery) -> None:
    """Ring right after the commits of this database, at this broker."""
    _bells[engine_of(settings.database_url)] = _Bell(app)


def ring(app: Celery, job_id: int, queue: str, seconds: int) -> None:
    """Give the broker the message: the id of the job, and nothing of what it is about."""
    app.send_task(
        RUN_JOB,
        args=(job_id,),
        kwargs={"v": VERSION},
        queue=queue,
        soft_time_limit=seconds,
        time_limit=seconds + 60,
        retry=False,
    )


def relay(settings: Settings, app: Celery, most: int = 200) -> int:
    """Ring what nobody has rung; give how many. Two relays at once share the work.

    Raises:
        kombu.exceptions.OperationalError: the broker does not answer; nothing is lost.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        found = session.execute(
            select(Outbox.id, Job.id, Job.kind, Job.queue)
            .join(Job, Job.id == Outbox.job_id)
            .where(
                Outbox.rung_at.is_(None),
                Outbox.created_at
                < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, GRACE_SECONDS),
            )
            .order_by(Outbox.id)
            .limit(most)
            .with_for_update(of=Outbox, skip_locked=True)
        ).all()
        for _, job_id, kind, queue in found:
            ring(app, job_id, queue, _seconds(kind))
        session.execute(
            update(Outbox)
            .where(Outbox.id.in_([each[0] for each in found]))
            .values(rung_at=func.clock_timestamp())
        )
    return len(found)


def _seconds(kind: str) -> int:
    """The limit of a kind; of one that only newer workers know, any: they are the ones to run it."""
    work = works().get(kind)
    return work.seconds if work else 3600


def _locked(session: Session, job_id: int) -> Job:
    job = session.scalars(
        select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        raise NotFoundError("没有这个任务。")
    return job


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    """Ring the session's bells; whatever goes wrong, the commit stands and the relay rings."""
    if session.in_nested_transaction():
        return
    job_ids = session.info.pop("bells", None)
    engine = session.get_bind()
    bell = _bells.get(engine) if job_ids and isinstance(engine, Engine) else None
    if bell is None or time.monotonic() < bell.quiet_until:
        return
    try:
        with Session(engine) as own, own.begin():
            _ring_now(own, bell.app, job_ids)
    except Exception as error:
        bell.quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("the bell was not rung (%s); the relay will", type(error).__name__)


def _ring_now(session: Session, app: Celery, job_ids: Sequence[int]) -> None:
    enter(session, SYSTEM)
    for job_id, kind, queue in session.execute(
        select(Job.id, Job.kind, Job.queue).where(Job.id.in_(job_ids))
    ):
        ring(app, job_id, queue, _seconds(kind))
    session.execute(update(Outbox).where(Outbox.job_id.in_(job_ids)).values(rung_at=func.clock_timestamp()))


@event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    """What was asked for is gone with its transaction; a savepoint's bells find no job and stay silent."""
    if not session.in_nested_transaction():
        session.info.pop("bells", None)
