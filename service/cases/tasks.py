"""What happens to cases by the clock: an explanation whose last day is past brings the case back."""

from __future__ import annotations

from service.audit.chain import Act, Actor, record
from service.cases.rules import expire_due
from service.config import Settings
from service.county_time import today
from service.db import SYSTEM, transaction
from service.jobs.work import Work
from service.privacy.custody import cipher_of

WORK: list[Work] = []


def every_minute(settings: Settings) -> int:
    """Take up again what was explained until yesterday or before; gives how many cases."""
    with transaction(settings.database_url, SYSTEM) as session:
        count = expire_due(session, today(), cipher_of(settings))
        if count:
            act = Act("case.expire", "case", detail={"count": count})
            record(session, settings.key("audit_key"), Actor(), act)
    return count
