"""Kinds of work: each feature's ``tasks.py`` declares ``WORK = [Work(...), ...]`` and is found by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from service.features import features
from service.jobs.models import Job

if TYPE_CHECKING:
    from service.config import Settings
    from service.jobs.context import Context

QUEUES = ("uploads", "runs", "reports", "bells")
"""Of Celery. Lists are read in the first, the matcher runs in the second; the last is for relay and sweep."""

_works: dict[str, Work] = {}


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What does not change about a job while a worker holds it.

    Attributes:
        attempt: the how-manieth time it is tried, from 1. fence: the right to write for it.
        done_steps: steps that an earlier attempt brought to their end.
    """

    id: int
    kind: str
    subject_id: int
    agency_id: int | None
    payload: Mapping[str, object]
    created_by: int | None
    attempt: int
    fence: int
    done_steps: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work and how it is done.

    Attributes:
        kind: its name, at most 30 characters; stands in the database, so it is never renamed.
        queue: of ``QUEUES``. label: Chinese, for pages. steps: name -> Chinese label, in their order.
        run: does it; may be called again after a crash, see ``service.jobs.context.Context``.
        ended: called where a job ends otherwise than ``done``, in the transaction that ends it and in the
            job's scope: ``ended(session, job, state, error)`` with the sentence for the person.
        sweep: removes what is left of ended jobs where ``ended`` could not; called at every sweep.
        seconds: it is stopped after so long (and failed); a minute later its process is killed.
        action: of ``schemas.permission``: whoever asked must have it while the job runs; "" for none.
    """

    kind: str
    queue: str
    run: Callable[[Context], None]
    label: str
    steps: Mapping[str, str] = field(default_factory=dict)
    ended: Callable[[Session, JobFacts, str, str], None] | None = None
    seconds: int = 3600
    sweep: Callable[[Settings], None] | None = None
    action: str = ""


def works() -> Mapping[str, Work]:
    """Kind -> work, of all features.

    Raises:
        ValueError: two works of one kind, or a queue that nobody consumes.
    """
    _discover()
    return _works


@cache
def _discover() -> None:
    for module in features("tasks"):
        register(*getattr(module, "WORK", ()))


def register(*found: Work) -> None:
    """Add kinds of work."""
    for work in found:
        if work.queue not in QUEUES:
            raise ValueError(f"work {work.kind}: no queue {work.queue}")
        if _works.setdefault(work.kind, work) is not work:
            raise ValueError(f"two works are called {work.kind}")


def facts_of(job: Job) -> JobFacts:
    """The facts of a job as it is now."""
    return JobFacts(
        id=job.id,
        kind=job.kind,
        subject_id=job.subject_id,
        agency_id=job.agency_id,
        payload=job.payload,
        created_by=job.created_by,
        attempt=job.attempts,
        fence=job.fence,
        done_steps=frozenset(job.seconds),
    )
