"""What a meeting may do: begin, sit, take down who is there, decide, and end.

All of it in a round that is at its meeting, nothing after the leader has closed it. Whoever calls records the
audit entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from schemas.meeting import DECISIONS
from schemas.permission import ACTIONS
from schemas.rounds import STATES
from service.accounts.identity import Identity
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.cases.models import Case, CaseRequest
from service.cases.rules import event, stale
from service.errors import ConflictError, InvalidError, NotFoundError
from service.meetings.models import Attendance, Meeting, MeetingAgency, MeetingDecision, Sitting
from service.meetings.signing import missing_signatures
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round

__all__ = ["missing_signatures"]

OPEN = ("verifying", "meeting")
"""States of a round in which its meeting may be prepared."""

LONGEST = 500
"""Characters of a decision."""


def meeting_of(session: Session, meeting_id: int) -> Meeting:
    """A meeting by its id.

    Raises:
        NotFoundError: there is none.
    """
    found = session.get(Meeting, meeting_id)
    if found is None:
        raise NotFoundError("没有这次联席会议。")
    return found


def prepare(session: Session, of: Round, account_id: int) -> Meeting:
    """Begin to prepare the meeting of a round; the agencies of its area that can sign take part at first.

    Raises:
        ConflictError: the round is not that far, or has its meeting already.
    """
    if of.state not in OPEN:
        raise ConflictError(f"批次现在是“{STATES[of.state]}”，进入核查以后才能筹备联席会议。")
    if session.scalar(select(Meeting.id).where(Meeting.round_id == of.id)):
        raise ConflictError("这个批次已有联席会议，请打开它。")
    made = Meeting(round_id=of.id, created_by=account_id)
    session.add(made)
    session.flush()
    set_agencies(session, made, [each.id for each in able(session, of)])
    return made


def able(session: Session, of: Round) -> Sequence[Agency]:
    """The agencies of the round's own area in which somebody may sign, in the order of their names."""
    signers = (
        select(Account.agency_id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role.in_(ACTIONS["meeting.sign"].grants), Account.disabled_at.is_(None))
    )
    query = select(Agency).where(Agency.active, Agency.region_code == of.region_code, Agency.id.in_(signers))
    return session.scalars(query.order_by(Agency.id)).all()


def set_agencies(session: Session, meeting: Meeting, wanted: Sequence[int]) -> None:
    """Say which agencies take part, and so must sign.

    Raises:
        ConflictError: signing has begun. InvalidError: none, or one that could not sign.
    """
    assert_sitting(session, meeting)
    of = session.get_one(Round, meeting.round_id)
    unable = set(wanted) - {each.id for each in able(session, of)}
    if unable or not wanted:
        raise InvalidError("请至少选择一个单位；所选单位须有可以签署的人员。", field="agencies")
    session.execute(delete(MeetingAgency).where(MeetingAgency.meeting_id == meeting.id))
    rows = [{"meeting_id": meeting.id, "agency_id": each} for each in sorted(set(wanted))]
    session.execute(insert(MeetingAgency), rows)


def assert_sitting(session: Session, meeting: Meeting, *, held: bool = False) -> Round:
    """The meeting's round, where the meeting may still be changed. ``held``: the round must have come to it.

    Raises:
        ConflictError: it is closed, its figures are being signed, or the round is not there.
    """
    of = session.scalars(select(Round).where(Round.id == meeting.round_id).with_for_update(read=True)).one()
    if meeting.closed_at is not None or of.state not in OPEN:
        raise ConflictError("联席会议已结束，内容不能再改动。")
    if meeting.signing_at is not None:
        raise ConflictError("已开始签署，内容不能再改动。确需改动，请先撤回签署。")
    if held and of.state != "meeting":
        raise ConflictError("批次还没有进入“联席会议”，请先在批次页面推进。")
    return of


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits for an agency."""

    agency_id: int
    person: str = ""
    duty: str = ""
    present: bool = False


def open_sitting(session: Session, meeting: Meeting, day: date, place: str, chair: str) -> Sitting:
    """Open the next sitting; who was there at the last is taken over, absent until somebody says present.

    Raises:
        ConflictError: the round is not at its meeting, or it is over.
    """
    assert_sitting(session, meeting, held=True)
    last = newest_sitting(session, meeting)
    made = Sitting(
        meeting_id=meeting.id,
        no=last.no + 1 if last else 1,
        day=day,
        place=place.strip()[:60],
        chair=chair.strip()[:60],
    )
    session.add(made)
    session.flush()
    before = {each.agency_id: each for each in seats(session, last.id)} if last else {}
    session.add_all(
        Attendance(
            sitting_id=made.id,
            agency_id=number,
            person=before[number].person if number in before else "",
            duty=before[number].duty if number in before else "",
            present=False,
        )
        for number in taking_part(session, meeting.id)
    )
    session.flush()
    return made


def attend(session: Session, meeting: Meeting, sitting: Sitting, given: Mapping[int, Seat]) -> None:
    """Take down who is there, of the agencies that take part."""
    assert_sitting(session, meeting, held=True)
    there = {each.agency_id: each for each in seats(session, sitting.id)}
    for number in taking_part(session, meeting.id):
        seat = given.get(number, Seat(number))
        row = there.get(number)
        if row is None:
            row = Attendance(sitting_id=sitting.id, agency_id=number)
            session.add(row)
        row.person, row.duty, row.present = seat.person.strip()[:60], seat.duty.strip()[:60], seat.present
    session.flush()


def taking_part(session: Session, meeting_id: int) -> list[int]:
    """Ids of the agencies that take part."""
    query = select(MeetingAgency.agency_id).where(MeetingAgency.meeting_id == meeting_id)
    return list(session.scalars(query.order_by(MeetingAgency.agency_id)))


def newest_sitting(session: Session, meeting: Meeting) -> Sitting | None:
    """The sitting that goes on, or was the last."""
    query = select(Sitting).where(Sitting.meeting_id == meeting.id).order_by(Sitting.no.desc()).limit(1)
    return session.scalars(query).one_or_none()


def seats(session: Session, sitting_id: int) -> Sequence[Attendance]:
    """Who came to a sitting, by agency."""
    query = select(Attendance).where(Attendance.sitting_id == sitting_id)
    return session.scalars(query.order_by(Attendance.agency_id)).all()


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
    detail = {"decision": made.id, "what": kind.name, "agency": made.lead_id}
    event(session, cipher, case, "meeting", who.account_id, text, **detail)
    return made


def _checked(session: Session, case: Case, draft: Draft) -> tuple[object, str]:
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
    made.withdrawn_at, made.withdrawn_by = func.now(), who.account_id
    case = session.get_one(Case, made.case_id)
    detail = {"decision": made.id, "what": "withdrawn"}
    event(session, cipher, case, "meeting", who.account_id, reason.strip()[:LONGEST], **detail)
