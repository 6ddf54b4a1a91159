"""Follow-ups that are due: of which children, by whom, how long ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.cases.children import Person, Vault
from service.cases.models import Case, Child
from service.plans.models import ChildReturn, FollowUp, Measure

PAGE = 50
AHEAD = 14
"""Days that the list looks ahead."""

WHICH: Mapping[str, str] = {"overdue": "已逾期", "soon": "两周内到期", "all": "全部未登记"}


@dataclass(frozen=True, slots=True)
class Due:
    """A follow-up, or a planned measure, that nobody has recorded yet. ``case``: the child's newest."""

    due: date
    what: str
    child_id: int
    person: Person
    case: Case
    school: str
    grade: int


def waiting(
    session: Session, vault: Vault, which: str, today: date, after: int = 0, township: str = ""
) -> tuple[list[Due], int]:
    """A page of follow-ups, the longest overdue first, and their number; ``after``: rows before the page."""
    newest = select(Case).ext(distinct_on(Case.child_id)).order_by(Case.child_id, Case.id.desc()).subquery()
    query = (
        select(
            FollowUp.due,
            FollowUp.child_id,
            ChildReturn.school,
            ChildReturn.grade,
            newest.c.id.label("case_id"),
        )
        .join(ChildReturn, ChildReturn.id == FollowUp.return_id)
        .join(newest, newest.c.child_id == FollowUp.child_id)
        .where(FollowUp.done_on.is_(None), FollowUp.dropped.is_(False))
    )
    if which == "overdue":
        query = query.where(FollowUp.due < today)
    elif which == "soon":
        query = query.where(FollowUp.due >= today, FollowUp.due <= today + timedelta(days=AHEAD))
    if township:
        query = query.where(newest.c.region_code == township)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(FollowUp.due, FollowUp.id).offset(after).limit(PAGE)).all()
    cases = _by_id(session, [row.case_id for row in rows])
    children = session.scalars(select(Child).where(Child.id.in_({row.child_id for row in rows}))).all()
    persons = vault.persons(children)
    found = [
        Due(
            row.due,
            "follow_up",
            row.child_id,
            persons[row.child_id],
            cases[row.case_id],
            row.school,
            row.grade,
        )
        for row in rows
    ]
    return found, total


def _by_id(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    return {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(set(ids))))}


def counts(session: Session, today: date) -> dict[str, int]:
    """How many follow-ups are overdue, come up soon, wait at all; how many measures are late."""
    open_ones = FollowUp.done_on.is_(None) & FollowUp.dropped.is_(False)
    late, soon, every = session.execute(
        select(
            func.count().filter(FollowUp.due < today),
            func.count().filter(FollowUp.due >= today, FollowUp.due <= today + timedelta(days=AHEAD)),
            func.count(),
        ).where(open_ones)
    ).one()
    measures = session.scalar(
        select(func.count()).select_from(Measure).where(Measure.done.is_(None), Measure.planned < today)
    )
    return {"overdue": late, "soon": soon, "all": every, "measures": measures or 0}


def townships(session: Session) -> list[tuple[str, str]]:
    """Code and name of the townships with children that are followed."""
    query = (
        select(Case.region_code, func.max(Case.township))
        .where(Case.child_id.in_(select(FollowUp.child_id)))
        .group_by(Case.region_code)
        .order_by(Case.region_code)
    )
    return [(code, name or "乡镇不详") for code, name in session.execute(query)]
