"""That a stored value is not what was stored there leaves an entry, by whatever it was found."""

from __future__ import annotations

import logging

from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, transaction
from service.errors import said
from service.privacy.ciphers import TamperedError

log = logging.getLogger(__name__)


def act_of(error: TamperedError) -> Act:
    """The entry of it: where the value lies, never the value."""
    return Act("data.tampered", error.subject[:30], error.subject_id[:60], result="failed")


def note(settings: Settings, actor: Actor, error: TamperedError) -> None:
    """Write the entry in a transaction of its own; where that fails the log has to do.

    Whoever calls this holds no other transaction that wrote an entry: it would wait for itself.
    """
    try:
        with transaction(settings.database_url, SYSTEM) as session:
            record(session, settings.key("audit_key"), actor, act_of(error))
    except Exception as failed:
        log.error("no entry about %s %s\n%s", error.subject, error.subject_id, said(failed))
