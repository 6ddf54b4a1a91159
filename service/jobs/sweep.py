"""What puts right whatever a killed worker, a lost message or an emptied broker left behind.

Always "older than", never a window: a sweep that did not run for a day misses nothing.
"""

from __future__ import annotations

import logging
import re
import shutil
from datetime import timedelta

from celery import Celery
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from service.config import Settings
from service.db import SYSTEM, enter, transaction
from service.errors import said
from service.jobs.claim import NOW, overdue
from service.jobs.context import temporary
from service.jobs.ends import STUCK, end, scope_of
from service.jobs.models import Job, Outbox
from service.jobs.outbox import add_bells
from service.jobs.work import facts_of, works

log = logging.getLogger(__name__)

FOLDER = re.compile(r"job-(\d{1,18})-(\d{1,9})")
MOST = 200
"""Jobs looked at in one sweep; the next one looks at the next."""


def sweep(settings: Settings, app: Celery) -> None:
    """End what is to end, ring for what is to go on, remove folders of the dead. Two share the work."""
    for job_id in _to_end(settings):
        try:
            _end(settings, job_id)
        except Exception as error:
            log.error("job %d could not be ended\n%s", job_id, said(error))
    _ring_lost(settings)
    _ring_again(settings, app)
    remove_folders(settings)
    for work in works().values():
        if work.sweep is not None:
            try:
                work.sweep(settings)
            except Exception as error:
                log.error("what jobs of kind %s left was not swept\n%s", work.kind, said(error))


def _ending(settings: Settings) -> ColumnElement[bool]:
    """The condition of jobs that no worker shall take any more."""
    return or_(
        and_(overdue(), or_(Job.wanted_end, Job.attempts >= settings.job_attempts)),
        and_(Job.state == "queued", Job.wanted_end),
    )


def _to_end(settings: Settings) -> list[int]:
    with transaction(settings.database_url, SYSTEM) as session:
        return list(session.scalars(select(Job.id).where(_ending(settings)).order_by(Job.id).limit(MOST)))


def _end(settings: Settings, job_id: int) -> None:
    """End one job, unless another sweep or a worker was quicker."""
    with transaction(settings.database_url, SYSTEM) as session:
        job = session.scalars(
            select(Job).where(Job.id == job_id, _ending(settings)).with_for_update(skip_locked=True)
        ).one_or_none()
        if job is None:
            return
        facts = facts_of(job)
        enter(session, scope_of(facts))
        state, error = ("cancelled", "") if job.wanted_end else ("stuck", STUCK.format(id=job.id))
        end(session, settings, facts, state, error)
        log.warning("job %d (%s): %s after attempt %d", facts.id, facts.kind, state, facts.attempt)


def _ring_lost(settings: Settings) -> None:
    """A new bell for each job that lost its worker, or has none although it waits."""
    with transaction(settings.database_url, SYSTEM) as session:
        lost = session.scalars(
            select(Job.id)
            .outerjoin(Outbox, Outbox.job_id == Job.id)
            .where(Outbox.id.is_(None), or_(overdue(), Job.state == "queued"))
            .order_by(Job.id)
            .limit(MOST)
        ).all()
        add_bells(session, lost)


def _ring_again(settings: Settings, app: Celery) -> None:
    """Have bells rung again that were rung long ago and not heard, where the broker does not hold them.

    Many jobs waiting behind a long one are no reason to fill the queue with more messages of them.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        unheard = Outbox.rung_at < NOW - timedelta(seconds=settings.lease_seconds)
        waiting = session.execute(
            select(Job.queue, func.count(), func.count().filter(unheard))
            .join(Outbox, Outbox.job_id == Job.id)
            .where(Outbox.rung_at.is_not(None))
            .group_by(Job.queue)
        ).all()
        short = [queue for queue, rung, late in waiting if late and _length(app, queue) < rung]
        if short:
            _unring(session, short, unheard)


def _unring(session: Session, queues: list[str], unheard: ColumnElement[bool]) -> None:
    found = session.scalars(
        select(Outbox.id)
        .join(Job, Job.id == Outbox.job_id)
        .where(Job.queue.in_(queues), unheard)
        .with_for_update(of=Outbox, skip_locked=True)
    ).all()
    session.execute(update(Outbox).where(Outbox.id.in_(found)).values(rung_at=None))


def _length(app: Celery, queue: str) -> int:
    """Messages that the broker holds in a queue and has given to nobody."""
    with app.connection_for_read() as connection:
        return int(connection.default_channel.queue_declare(queue).message_count)


def remove_folders(settings: Settings) -> None:
    """Remove the temporary folders whose attempt is over."""
    found = {}
    for path in temporary(settings).glob("job-*"):
        told = FOLDER.fullmatch(path.name)
        if told:
            found[path] = (int(told[1]), int(told[2]))
    if not found:
        return
    with transaction(settings.database_url, SYSTEM) as session:
        alive = {
            tuple(each)
            for each in session.execute(
                select(Job.id, Job.fence).where(
                    Job.id.in_([job_id for job_id, _ in found.values()]), Job.state == "running"
                )
            )
        }
    for path, attempt in found.items():
        if attempt not in alive:
            shutil.rmtree(path, ignore_errors=True)
