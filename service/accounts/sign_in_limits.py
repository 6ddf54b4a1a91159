"""How often signing in may fail: counted before a password is looked at, so that many at once gain nothing.

A login is locked for the place that failed (an address, or a device that signed in before and shows its
cookie), not for the person: whoever guesses from elsewhere cannot lock the only administrator out. Everywhere
else together it is locked after ``EVERYWHERE`` times as many failures; known devices stay open. What does not
exist is counted like what does.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.accounts.models import SignInCount
from service.config import Settings

EVERYWHERE = 10
_KEPT = timedelta(days=1)
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody signs in: ``address``, and ``device`` where a known one showed its cookie."""

    address: str
    device: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The counts that a failure here adds to."""
        return (f"device:{self.device}",) if self.device else (f"address:{self.address}", _ALL)


def digest_of(settings: Settings, login: str) -> bytes:
    """A login as it is counted: people type passwords where logins belong, so none is kept as it came."""
    return hmac.digest(settings.key("master_key"), b"sign-in " + login.strip().lower().encode(), "sha256")


def reserve(session: Session, settings: Settings, who: bytes, place: Place) -> datetime | None:
    """Count a try before it is made; the moment until which it is refused, or None.

    The transaction should end before the password is compared, since it holds the counts.
    """
    now = datetime.now(UTC)
    session.execute(delete(SignInCount).where(SignInCount.seen_at < now - _KEPT))
    rows = [_row(session, who, name) for name in place.names]
    for row in rows:
        if row.locked_until is not None and row.locked_until <= now:
            row.locked_until, row.failures = None, 0
    until = max((row.locked_until for row in rows if row.locked_until), default=None)
    if until is None:
        for row in rows:
            row.seen_at, row.failures = now, row.failures + 1
            if row.failures > _limit(settings, row.place):
                until = row.locked_until = now + timedelta(minutes=settings.lock_minutes)
    return until


def failed(session: Session, settings: Settings, who: bytes, place: Place) -> datetime | None:
    """The reserved try failed: lock where it was the last one; the moment until which, or None."""
    until = None
    for name in place.names:
        row = _row(session, who, name)
        if row.failures >= _limit(settings, name) and row.locked_until is None:
            row.locked_until = datetime.now(UTC) + timedelta(minutes=settings.lock_minutes)
        until = row.locked_until or until
    return until


def passed(session: Session, who: bytes, place: Place) -> None:
    """The reserved try was good, but more is asked for: it does not count, earlier failures still do."""
    for name in place.names:
        row = _row(session, who, name)
        row.failures = max(0, row.failures - 1)


def clear(session: Session, who: bytes, place: Place | None = None) -> None:
    """Forget the failures of a login: from one place, or from all (an administrator unlocks)."""
    statement = delete(SignInCount).where(SignInCount.who == who)
    session.execute(statement.where(SignInCount.place.in_(place.names)) if place else statement)


def locked(session: Session, who: bytes) -> datetime | None:
    """Until when some place is locked for a login, for the administrator's page."""
    now = datetime.now(UTC)
    statement = select(SignInCount.locked_until).where(SignInCount.who == who, SignInCount.locked_until > now)
    return max((each for each in session.execute(statement).scalars() if each), default=None)


def _limit(settings: Settings, name: str) -> int:
    return settings.login_failures * (EVERYWHERE if name == _ALL else 1)


def _row(session: Session, who: bytes, place: str) -> SignInCount:
    session.execute(insert(SignInCount).values(who=who, place=place, failures=0).on_conflict_do_nothing())
    statement = select(SignInCount).where(SignInCount.who == who, SignInCount.place == place)
    return session.execute(statement.with_for_update()).scalar_one()
