"""The worklist: its pages, and the numbers around it. All of it within the session's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from schemas.codes import code_list
from service.agencies.models import Agency, Region
from service.cases.children import Person, Vault
from service.cases.filters import (
    Filters,
    Seen,
    asked_of,
    conditions,
    due_soon,
    overdue,
    report_open,
    result_late,
)
from service.cases.models import Case
from service.cases.rules import children_of
from service.errors import NotFoundError
from service.rounds.models import Round

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A case with its child in clear, not yet masked. ``late``: something about it is overdue."""

    case: Case
    child: Person
    late: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases in the order of their numbers. ``before``, ``after``: where to go on, None at an end."""

    rows: list[Row]
    before: int | None
    after: int | None
    total: int


def newest_round(session: Session) -> Round:
    """The newest round that has cases for the person who asks, else the newest of all.

    Raises:
        NotFoundError: there is no round yet.
    """
    there = select(Case.round_id).order_by(Case.id.desc()).limit(1)
    found = session.scalar(there)
    round_ = session.get(Round, found) if found else None
    if round_ is None:
        round_ = session.scalars(select(Round).order_by(Round.as_of.desc(), Round.id.desc()).limit(1)).first()
    if round_ is None:
        raise NotFoundError("还没有核查批次。")
    return round_


def page(
    session: Session,
    vault: Vault,
    round_id: int,
    filters: Filters,
    seen: Seen,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The cases behind number ``after``, or before ``before``, else the first.

    A page begins behind a number, not behind so many rows: rows neither repeat nor go missing.
    """
    where = conditions(round_id, filters, seen)
    total = session.scalar(select(func.count()).select_from(Case).where(*where)) or 0
    query = select(Case, overdue(seen).label("late")).where(*where)
    if before is not None:
        found = session.execute(query.where(Case.no < before).order_by(Case.no.desc()).limit(limit + 1)).all()
        more, here = len(found) > limit, list(reversed(found[:limit]))
        back, forth = (here[0][0].no if more else None), (here[-1][0].no if here else None)
    else:
        found = session.execute(query.where(Case.no > (after or 0)).order_by(Case.no).limit(limit + 1)).all()
        here = list(found[:limit])
        forth = here[-1][0].no if len(found) > limit else None
        back = here[0][0].no if after and here else None
    return Page(rows_of(session, vault, here), back, forth, total)


def rows_of(session: Session, vault: Vault, found: Sequence[Any]) -> list[Row]:
    """(case, late) as rows, their children opened by one statement."""
    children = children_of(session, [row[0] for row in found])
    return [Row(row[0], vault.person(children[row[0].child_id]), bool(row[1])) for row in found]


def all_of(session: Session, round_id: int, filters: Filters, seen: Seen, most: int) -> list[Case]:
    """Every case that the filters show, one more than ``most`` at most, by number."""
    query = select(Case).where(*conditions(round_id, filters, seen)).order_by(Case.no).limit(most + 1)
    return list(session.scalars(query))


def todo(session: Session, round_id: int, seen: Seen, mine: bool) -> dict[str, int]:
    """How many cases of a round wait for something; ``mine``: of the person's own agency alone."""
    counted: dict[str, ColumnElement[bool]] = {
        "open": Case.state == "open",
        "assigned": Case.state == "assigned",
        "verifying": Case.state == "verifying",
        "submitted": Case.state == "submitted",
        "asked": asked_of(seen.agency_id),
        "report": report_open(),
        "soon": due_soon(seen),
        "late": result_late(seen),
        "overdue": overdue(seen),
    }
    columns = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
        for name, condition in counted.items()
    ]
    query: Select[Any] = select(*columns).where(Case.round_id == round_id)
    if mine:
        query = query.where(or_(Case.assignee_id == seen.agency_id, asked_of(seen.agency_id)))
    return {name: int(value) for name, value in session.execute(query).one()._mapping.items()}


def states(session: Session, round_id: int) -> dict[str, int]:
    """State -> how many cases of a round stand in it."""
    query = select(Case.state, func.count()).where(Case.round_id == round_id).group_by(Case.state)
    return dict(session.execute(query).all())


def choices(session: Session, round_id: int, region: str = "") -> dict[str, list[tuple[str, str]]]:
    """What the filters of a round's list offer: (value, label) of townships, groups and agencies."""
    townships = session.execute(
        select(Case.region_code, func.min(Case.township), func.count())
        .where(Case.round_id == round_id)
        .group_by(Case.region_code)
        .order_by(Case.region_code)
    ).all()
    known = [row["name"] for row in code_list("group")]
    agencies = session.execute(
        select(Agency.id, Agency.name)
        .where(Agency.id.in_(select(Case.assignee_id).where(Case.round_id == round_id).distinct()))
        .order_by(Agency.name)
    ).all()
    return {
        "townships": [(code, f"{name or '乡镇不详'}({count:,})") for code, name, count in townships],
        "groups": [(name, name) for name in known],
        "agencies": [(str(number), name) for number, name in agencies],
    }


def targets(session: Session, region: str = "") -> list[tuple[str, list[tuple[int, str]]]]:
    """Agencies that cases may be given to, by region: of ``region`` and what lies in it or around it."""
    query = (
        select(Agency.id, Agency.name, Region.name)
        .join(Region, Region.code == Agency.region_code)
        .where(Agency.active)
        .order_by(Agency.region_code, Agency.kind, Agency.name)
    )
    if region:
        query = query.where(or_(Agency.region_code.startswith(region), func.length(Agency.region_code) <= 6))
    found: dict[str, list[tuple[int, str]]] = {}
    for number, name, place in session.execute(query):
        found.setdefault(place, []).append((number, name))
    return list(found.items())
