"""Giving cases to those who verify them, singly and many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.case import STATES
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.models import Case
from service.cases.rules import FROZEN, event
from service.county_time import now
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round

LOCAL = ("township", "village", "school")
"""Kinds of agency that verify within their region alone."""


@dataclass(slots=True)
class Assigned:
    """What a bulk assignment did: cases that went, and (case, why) of those that did not."""

    done: list[Case] = field(default_factory=list)
    left: list[tuple[Case, str]] = field(default_factory=list)


def assign(
    session: Session,
    cases: Sequence[Case],
    agency: Agency,
    due: date,
    who: Identity,
    cipher: FieldCipher,
    *,
    apply: bool = True,
) -> Assigned:
    """Give cases to an agency; only those that nobody holds, so that nobody's work is overwritten.

    Args:
        apply: False to see what would happen.
    """
    result = Assigned()
    states = dict(
        session.execute(select(Round.id, Round.state).where(Round.id.in_({c.round_id for c in cases}))).all()
    )
    for case in cases:
        why = _unassignable(case, agency, states[case.round_id])
        if not why and apply and not _taken(session, case, agency, due):
            why = "刚刚被别人分派"
        if why:
            result.left.append((case, why))
            continue
        result.done.append(case)
        if apply:
            event(session, cipher, case, "assign", who.account_id, before="open", agency=agency.id)
    return result


def _unassignable(case: Case, agency: Agency, round_state: str) -> str:
    """Why a case cannot go to an agency; "" where it can."""
    if round_state in FROZEN:
        return "批次已签字"
    if case.state != "open":
        return f"已由他人办理({STATES[case.state]})"
    if not agency.active:
        return "该单位已停用"
    inside = case.region_code.startswith(agency.region_code) or agency.region_code.startswith(
        case.region_code
    )
    if agency.kind in LOCAL and not inside:
        return "不在该单位辖区"
    return ""


def _taken(session: Session, case: Case, agency: Agency, due: date) -> bool:
    """Take an open case by one conditional statement: of two at once one succeeds."""
    moved = session.execute(
        update(Case)
        .where(Case.id == case.id, Case.state == "open")
        .values(
            state="assigned",
            assignee_id=agency.id,
            assigned_at=now(),
            due=due,
            version=Case.version + 1,
        )
        .returning(Case.id)
    ).one_or_none()
    session.refresh(case)
    return moved is not None
