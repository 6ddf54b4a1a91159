"""Addresses for whoever watches the service: it runs; it can work; nothing waits that should not.

They tell numbers and nothing of what they count, so that a watching program needs no sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping

from apiflask import APIFlask
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from schemas.permission import PUBLIC
from service.accounts import guard
from service.accounts.guard import needs
from service.config import Settings
from service.db import SYSTEM, transaction

BELL_SECONDS = 120
"""A bell is rung within seconds; older than this, nobody rings: no beat, no broker."""

AUDIT_HOURS = 48
"""The audit is checked every day (docs/runbook.md)."""

_MEASURES = text("""
select
  (select coalesce(extract(epoch from max(now() - created_at)), 0) from outbox where rung_at is null),
  (select coalesce(extract(epoch from max(now() - lease_until)), 0) from job
     where state = 'running' and lease_until < now()),
  (select count(*) from job where state = 'stuck'),
  (select extract(epoch from now() - max(at)) / 3600 from audit_entry where action = 'audit.verify')
""")


def measures(session: Session) -> dict[str, int | None]:
    """What waits: seconds of the oldest bell and of the lease most overdue, jobs that need a person, and
    hours since the audit was checked (None: never).
    """
    bell, lease, stuck, audit = session.execute(_MEASURES).one()
    hours = None if audit is None else int(audit)
    return {"bell_seconds": int(bell), "lease_seconds": int(lease), "stuck_jobs": stuck, "audit_hours": hours}


def wrong(found: Mapping[str, int | None], settings: Settings) -> list[str]:
    """Which measures call for a person, in their order."""
    limits = {"bell_seconds": BELL_SECONDS, "lease_seconds": settings.lease_seconds, "stuck_jobs": 0}
    late = [name for name, most in limits.items() if (found[name] or 0) > most]
    hours = found["audit_hours"]
    return late + (["audit_hours"] if settings.production and (hours is None or hours > AUDIT_HOURS) else [])


def install(app: APIFlask) -> None:
    """Add the three addresses."""

    @app.get("/health/live")
    @needs(PUBLIC)
    @app.doc(hide=True)
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    @needs(PUBLIC)
    @app.doc(hide=True)
    def ready() -> dict[str, str]:
        guard.db().execute(text("select 1"))
        return {"status": "ok"}

    @app.get("/health/deep")
    @needs(PUBLIC)
    @app.doc(hide=True)
    def deep() -> ResponseReturnValue:
        settings = guard.settings()
        with transaction(settings.database_url, SYSTEM) as session:
            found = measures(session)
        late = wrong(found, settings)
        return {"status": "attention" if late else "ok", "wrong": late, **found}, 503 if late else 200
