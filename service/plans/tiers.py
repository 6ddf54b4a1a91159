"""The risk tier of a case, computed anew when something was done; what a person has set stays."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.case import tier_of
from schemas.codes import code_list
from schemas.notice import LADDER
from service.cases.models import Case, Contact
from service.county_time import today
from service.notices.models import Notice
from service.plans.models import Measure

PERSUASIONS = frozenset(row["code"] for row in code_list("measure") if row["persuades"] == "yes")
MONTH = 30.44
"""Days."""


def retier(session: Session, case: Case) -> str:
    """Compute the tier of a case from what is known by now, unless a person has set it; gives the tier."""
    if case.tier_by is not None:
        return case.tier
    failed = session.scalar(
        select(func.count()).where(
            Measure.child_id == case.child_id, Measure.worked.is_(False), Measure.code.in_(PERSUASIONS)
        )
    )
    steps = session.scalar(
        select(func.count()).where(
            Notice.child_id == case.child_id,
            Notice.withdrawn_at.is_(None),
            Notice.kind.in_(each for each in LADDER if each != "persuade"),
        )
    )
    out = (today() - case.out_since).days / MONTH if case.out_since else 0.0
    tier = tier_of(out, len(case.reasons), _reachable(session, case), failed or 0, steps or 0)
    if tier != case.tier:
        case.tier = tier
        session.flush()
    return tier


def _reachable(session: Session, case: Case) -> str:
    """Whether the guardian is: by the last contact, and those before it; "yes" where nobody tried."""
    query = select(Contact.reached).where(Contact.case_id == case.id).order_by(Contact.day, Contact.id)
    told = session.scalars(query).all()
    if not told or told[-1]:
        return "yes"
    return "partly" if any(told) else "no"
