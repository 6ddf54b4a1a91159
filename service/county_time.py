"""The county's clock: which day it is there. Moments are stored with their zone, days are the county's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day on the county's clock."""
    return datetime.now(COUNTY_TIME).date()


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)
