"""Questions to the results of runs. Every one of them sees only what the session's scope lets through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, lazyload, undefer

from service.errors import InvalidError, NotFoundError
from service.privacy.blind_index import BlindIndex
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round
from service.runs.facets import Facets, total
from service.runs.filters import TOWNSHIP, Filters, Near, rows_query, shown_query
from service.runs.models import Run, RunChild

PAGE = 50
WALK = 5_000
NOWHERE = "nowhere"
"""In place of a region's code: no code begins with it."""


@dataclass(frozen=True, slots=True)
class Child:
    """A row of the list, decrypted, not yet masked."""

    no: int
    region_code: str
    township: str
    name: str
    id_number: str
    birth_date: date | None
    sex: str
    enrolment: str
    attendance: str
    probability: float
    rule: str
    school: str
    groups: list[str]
    part: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some children in the order of their numbers. ``before``, ``after``: where to go on, None at an end."""

    rows: list[Child]
    before: int | None
    after: int | None
    total: int | None


def run_of(session: Session, run_id: int, *, with_summary: bool = False) -> Run:
    """A run with its facets.

    Raises:
        NotFoundError: there is none.
    """
    options = [undefer(Run.facets), *([undefer(Run.summary)] if with_summary else [])]
    run = session.scalars(select(Run).where(Run.id == run_id).options(*options)).one_or_none()
    if run is None:
        raise NotFoundError("没有这次比对。")
    return run


def finished_run(session: Session, run_id: int) -> Run:
    """A run whose children may be seen.

    Raises:
        NotFoundError: there is none, or it is not finished.
    """
    run = run_of(session, run_id)
    if run.finished_at is None:
        raise NotFoundError("这次比对还没有完成，暂时没有结果可看。")
    return run


def runs(
    session: Session, before: int | None = None, round_id: int | None = None
) -> Sequence[tuple[Run, Round]]:
    """Runs, the newest first, one more than a page."""
    query = select(Run, Round).join(Round, Round.id == Run.round_id).options(lazyload(Round.required))
    query = query.order_by(Run.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Run.id < before)
    if round_id:
        query = query.where(Run.round_id == round_id)
    return [(run, found) for run, found in session.execute(query)]


def region_of(session: Session) -> str:
    """The region that the session's scope is held to; "" where it sees the whole county.

    An agency that reaches no region is held to one that is nowhere: what was counted for the county is not
    for it either.
    """
    scope = session.info["scope"]
    if scope.kind in ("all", "system"):
        return ""
    return scope.region if scope.kind == "region" else NOWHERE


def page(
    session: Session,
    run: Run,
    filters: Filters,
    cipher: FieldCipher,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The children after ``after``, or before ``before``, else the first.

    A page begins behind a number, not behind so many rows: it is as quick at the end of a million rows as at
    their beginning, and rows neither repeat nor go missing. What the run counted as nobody is not asked for.
    """
    counted = count(run.facets, session, filters)
    if counted == 0:
        return Page([], None, None, 0)
    if before is not None:
        found = _shown(session, run.id, filters, Near(limit + 1, before=before))
        more, rows = len(found) > limit, found[-limit:]
        back, forth = (rows[0].no if more else None), (rows[-1].no if rows else None)
    else:
        found = _shown(session, run.id, filters, Near(limit + 1, after or 0))
        rows = found[:limit]
        forth = rows[-1].no if len(found) > limit else None
        back = rows[0].no if after and rows else None
    return Page(opened(run.id, rows, cipher), back, forth, counted)


def walk(
    session: Session, run: Run, filters: Filters, cipher: FieldCipher, most: int
) -> Iterator[list[Child]]:
    """All children that the filters show, some thousands at a time.

    Raises:
        InvalidError: they are more than ``most``.
    """
    after, done = 0, 0
    while True:
        rows = _shown(session, run.id, filters, Near(WALK, after))
        done += len(rows)
        if done > most:
            raise InvalidError(f"符合条件的儿童超过 {most:,} 名，请缩小范围后再导出。")
        if rows:
            after = rows[-1].no
            yield opened(run.id, rows, cipher)
        if len(rows) < WALK:
            return


def count(facets: Facets, session: Session, filters: Filters) -> int | None:
    """How many the filters show, where that was counted."""
    return total(facets, filters.chosen(), region_of(session))


def _shown(session: Session, run_id: int, filters: Filters, near: Near) -> Sequence[Any]:
    """The rows that the filters show next to a number, in order."""
    query = shown_query(run_id, filters, region_of(session), near)
    return sorted(session.execute(query).all(), key=attrgetter("no"))


def _within(session: Session, run_id: int) -> Select[Any]:
    """Children of a run within the region of the session."""
    query, region = rows_query().where(RunChild.run_id == run_id), region_of(session)
    return query.where(RunChild.region_code == region) if len(region) > TOWNSHIP else query


def opened(run_id: int, rows: Sequence[Any], cipher: FieldCipher) -> list[Child]:
    """Rows as they come from the database, decrypted."""
    ids, owners = [f"{run_id}/{row.no}" for row in rows], [row.region_code for row in rows]
    names, numbers = (
        cipher.decrypt_many([getattr(row, name) for row in rows], "run_child", name, ids, owners)
        for name in ("name", "id_number")
    )
    return [
        Child(**{**row._mapping, "name": name, "id_number": number})
        for row, name, number in zip(rows, names, numbers, strict=True)
    ]


def child(session: Session, run_id: int, no: int, cipher: FieldCipher) -> Child:
    """One child.

    Raises:
        NotFoundError: there is none, or it is another region's.
    """
    return children(session, run_id, [no], cipher)[0]


def children(session: Session, run_id: int, numbers: Sequence[int], cipher: FieldCipher) -> list[Child]:
    """Children by their numbers, in the order asked for.

    Raises:
        NotFoundError: one is not there, or another region's.
    """
    query = _within(session, run_id).where(RunChild.no.in_(numbers))
    found = {each.no: each for each in opened(run_id, session.execute(query).all(), cipher)}
    if not set(numbers) <= set(found):
        raise NotFoundError("没有这名儿童，或不在您的辖区内。")
    return [found[number] for number in numbers]


def sought(
    session: Session, run_id: int, index: BlindIndex, column: str, raw: Sequence[str], cipher: FieldCipher
) -> list[Child] | None:
    """The children whose ``column`` (an index) fits what was typed; None where that is no whole value."""
    slot, value = index.sought(*raw)
    if value is None:
        return None
    place = getattr(RunChild, f"{column}_2" if slot else column)
    query = _within(session, run_id).where(place == value).order_by(RunChild.no).limit(PAGE)
    return opened(run_id, session.execute(query).all(), cipher)
