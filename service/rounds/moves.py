"""A round moves on, with what follows from it: cases are opened, figures are signed, what is open goes on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.cases.opening import Opened, open_cases
from service.cases.rules import carry_over
from service.config import Settings
from service.errors import ConflictError
from service.meetings.signing import missing_signatures
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.rules import move


def advance(session: Session, of: Round, to: str, settings: Settings, account_id: int) -> Opened | None:
    """Move a round on; what opening its cases did where it comes to be verified.

    Raises:
        InvalidError, ConflictError: as ``service.rounds.rules.move``; a signature lacks.
    """
    if to == "signed":
        lacking = missing_signatures(session, of)
        if lacking:
            raise ConflictError(lacking[0], lacking=lacking)
    move(session, of, to)
    if to == "verifying":
        return open_cases(session, of, settings, account_id)
    if to == "closed":
        carry_over(session, of, cipher_of(settings))
    return None
