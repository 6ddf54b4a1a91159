"""What a meeting may do before it signs: be prepared, sit, take down who is there.

All of it in a round that is at its meeting, nothing after the leader has closed it. Whoever calls records the
audit entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from schemas.permission import ACTIONS
from schemas.rounds import STATES
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.errors import ConflictError, InvalidError, NotFoundError
from service.meetings.models import Attendance, Meeting, MeetingAgency, Sitting
from service.meetings.signing import locked, missing_signatures
from service.rounds.models import Round

__all__ = ["missing_signatures"]

OPEN = ("verifying", "meeting")
"""States of a round in which its meeting may be prepared."""


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

    The meeting's row is locked: of two who change it at once the second waits, and sees what the first did.

    Raises:
        ConflictError: it is closed, its figures are being signed, or the round is not there.
    """
    of = locked(session, meeting)
    if of.state not in OPEN:
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


def sittings(session: Session, meeting_id: int) -> Sequence[Sitting]:
    """The sittings of a meeting, in order."""
    return session.scalars(select(Sitting).where(Sitting.meeting_id == meeting_id).order_by(Sitting.no)).all()


def newest_sitting(session: Session, meeting: Meeting) -> Sitting | None:
    """The sitting that goes on, or was the last."""
    query = select(Sitting).where(Sitting.meeting_id == meeting.id).order_by(Sitting.no.desc()).limit(1)
    return session.scalars(query).one_or_none()


def seats(session: Session, sitting_id: int) -> Sequence[Attendance]:
    """Who came to a sitting, by agency."""
    query = select(Attendance).where(Attendance.sitting_id == sitting_id)
    return session.scalars(query.order_by(Attendance.agency_id)).all()


def seats_of(session: Session, sittings: Sequence[int]) -> dict[int, list[Attendance]]:
    """Sitting -> who came, by agency."""
    query = select(Attendance).where(Attendance.sitting_id.in_(sittings)).order_by(Attendance.agency_id)
    found: dict[int, list[Attendance]] = {each: [] for each in sittings}
    for row in session.scalars(query):
        found[row.sitting_id].append(row)
    return found
