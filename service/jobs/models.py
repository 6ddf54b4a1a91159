"""A job, and the bell that is still to be rung for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from schemas.rounds import JOB_STATES
from service.db import Base

Moment = DateTime(timezone=True)


class Job(Base):
    """Work to be done, and how far it is. Whoever holds ``fence`` may write for it, nobody else.

    Attributes:
        kind: which work (``service.jobs.work``). queue: of Celery. subject_id: what it is about, by kind.
        agency_id: under whose scope it runs; None for the bureau's own.
        key: two jobs with one key are one job. payload: ids and codes, never a personal value.
        step: where it is; done, total: progress of the step in ``unit``. seconds: of each step that
            is done.
        fence: grows with every claim. attempts: claims that were not handed back in order. lease_until: when
            it may be claimed by another.
        wanted_end: somebody asked to cancel it. error: a safe sentence for the person, in Chinese.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(map(repr, JOB_STATES))})", name="state"),
        Index("ix_job_open", "lease_until", postgresql_where=text("state in ('queued', 'running')")),
        Index("ix_job_subject", "kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    queue: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    step: Mapped[str] = mapped_column(String(60), default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    unit: Mapped[str] = mapped_column(String(10), default="")
    step_started_at: Mapped[datetime | None] = mapped_column(Moment)
    seconds: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    wanted_end: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(String(1000), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Outbox(Base):
    """A bell to ring: written with its job, erased by the worker that claims it.

    That the broker took the message (``rung_at``) proves nothing: it may lose it before a worker holds it.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment, server_default=func.now())
    rung_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
