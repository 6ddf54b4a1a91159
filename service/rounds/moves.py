"""A round moves on, with what follows from it: cases are opened, figures are signed, what is open goes on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cases.opening import Opened, open_cases
from service.cases.rules import carry_over
from service.config import Settings
from service.errors import ConflictError
from service.meetings.signing import missing_signatures
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.rules import move

WITH_CASES = ("verifying", "meeting", "signed")
"""States in which the cases of a round are worked on."""


def advance(session: Session, of: Round, to: str, settings: Settings, account_id: int) -> Opened | None:
    """Move a round on; what opening its cases did where it comes to be verified.

    Raises:
        InvalidError, ConflictError: as ``service.rounds.rules.move``; a signature lacks; another round of the
            area is not closed.
    """
    if to == "signed":
        lacking = missing_signatures(session, of)
        if lacking:
            raise ConflictError(lacking[0], lacking=lacking)
    if to == "verifying" and of.state == "reviewing":
        _check_alone(session, of)
    move(session, of, to)
    if to == "verifying":
        return open_cases(session, of, settings, account_id)
    if to == "closed":
        carry_over(session, of, cipher_of(settings))
    return None


def _check_alone(session: Session, of: Round) -> None:
    """One round of an area is verified at a time: in two of them a child would have two cases.

    The later one would know nothing of plan and notices: only a round that is closed hands on its cases.
    """
    query = select(Round.name).where(
        Round.region_code == of.region_code, Round.id != of.id, Round.state.in_(WITH_CASES)
    )
    other = session.scalars(query.order_by(Round.as_of)).first()
    if other is not None:
        raise ConflictError(
            f"批次“{other}”还没有结束，同一名儿童会有两个个案。请先结束它，没有销号的个案会结转到这一批次；"
            f"“{other}”不再需要核查的，把它退回“复核疑似匹配”。"
        )
