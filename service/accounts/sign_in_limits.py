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

from sqlalchemy import delete, func, select, tuple_
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
    _alone(session, who)
    now = datetime.now(UTC)
    _forget_old(session, now)
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
    _alone(session, who)
    until = None
    for name in place.names:
        row = _row(session, who, name)
        if row.failures >= _limit(settings, name) and row.locked_until is None:
            row.locked_until = datetime.now(UTC) + timedelta(minutes=settings.lock_minutes)
        until = row.locked_until or until
    return until


def passed(session: Session, who: bytes, place: Place) -> None:
    """The reserved try was good, but more is asked for: it does not count, earlier failures still do."""
    _alone(session, who)
    for name in place.names:
        row = _row(session, who, name)
        row.failures = max(0, row.failures - 1)


def clear(session: Session, who: bytes, place: Place | None = None) -> None:
    """Forget the failures of a login: from one place, or from all (an administrator unlocks)."""
    _alone(session, who)
    statement = delete(SignInCount).where(SignInCount.who == who)
    session.execute(statement.where(SignInCount.place.in_(place.names)) if place else statement)


def locked(session: Session, who: bytes) -> datetime | None:
    """Until when some place is locked for a login, for the administrator's page."""
    now = datetime.now(UTC)
    statement = select(SignInCount.locked_until).where(SignInCount.who == who, SignInCount.locked_until > now)
    return max((each for each in session.execute(statement).scalars() if each), default=None)


def _limit(settings: Settings, name: str) -> int:
    return settings.login_failures * (EVERYWHERE if name == _ALL else 1)


def _alone(session: Session, who: bytes) -> None:
    """Let tries of one login wait for each other: locking row by row, they would wait in a circle."""
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(who[:8], signed=True))))


def _row(session: Session, who: bytes, place: str) -> SignInCount:
    row = session.get(SignInCount, (who, place))
    if row is None:
        row = SignInCount(who=who, place=place, failures=0, seen_at=datetime.now(UTC))
        session.add(row)
        session.flush()
    return row


def _forget_old(session: Session, now: datetime) -> None:
    """Delete counts that nobody added to for a day; those that another try holds wait for the next time."""
    old = select(SignInCount.who, SignInCount.place).where(SignInCount.seen_at < now - _KEPT)
    found = session.execute(old.with_for_update(skip_locked=True)).all()
    if found:
        session.execute(delete(SignInCount).where(tuple_(SignInCount.who, SignInCount.place).in_(found)))
