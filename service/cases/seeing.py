"""One case with everything about it, read for one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.case import FROM_CONTACTS, Outcome
from service.accounts.identity import Identity
from service.accounts.models import Account
from service.agencies.models import Agency
from service.cases.children import Person, Vault
from service.cases.models import Case, CaseEvent, CaseRequest, Child, Contact, Evidence
from service.cases.rules import FROZEN, case_of
from service.errors import ForbiddenError
from service.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Known:
    """A case and what lies in it; encrypted texts are opened by ``text``.

    Attributes:
        people: account -> (name, agency). agencies: id -> name, of those that are named in it.
    """

    case: Case
    round: Round
    child: Person
    events: Sequence[CaseEvent]
    contacts: Sequence[Contact]
    evidence: Sequence[Evidence]
    requests: Sequence[CaseRequest]
    people: dict[int, tuple[str, str]]
    agencies: dict[int, str]
    vault: Vault

    def text(self, row: CaseEvent | Contact | Evidence | CaseRequest, column: str) -> str:
        """An encrypted column in clear; "" where there is none."""
        sealed = getattr(row, column)
        return self.vault.cipher.decrypt(sealed, row.__tablename__, column, row.id, "") if sealed else ""

    @property
    def frozen(self) -> bool:
        """Whether the round is signed, so that nothing changes any more."""
        return self.round.state in FROZEN

    def papers(self) -> set[str]:
        """The kinds of evidence that lie in it, those that contacts give included."""
        there = {each.kind for each in self.evidence if each.withdrawn_at is None}
        for paper, (method, least) in FROM_CONTACTS.items():
            if sum(method in ("", each.method) for each in self.contacts) >= least:
                there.add(paper)
        return there

    def lacking(self, outcome: Outcome) -> list[list[str]]:
        """What each set of papers of an outcome lacks; [] where one is whole."""
        there = self.papers()
        found = [[each for each in papers if each not in there] for papers in outcome.papers]
        return [] if [] in found else found


Row = TypeVar("Row", CaseEvent, Contact, Evidence, CaseRequest)


def _rows(session: Session, table: type[Row], case: Case) -> Sequence[Row]:
    """The rows of one table that lie in the case, the oldest first."""
    return session.scalars(select(table).where(table.case_id == case.id).order_by(table.id)).all()


def known_of(session: Session, case_id: int, vault: Vault, apart: Session) -> Known:
    """Read a case with all that lies in it, in a fixed number of statements.

    Args:
        apart: a session of the service itself, which sees the names of every agency's people.

    Raises:
        NotFoundError: there is none, or it is not for the person who asks.
    """
    case = case_of(session, case_id)
    child = session.get_one(Child, case.child_id)
    of = session.get_one(Round, case.round_id)
    events, contacts = _rows(session, CaseEvent, case), _rows(session, Contact, case)
    evidence, requests = _rows(session, Evidence, case), _rows(session, CaseRequest, case)
    told: list[CaseEvent | Contact | Evidence] = [*events, *contacts, *evidence]
    persons = {
        case.person_id, case.tier_by, case.submitted_by, case.approved_by,
        *(each.account_id for each in told),
        *(number for each in requests for number in (each.asked_by, each.answered_by)),
    } - {None}  # fmt: skip
    people = apart.execute(
        select(Account.id, Account.name, Agency.name)
        .join(Agency, Agency.id == Account.agency_id)
        .where(Account.id.in_(persons))
    )
    named = {case.assignee_id, *(each.agency_id for each in requests)}
    named |= {each.detail.get("agency") for each in events}
    agencies = session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(named - {None})))
    return Known(
        case,
        of,
        vault.person(child),
        events,
        contacts,
        evidence,
        requests,
        {row[0]: (row[1], row[2]) for row in people},
        dict(agencies.all()),
        vault,
    )


def holds(case: Case, who: Identity, action: str) -> bool:
    """Whether a person's reach in an action covers the case: being asked about it gives sight, no more."""
    reach = who.reach(action)
    if reach == "region":
        return case.region_code.startswith(who.region_code) or case.assignee_id == who.agency_id
    return reach == "all" or (reach == "own" and case.assignee_id == who.agency_id)


def assert_holds(case: Case, who: Identity, action: str) -> None:
    """Refuse what the person may only look at.

    Raises:
        ForbiddenError: the case is held by somebody else.
    """
    if not holds(case, who, action):
        raise ForbiddenError("您的单位只是被请求协助，不能办理这个个案。请在“协查与校核”中答复。")


def asked(session: Session, case: Case, agency_id: int) -> bool:
    """Whether an agency has been asked about the case."""
    query = select(func.count()).where(CaseRequest.case_id == case.id, CaseRequest.agency_id == agency_id)
    return bool(session.scalar(query))


def draft(known: Known) -> dict[str, Any]:
    """What the form for the result is filled with: what was put aside last, else what was reported last."""
    case = known.case
    last = next((each for each in reversed(known.events) if each.kind in ("draft", "submit")), None)
    if last is not None and last.kind == "draft":
        return dict(last.detail)
    return {
        "outcome": case.outcome or "",
        "reasons": list(case.reasons),
        "method": case.method,
        "school_now": case.school_now,
        "out_since": case.out_since or "",
        "expires": case.expires or "",
    }
