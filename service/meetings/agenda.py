"""The agenda of a meeting: made from a round's open cases, by heading and difficulty, then put in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, any_, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from schemas.case import ENDED, TIERS
from schemas.meeting import TOPICS, place_of, topic_of
from service.cases.models import Case, CaseRequest
from service.errors import ConflictError, InvalidError, NotFoundError
from service.meetings.models import AgendaItem, Meeting, MeetingDecision
from service.meetings.rules import assert_sitting

PAGE = 50
MOST = 2_000
"""Most items of one agenda: nobody sits through more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open cases come on the agenda; empty for any. ``groups``, ``tiers``: of the case."""

    topics: Collection[str] = ()
    group: str = ""
    township: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the list shows it. ``decided``: how many decisions stand."""

    id: int
    position: int
    topic: str
    case: Case
    decided: int


def generate(session: Session, meeting: Meeting, wanted: Wanted, today: date) -> int:
    """Put the open cases that are wanted and not there yet behind the others; returns how many.

    By heading, then tier, then the group that the county reports first, then township and number.

    Raises:
        ConflictError: the meeting is past it, or the agenda would be too long. InvalidError: no such heading.
    """
    of = assert_sitting(session, meeting)
    if set(wanted.topics) - set(TOPICS) or (wanted.tier and wanted.tier not in TIERS):
        raise InvalidError("没有这种议题，请从列表中选择。")
    asked = exists().where(CaseRequest.case_id == Case.id, CaseRequest.state == "asked")
    there = select(AgendaItem.case_id).where(AgendaItem.meeting_id == meeting.id)
    query = select(
        Case.id, Case.no, Case.state, Case.tier, Case.outcome, Case.groups, Case.region_code, Case.due,
        asked.label("asked"),
    ).where(Case.round_id == of.id, Case.state.not_in(ENDED), Case.id.not_in(there))  # fmt: skip
    if wanted.group:
        query = query.where(literal(wanted.group) == any_(Case.groups))
    if wanted.township:
        query = query.where(Case.region_code == wanted.township)
    if wanted.tier:
        query = query.where(Case.tier == wanted.tier)
    found = []
    for row in session.execute(query):
        late = row.due is not None and row.due < today
        topic = topic_of(row.state, row.tier, row.outcome or "", row.asked, late)
        if topic is not None and (not wanted.topics or topic.name in wanted.topics):
            found.append((_order(topic.name, row), row.id, topic.name))
    last = (
        session.scalar(select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id)) or 0
    )
    if last + len(found) > MOST:
        raise ConflictError(f"议题将超过 {MOST:,} 个。请按人群、乡镇或风险等级缩小范围。")
    rows = [
        {"meeting_id": meeting.id, "case_id": number, "topic": topic, "position": last + at}
        for at, (_, number, topic) in enumerate(sorted(found), start=1)
    ]
    if rows:
        session.execute(insert(AgendaItem), rows)
    return len(rows)


def _order(topic: str, row: Any) -> tuple[int, int, int, str, int]:
    tiers = list(TIERS)
    return list(TOPICS).index(topic), tiers.index(row.tier), place_of(row.groups), row.region_code, row.no


