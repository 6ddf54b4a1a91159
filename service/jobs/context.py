"""What a work function works with: its job, its transactions, its steps and its sign of progress.

A work function may be killed anywhere and called again by another worker, so it is written like this::

    def run(context):
        if "read" not in context.done_steps:
            with context.step("read"), context.transaction() as session:
                ...  # effects; replace what an earlier attempt left
                context.step_done(session)  # committed together with them
        with context.step("write"):
            for chunk in ...:
                context.progress(done, total, "行")  # raises where it shall stop
            with context.transaction() as session:
                ...
                context.final(session)  # the job's end is committed together with the effects

Every transaction commits only while the job is still held, so a worker that was taken for dead leaves
nothing. Without ``final`` the job ends when the function returns.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.config import Settings
from service.db import SYSTEM, Base, Scope, transaction
from service.errors import NotFoundError
from service.jobs.claim import (
    NOW,
    CancelledError,
    HandedBackError,
    Lease,
    LostError,
    WithdrawnError,
    assert_held,
    held,
    note,
)
from service.jobs.ends import end, scope_of
from service.jobs.models import Job
from service.jobs.rights import withdrawn
from service.jobs.stopping import stopping
from service.jobs.work import JobFacts, Work

PROGRESS_SECONDS = 0.5
"""Progress is written no more often."""

Row = TypeVar("Row", bound=Base)


def temporary(settings: Settings) -> Path:
    """The folder of the jobs' temporary folders."""
    return Path(settings.state) / "tmp"


class Context:
    """Given to a work function.

    Attributes:
        job: its facts. settings: of the service. scope: of its transactions.
        ended: the job's end is committed; nothing more is written.
    """

    def __init__(self, settings: Settings, facts: JobFacts, work: Work, lease: Lease) -> None:
        self.settings, self.job, self.work = settings, facts, work
        self.scope: Scope = scope_of(facts)
        self.done_steps = set(facts.done_steps)
        self.ended = False
        self._lease = lease
        self._step = ""
        self._step_began = self._written = 0.0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction in the job's scope, committed only if the job is still held.

        Raises:
            LostError: it is not; the effects are undone.
        """
        with transaction(self.settings.database_url, self.scope) as session:
            yield session
            session.flush()
            final, closed = session.info.get("job_final"), session.info.get("job_step")
            taken: dict[str, Any] = {}
            if closed:
                taken["seconds"] = Job.seconds.concat({self._step: self._took()})
            if final:
                end(session, self.settings, self.job, "done", **taken)
            elif taken:
                self._keep(session, taken)
            else:
                assert_held(session, self.job)
        self.ended |= bool(final)
        if closed:
            self.done_steps.add(self._step)

    def final(self, session: Session) -> None:
        """Commit the job's end, its audit entry and this transaction together.

        Raises:
            LostError: the job is another worker's by now.
        """
        if self._lease.lost:
            raise LostError(f"job {self.job.id}")
        session.info["job_final"] = True
        session.info["job_step"] = bool(self._step)

    def step_done(self, session: Session) -> None:
        """Commit that the step that we are in is done, together with this transaction."""
        session.info["job_step"] = bool(self._step)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step of ``Work.steps``; left without an error it is done, and an attempt after this one is told.

        Raises:
            KeyError: the work has no such step.
        """
        if name not in self.work.steps:
            raise KeyError(f"work {self.work.kind} has no step {name}")
        self._step, self._step_began, self._written = name, time.monotonic(), 0.0
        self.done_steps.discard(name)
        self._note(step=name, done=0, total=0, unit="", step_started_at=NOW)
        yield
        if not self.ended and name not in self.done_steps:
            self._note(seconds=Job.seconds.concat({name: self._took()}))
            self.done_steps.add(name)
        self._step = ""

    def progress(self, done: int, total: int = 0, unit: str = "") -> None:
        """Say how far the step is; call it as often as you like, but not inside a long native call.

        Raises:
            CancelledError: somebody asked that the job ends.
            WithdrawnError: whoever asked for it has lost the right to it.
            HandedBackError: the worker is being stopped.
            LostError: the job is another worker's by now.
        """
        self._heed()
        now = time.monotonic()
        if now - self._written >= PROGRESS_SECONDS or (total and done >= total):
            self._written = now
            self._note(done=done, total=total, unit=unit)

    def subject(self, session: Session, model: type[Row]) -> Row:
        """The row that the job is about, as far as its scope sees it.

        Raises:
            NotFoundError: there is none, or it is another agency's.
        """
        row = session.get(model, self.job.subject_id)
        if row is None:
            raise NotFoundError("任务所指的内容不存在，或不属于本单位。")
        return row

    def folder(self) -> Path:
        """A private folder of this attempt, removed with it; of a killed one the sweep removes it."""
        path = temporary(self.settings) / f"job-{self.job.id}-{self.job.fence}"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def clear(self) -> None:
        """Remove the folder, if one was made."""
        shutil.rmtree(temporary(self.settings) / f"job-{self.job.id}-{self.job.fence}", ignore_errors=True)

    def check_right(self) -> None:
        """Before anything is done.

        Raises:
            WithdrawnError: whoever asked for the job has lost the right to it since.
        """
        if self.work.action:
            with transaction(self.settings.database_url, SYSTEM) as session:
                if withdrawn(session, self.job):
                    raise WithdrawnError

    def _heed(self) -> None:
        if self.ended:
            return
        if self._lease.lost:
            raise LostError(f"job {self.job.id}")
        if self._lease.wanted_end:
            raise CancelledError
        if self._lease.withdrawn:
            raise WithdrawnError
        if stopping():
            raise HandedBackError

    def _note(self, **values: object) -> None:
        if self.ended:
            return
        self._lease.wanted_end |= note(self.settings, self.job, **values)
        self._heed()

    def _keep(self, session: Session, values: dict[str, Any]) -> None:
        if (
            session.execute(update(Job).where(held(self.job)).values(values).returning(Job.id)).scalar()
            is None
        ):
            raise LostError(f"job {self.job.id}")

    def _took(self) -> float:
        return round(time.monotonic() - self._step_began, 3)
