"""Reminders: kept up to date by the clock, counted and listed for the agency that they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.cases.children import Person, Vault
from service.cases.models import Case
from service.cases.rules import children_of
from service.county_time import COUNTY_TIME
from service.reminders.due import Line, due
from service.reminders.models import Reminder, ReminderPass, ReminderRead
from service.rounds.models import Round

EVERY = timedelta(minutes=5)
"""How often it is looked what is due: a report of the same day cannot wait for tomorrow's reminder."""

PAGE = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder with its case, round and child in clear. ``fresh``: not read by the person yet."""

    reminder: Reminder
    case: Case
    round: Round
    child: Person
    fresh: bool


def renew(session: Session, moment: datetime) -> int | None:
    """Bring every agency's reminders up to date: new ones, those of a new day, none of what is done.

    Returns:
        How many are told now; None where it was done a moment ago, here or by another process.
    """
    turn = insert_or(ReminderPass).values(id=1, at=moment)
    turn = turn.on_conflict_do_update(
        index_elements=["id"], set_={"at": moment}, where=ReminderPass.at <= moment - EVERY
    )
    if session.execute(turn.returning(ReminderPass.id)).one_or_none() is None:
        return None
    wanted = {_key(line): line for line in due(session, moment)}
    there = {_key(row): row for row in session.scalars(select(Reminder))}
    new = [{**asdict(line), "told_at": moment} for key, line in wanted.items() if key not in there]
    if new:
        session.execute(insert(Reminder), new)
    done = [row.id for key, row in there.items() if key not in wanted]
    if done:
        session.execute(delete(Reminder).where(Reminder.id.in_(done)))
    again = [
        {"id": row.id, "state": wanted[key].state, "told_at": moment}
        for key, row in there.items()
        if key in wanted and (row.state != wanted[key].state or _day(row.told_at) != _day(moment))
    ]
    if again:
        session.execute(update(Reminder), again)
    return len(new) + len(again)


def _key(each: Line | Reminder) -> tuple[int, int, str, datetime]:
    return each.agency_id, each.case_id, each.what, each.until


def _day(moment: datetime) -> object:
    return moment.astimezone(COUNTY_TIME).date()


def unread(session: Session, who: Identity) -> dict[str, int]:
    """State -> how many reminders the person has not read yet."""
    read = select(ReminderRead.at).where(ReminderRead.account_id == who.account_id).scalar_subquery()
    query = select(Reminder.state, func.count()).where(
        Reminder.agency_id == who.agency_id, Reminder.told_at > func.coalesce(read, func.to_timestamp(0))
    )
    return dict(session.execute(query.group_by(Reminder.state)).all())


def told(session: Session, vault: Vault, who: Identity, after: int = 0) -> tuple[list[Told], int]:
    """A page of the own agency's reminders, overdue ones first; ``after``: rows before the page."""
    read = session.get(ReminderRead, who.account_id)
    query = (
        select(Reminder, Case, Round)
        .join(Case, Case.id == Reminder.case_id)
        .join(Round, Round.id == Case.round_id)
        .where(Reminder.agency_id == who.agency_id)
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Reminder.state, Reminder.until, Reminder.id)
    rows = session.execute(query.order_by(*order).offset(after).limit(PAGE)).all()
    children = _children(session, vault, [row[1] for row in rows])
    return [
        Told(each, case, of, children[case.child_id], read is None or each.told_at > read.at)
        for each, case, of in rows
    ], total


def _children(session: Session, vault: Vault, cases: Sequence[Case]) -> dict[int, Person]:
    return {number: vault.person(child) for number, child in children_of(session, cases).items()}


def take_note(session: Session, who: Identity, moment: datetime) -> None:
    """The person has read what there is."""
    values = {"account_id": who.account_id, "agency_id": who.agency_id, "at": moment}
    session.execute(
        insert_or(ReminderRead)
        .values(values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
