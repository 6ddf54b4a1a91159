"""How many children a person may open in a day: nobody copies a county page by page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.audit.models import AuditEntry
from service.county_time import COUNTY_TIME
from service.errors import TooManyError

VIEW = "child.view"


def check_quota(session: Session, who: Identity, subject_id: str, most: int) -> None:
    """Let a person open one more child today; one that was opened today already counts no further.

    Raises:
        TooManyError: as many as a person may have been opened.
    """
    today = datetime.now(COUNTY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    count, again = session.execute(
        select(
            func.count(func.distinct(AuditEntry.subject_id)),
            func.coalesce(func.bool_or(AuditEntry.subject_id == subject_id), False),
        ).where(
            AuditEntry.at >= today,
            AuditEntry.actor_id == who.account_id,
            AuditEntry.action == VIEW,
            AuditEntry.subject == "child",
        )
    ).one()
    if count >= most and not again:
        raise TooManyError(f"今天已查看 {most} 名儿童，达到上限。确因工作需要，请联系安全管理员。")
