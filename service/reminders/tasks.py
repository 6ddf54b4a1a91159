"""What is due is looked through by the clock: once a day everything, in between what is new."""

from __future__ import annotations

from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.county_time import now
from service.db import SYSTEM, transaction
from service.jobs.work import Work
from service.reminders.rules import renew

WORK: list[Work] = []


def every_minute(settings: Settings) -> int:
    """Renew the reminders where it is time to; gives how many agencies are told of now."""
    with transaction(settings.database_url, SYSTEM) as session:
        count = renew(session, now()) or 0
        if count:
            record(session, settings.key("audit_key"), Actor(), Act("reminder.make", detail={"count": count}))
    return count
