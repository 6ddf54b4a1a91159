"""Decisions of a meeting: taken down live, with who was there, and passed on to whom they name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.meeting import DECISIONS, DecisionKind
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.models import Case, CaseRequest
from service.cases.rules import event, stale
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.meetings.models import Meeting, MeetingDecision
from service.meetings.rules import assert_sitting, meeting_of, newest_sitting, seats
from service.privacy.crypto import FieldCipher

LONGEST = 500
"""Characters of a decision."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision to be taken down. ``kind``: of ``schemas.meeting.DECISIONS``."""

    kind: str
    text: str = ""
    lead_id: int | None = None
    due: date | None = None


def decide(
    session: Session,
    cipher: FieldCipher,
    meeting: Meeting,
    case: Case,
    draft: Draft,
    who: Identity,
    version: int | None = None,
) -> MeetingDecision:
    """Take down what the meeting decides about a case, and ask the named agency for it.

    Args:
        version: of the case as it was shown, so that nothing is decided about what has changed meanwhile.

    Raises:
        InvalidError: the kind of decision needs more. ConflictError: nobody is there, or it is over.
        StaleError: the case is not what was shown.
    """
    assert_sitting(session, meeting, held=True)
    if case.round_id != meeting.round_id:
        raise NotFoundError("这个个案不在本批次中。")
    if version is not None and version != case.version:
        raise stale(case, version)
    kind, text = _checked(session, case, draft)
    sitting = newest_sitting(session, meeting)
    present = [each.agency_id for each in seats(session, sitting.id) if each.present] if sitting else []
    if sitting is None or not present:
        raise ConflictError("还没有登记到会单位。请先开始一场会议并登记到会情况，再记录决定。")
    made = MeetingDecision(
        case_id=case.id,
        meeting_id=meeting.id,
        sitting_id=sitting.id,
        kind=kind.name,
        lead_id=draft.lead_id if kind.lead else None,
        due=draft.due,
        outcome=case.outcome if kind.outcome else None,
        present=present,
        account_id=who.account_id,
    )
    session.add(made)
    session.flush()
    made.text = cipher.encrypt(text, MeetingDecision.__tablename__, "text", made.id, "")
    if kind.request:
        _ask(session, cipher, case, made, text or kind.label, who)
    detail: dict[str, Any] = {"decision": made.id, "what": kind.name, "agency": made.lead_id}
    event(session, cipher, case, "meeting", who.account_id, text, **detail)
    return made


def _checked(session: Session, case: Case, draft: Draft) -> tuple[DecisionKind, str]:
    """The kind of decision and its text, where they are whole."""
    kind = DECISIONS.get(draft.kind)
    text = draft.text.strip()
    if kind is None:
        raise InvalidError("请选择决定的种类。", field="kind")
    if len(text) > LONGEST:
        raise InvalidError(f"决定最多 {LONGEST} 个字。", field="text")
    if kind.name == "other" and not text:
        raise InvalidError("请写明决定的内容。", field="text")
    if kind.lead:
        agency = session.get(Agency, draft.lead_id) if draft.lead_id else None
        if agency is None or not agency.active:
            raise InvalidError("请选择牵头或负责更正的单位。", field="lead")
    if kind.due and draft.due is None:
        raise InvalidError("请填写办结期限。", field="due")
    if kind.outcome and not case.outcome:
        raise InvalidError("这个个案还没有上报核查结果，不能确认类别。", field="kind")
    return kind, text


def _ask(
    session: Session, cipher: FieldCipher, case: Case, made: MeetingDecision, question: str, who: Identity
) -> None:
    """Give the named agency the case to see, a question and a clock; an open question is not asked twice."""
    kind = DECISIONS[made.kind].request
    open_ones = select(func.count()).where(
        CaseRequest.case_id == case.id,
        CaseRequest.agency_id == made.lead_id,
        CaseRequest.kind == kind,
        CaseRequest.state == "asked",
    )
    if session.scalar(open_ones):
        return
    asked = CaseRequest(
        case_id=case.id,
        agency_id=made.lead_id,
        region_code=case.region_code,
        kind=kind,
        question=b"",
        due=made.due,
        asked_by=who.account_id,
    )
    session.add(asked)
    session.flush()
    said = f"联席会议决定：{question}"
    asked.question = cipher.encrypt(said, CaseRequest.__tablename__, "question", asked.id, "")


def withdraw(
    session: Session, cipher: FieldCipher, made: MeetingDecision, reason: str, who: Identity
) -> None:
    """Take back a decision that was taken down wrongly; it stays to be seen, crossed out.

    Raises:
        InvalidError: no reason. ConflictError: it was withdrawn already, or the meeting is over.
    """
    meeting = meeting_of(session, made.meeting_id)
    assert_sitting(session, meeting)
    if not reason.strip():
        raise InvalidError("请写明撤销的理由。", field="reason")
    if made.withdrawn_at is not None:
        raise ConflictError("这项决定已经撤销。")
    made.withdrawn_at, made.withdrawn_by = now(), who.account_id
    case = session.get_one(Case, made.case_id)
    detail: dict[str, Any] = {"decision": made.id, "what": "withdrawn"}
    event(session, cipher, case, "meeting", who.account_id, reason.strip()[:LONGEST], **detail)
