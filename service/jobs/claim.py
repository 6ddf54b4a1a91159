"""Who may do a job: claimed by one conditional UPDATE, held by a lease, proved by a fencing number.

The clock is the database's alone, so a worker's may jump. A worker that was taken for dead and is not finds
its number out of date wherever it writes: in its progress, and before each of its transactions commits.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, DateTime, and_, delete, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.models import Job, Outbox
from service.jobs.rights import withdrawn
from service.jobs.work import JobFacts, facts_of, works

log = logging.getLogger(__name__)

NOW = func.clock_timestamp(type_=DateTime(timezone=True))
UNANSWERED = (DBAPIError, PoolTimeoutError)
"""What a database that is away looks like."""


class LostError(Exception):
    """The job is another worker's by now, or ended: nothing may be written for it any more."""


class CancelledError(Exception):
    """Somebody asked that the job ends. Raised at a sign of progress; let it pass."""


class WithdrawnError(Exception):
    """Whoever asked for the job has lost the right to it. Raised at a sign of progress; let it pass."""


class HandedBackError(Exception):
    """The worker is being stopped, another goes on at this step. Raised by a sign of progress."""


def claim(settings: Settings, job_id: int) -> JobFacts | None:
    """Take a job that waits, or whose worker is lost; None where it is not ours to take.

    Of two workers that try at once the second waits for the first's row and then finds it taken.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        job = session.scalars(
            update(Job)
            .where(
                Job.id == job_id,
                Job.kind.in_(works()),
                or_(Job.state == "queued", overdue()),
                Job.wanted_end.is_(False),
                Job.attempts < settings.job_attempts,
            )
            .values(
                state="running",
                fence=Job.fence + 1,
                attempts=Job.attempts + 1,
                lease_until=_lease(settings),
                started_at=func.coalesce(Job.started_at, NOW),
                step_started_at=NOW,
                error="",
            )
            .returning(Job)
        ).one_or_none()
        if job is None:
            return None
        session.execute(delete(Outbox).where(Outbox.job_id == job_id))
        return facts_of(job)


def overdue() -> ColumnElement[bool]:
    """The condition of a job whose worker has given no sign of life for too long."""
    return and_(Job.state == "running", Job.lease_until < NOW)


def held(facts: JobFacts) -> ColumnElement[bool]:
    """The condition of a job that is still held under this number."""
    return and_(Job.id == facts.id, Job.fence == facts.fence, Job.state == "running")


def assert_held(session: Session, facts: JobFacts) -> None:
    """Keep the job from being claimed until the session's transaction ends.

    Raises:
        LostError: it is not held any more.
    """
    if session.execute(select(Job.id).where(held(facts)).with_for_update(read=True)).scalar() is None:
        raise LostError(f"job {facts.id}, fence {facts.fence}")


def note(settings: Settings, facts: JobFacts, **values: object) -> bool:
    """Write progress and extend the lease; say whether an end is wanted.

    Raises:
        LostError: the job is not held any more.
        WithdrawnError: whoever asked for it may not have it done any more.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        wanted_end = session.execute(
            update(Job)
            .where(held(facts))
            .values(lease_until=_lease(settings), **values)
            .returning(Job.wanted_end)
        ).scalar()
        if wanted_end is not None and withdrawn(session, facts):
            raise WithdrawnError
    if wanted_end is None:
        raise LostError(f"job {facts.id}, fence {facts.fence}")
    return wanted_end


def _lease(settings: Settings) -> ColumnElement[datetime]:
    return NOW + timedelta(seconds=settings.lease_seconds)


class Lease:
    """Extends the lease from a thread of its own while work goes on.

    Attributes:
        lost: the job may be another's by now. wanted_end: somebody asked to cancel it.
        withdrawn: whoever asked for it may not have it done any more.
    """

    def __init__(self, settings: Settings, facts: JobFacts) -> None:
        self.settings, self.facts = settings, facts
        self.lost = self.wanted_end = self.withdrawn = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{facts.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _keep(self) -> None:
        sure_until = time.monotonic() + self.settings.lease_seconds
        while not (self.lost or self.withdrawn) and not self._ended.wait(self.settings.lease_seconds / 4):
            now = time.monotonic()
            try:
                self.wanted_end = note(self.settings, self.facts)
                sure_until = now + self.settings.lease_seconds
            except LostError:
                self.lost = True
            except WithdrawnError:
                self.withdrawn = True
            except UNANSWERED as error:
                # The database is away: the lease holds for a while, and it answers again or not.
                log.warning("job %d: no sign of life given (%s)", self.facts.id, type(error).__name__)
                self.lost = now > sure_until
