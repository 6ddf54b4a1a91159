"""Whether a job may go on: whoever asked for it may have lost the right since."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts.models import Account
from service.accounts.sessions import identity_of
from service.jobs.work import JobFacts, works


def withdrawn(session: Session, facts: JobFacts) -> bool:
    """Whether whoever asked may not have this done any more; never so where nobody asked, or none is needed.

    The session must see accounts (``SYSTEM``).
    """
    action = works()[facts.kind].action
    if not action or facts.created_by is None:
        return False
    account = session.get(Account, facts.created_by)
    who = identity_of(account) if account else None
    reach = who.reach(action) if who else None
    if who is None or reach is None:
        return True
    return reach != "all" and who.agency_id != facts.agency_id
