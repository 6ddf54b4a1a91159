"""One child over all rounds: its cases with all that lies in them, and the runs that knew it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session, lazyload

from schemas.masking import Sight
from service.cases.children import Person, Vault
from service.cases.models import Case, Child
from service.errors import NotFoundError
from service.ledgers.telling import Told, tell
from service.rounds.models import Round
from service.runs.models import Run, RunChild


@dataclass(frozen=True, slots=True)
class Seen:
    """The child in the run that a round rests on."""

    run_id: int
    run_no: int
    no: int
    enrolment: str
    attendance: str
    school: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A round in which the child occurs. ``told``: its case, None where it was not on the worklist."""

    round: Round
    told: Told | None
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A child with its rounds, the newest first."""

    child: Child
    person: Person
    chapters: Sequence[Chapter]


def history_of(session: Session, vault: Vault, child_id: int, sight: Sight) -> History:
    """Everything about a child that the session lets through, in a fixed number of statements.

    Raises:
        NotFoundError: there is none, or none of it is for the person who asks.
    """
    child = session.get(Child, child_id)
    if child is None:
        raise NotFoundError("没有这名儿童，或不在您的辖区内。")
    cases = session.scalars(select(Case).where(Case.child_id == child.id).order_by(Case.id)).all()
    told = {each.case.round_id: each for each in tell(session, vault.cipher, cases, sight)}
    seen = _seen(session, child, cases)
    rounds = session.scalars(
        select(Round)
        .where(Round.id.in_({*told, *seen}))
        .options(lazyload(Round.required))
        .order_by(Round.as_of.desc(), Round.id.desc())
    ).all()
    chapters = [Chapter(each, told.get(each.id), tuple(seen.get(each.id, ()))) for each in rounds]
    return History(child, vault.person(child), chapters)


def _seen(session: Session, child: Child, cases: Sequence[Case]) -> dict[int, list[Seen]]:
    """Round -> the child in its run: by the keyed index, or as a case of the round was opened.

    A number that several children bear (a guardian's) tells none of them: there only the case counts.
    """
    query = (
        select(
            Round.id.label("round_id"), Run.id.label("run_id"), Run.no.label("run_no"), RunChild.no,
            RunChild.enrolment, RunChild.attendance, RunChild.school,
        )
        .join(Run, Run.id == Round.run_id)
        .join(RunChild, RunChild.run_id == Run.id)
        .order_by(Run.id, RunChild.no)
    )  # fmt: skip
    keys: list[ColumnElement[bool]] = [
        column == value
        for column, value in ((RunChild.key, child.key), (RunChild.key_2, child.key_2))
        if value is not None
    ]
    opened = {each.run_id: each.run_no for each in cases if each.run_id is not None}
    if opened:
        keys.append(tuple_(RunChild.run_id, RunChild.no).in_(list(opened.items())))
    by_key = session.execute(query.where(or_(*keys))).all() if keys else []
    found: dict[int, list[Any]] = {}
    for row in by_key:
        found.setdefault(row.round_id, []).append(row)
    told: dict[int, list[Seen]] = {}
    for round_id, rows in found.items():
        own = [row for row in rows if opened.get(row.run_id) == row.no] or (rows if len(rows) == 1 else [])
        told[round_id] = [Seen(*row[1:]) for row in own]
    return {round_id: rows for round_id, rows in told.items() if rows}