def items(
    session: Session, meeting_id: int, *, after: int = 0, before: int | None = None, limit: int = PAGE
) -> list[Item]:
    """Items behind a position, or the last ones before one, in order; at most ``limit``."""
    decided = (
        select(func.count())
        .where(
            MeetingDecision.case_id == Case.id,
            MeetingDecision.meeting_id == meeting_id,
            MeetingDecision.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )
    query = (
        select(AgendaItem, Case, decided)
        .join(Case, Case.id == AgendaItem.case_id)
        .where(AgendaItem.meeting_id == meeting_id)
    )
    if before is not None:
        query = query.where(AgendaItem.position < before).order_by(AgendaItem.position.desc())
    else:
        query = query.where(AgendaItem.position > after).order_by(AgendaItem.position)
    found = [
        Item(each.id, each.position, each.topic, of, count)
        for each, of, count in session.execute(query.limit(limit))
    ]
    return sorted(found, key=lambda each: each.position)


def decided_beside(session: Session, meeting_id: int) -> list[Item]:
    """Cases that were decided and then taken off the agenda, by number; ``position`` 0, ``topic`` ""."""
    there = select(AgendaItem.case_id).where(AgendaItem.meeting_id == meeting_id)
    query = (
        select(Case, func.count())
        .join(MeetingDecision, MeetingDecision.case_id == Case.id)
        .where(
            MeetingDecision.meeting_id == meeting_id,
            MeetingDecision.withdrawn_at.is_(None),
            Case.id.not_in(there),
        )
        .group_by(Case.id)
        .order_by(Case.no)
    )
    return [Item(0, 0, "", of, decided) for of, decided in session.execute(query)]


def count(session: Session, meeting_id: int) -> dict[str, int]:
    """Heading -> how many items, in the order of the headings."""
    query = (
        select(AgendaItem.topic, func.count())
        .where(AgendaItem.meeting_id == meeting_id)
        .group_by(AgendaItem.topic)
    )
    found = dict(session.execute(query).all())
    return {name: found[name] for name in TOPICS if name in found}


def at(session: Session, meeting_id: int, position: int) -> tuple[AgendaItem, int]:
    """The item at a position, and how many there are.

    Raises:
        NotFoundError: there is none.
    """
    total = select(func.count()).where(AgendaItem.meeting_id == meeting_id).scalar_subquery()
    row = session.execute(
        select(AgendaItem, total).where(AgendaItem.meeting_id == meeting_id, AgendaItem.position == position)
    ).one_or_none()
    if row is None:
        raise NotFoundError("议程中没有这一项。")
    return row[0], row[1]


def place_of_case(session: Session, meeting_id: int, case_id: int) -> int | None:
    """Where a case stands on the agenda; None where it does not."""
    query = select(AgendaItem.position)
    return session.scalar(query.where(AgendaItem.meeting_id == meeting_id, AgendaItem.case_id == case_id))


def move(session: Session, meeting: Meeting, item_id: int, to: int) -> None:
    """Move an item to a place; those between move on by one.

    Raises:
        NotFoundError: it is not on this agenda. ConflictError: the meeting is past it.
    """
    assert_sitting(session, meeting)
    item = _item(session, meeting, item_id)
    last = session.scalar(select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id))
    here, to = item.position, max(1, min(to, last or 1))
    if to == here:
        return
    between = AgendaItem.position.between(min(here, to), max(here, to))
    place: ColumnElement[int] = case(
        (AgendaItem.id == item.id, to), else_=AgendaItem.position + (1 if to < here else -1)
    )
    _renumber(session, meeting, between, place)


def position_of(session: Session, meeting: Meeting, item_id: int) -> int:
    """Where an item stands.

    Raises:
        NotFoundError: it is not on this agenda.
    """
    return _item(session, meeting, item_id).position


def remove(session: Session, meeting: Meeting, item_id: int) -> None:
    """Take an item off the agenda; the case stays what it is.

    Raises:
        NotFoundError: it is not on this agenda. ConflictError: the meeting is past it.
    """
    assert_sitting(session, meeting)
    item = _item(session, meeting, item_id)
    here = item.position
    session.delete(item)
    session.flush()
    _renumber(session, meeting, AgendaItem.position > here, AgendaItem.position - 1)


def clear(session: Session, meeting: Meeting) -> None:
    """Take everything off the agenda, to make it anew.

    Raises:
        ConflictError: the meeting is past it.
    """
    assert_sitting(session, meeting)
    session.execute(delete(AgendaItem).where(AgendaItem.meeting_id == meeting.id))


def _item(session: Session, meeting: Meeting, item_id: int) -> AgendaItem:
    item = session.get(AgendaItem, item_id, populate_existing=True)
    if item is None or item.meeting_id != meeting.id:
        raise NotFoundError("议程中没有这一项，可能刚刚被移除。")
    return item


def _renumber(session: Session, meeting: Meeting, which: ColumnElement[bool], place: Any) -> None:
    statement = update(AgendaItem).where(AgendaItem.meeting_id == meeting.id, which).values(position=place)
    session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()


def decisions(session: Session, meeting_id: int, cases: Sequence[int] = ()) -> list[MeetingDecision]:
    """What was decided, by case and time; of these cases alone where some are named."""
    query = select(MeetingDecision).where(MeetingDecision.meeting_id == meeting_id)
    if cases:
        query = query.where(MeetingDecision.case_id.in_(cases))
    return list(session.scalars(query.order_by(MeetingDecision.id)))
