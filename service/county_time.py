"""The county's clock: which day it is there. Moments are stored with their zone, days are the county's.

What is done about children is dated by this clock and no other, so that a played quarter stands in its days
(``standing_at``). Sessions, locks, jobs and the audit go by the clocks of the machine and of the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")

_ahead: ContextVar[timedelta] = ContextVar("county_clock_ahead", default=timedelta())


def today() -> date:
    """The day on the county's clock."""
    return now().astimezone(COUNTY_TIME).date()


def minute(moment: datetime) -> str:
    """A moment (aware) as ``2026-09-01 08:30`` on the county's clock, however the machine's is set."""
    return f"{moment.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M}"


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC) + _ahead.get()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock stand at a moment and go on from there: for the play of a made-up county alone.

    It holds for the caller's thread and no request of anybody else's; nothing of the service calls it.
    """
    before = _ahead.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _ahead.reset(before)
