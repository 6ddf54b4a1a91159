"""What is known of each child on the list of a round's run: one question, summed up by place.

A case speaks for its child, whatever the matching found; a child who has none, though the run could not find
it in class, was explained in an earlier round or settled by the review, or nobody has looked yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session

from service.cases.models import Case, Child
from service.ledgers.placed import placed
from service.rounds.models import Round
from service.runs.cells import cells
from service.runs.models import RunChild

DISABLED = "残疾"
"""The group of whom an indicator of its own speaks (``schemas/codes/group.csv``)."""

SUSPECT = sorted({*cells("not_enrolled"), *cells("review"), *cells("", "absent")})
"""Cells of a run's children whom it could not find in class."""

_KEYS = ("name_birth_index", "name_birth_index_2", "id_index", "id_index_2")
"""By which the same child is known: the name with the birthday first, since siblings may share a number."""


def summed(session: Session, of: Round, settled: Sequence[int]) -> Sequence[Any]:
    """What is known of the children, summed up by one statement: cases, and children who have none.

    Args:
        settled: numbers in the run of those whom the review found on the roll.

    Returns:
        Rows of ``case`` (true: cases of the round; false: children whom the run could not find in class and
        who have no case in the round), ``region_code`` (of the list, where the child is on it), ``disabled``,
        ``outcome`` (approved; of who has no case, what explains the child from an earlier round; or null),
        ``off`` (on no list of this run), ``hidden`` (on the list of a place behind the walls), ``in_class``
        (as the run found), ``settled``, ``n``.
    """
    both = _both(of)
    parts = [_of_cases(both), _of_others(of, both, settled)]
    return session.execute(union_all(*parts)).all()


def _of_cases(both: CTE) -> Select[Any]:
    region = func.coalesce(both.c.list_region, both.c.region_code)
    by = (region, both.c.disabled, both.c.outcome, both.c.off, both.c.hidden, both.c.in_class)
    columns = (
        literal(True).label("case"),
        region.label("region_code"),
        *by[1:],
        literal(False).label("settled"),
    )
    return select(*columns, func.count().label("n")).group_by(*by)


def _of_others(of: Round, both: CTE, settled: Sequence[int]) -> Select[Any]:
    explained, no = _explained(of), literal(False)
    known = (RunChild.no == any_(cast(list(settled), ARRAY(Integer)))).label("settled")
    by = (RunChild.region_code, _bears(RunChild.groups), explained.c.outcome, known)
    return (
        select(no, *by[:3], no, no, no, known, func.count())
        .join(explained, explained.c.no == RunChild.no, isouter=True)
        .where(*_suspects(of), ~exists(select(both.c.id).where(both.c.no == RunChild.no)))
        .group_by(*by)
    )


def _suspects(of: Round) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return RunChild.run_id == of.run_id, RunChild.cell.in_(SUSPECT)


def _bears(groups: Any) -> ColumnElement[bool]:
    return func.coalesce(literal(DISABLED) == any_(groups), False)


def _both(of: Round) -> CTE:
    """Each case of the round beside its child on the list of the round's run."""
    case = _once(placed(of.id))
    there = _on_list(of, case)
    own = and_(RunChild.run_id == of.run_id, RunChild.no == case.c.run_no)
    found = and_(RunChild.run_id == of.run_id, RunChild.no == there.c.no)
    same = case.c.run_id == of.run_id
    other = or_(case.c.run_id.is_(None), case.c.run_id != of.run_id)
    # Of a case opened from this very run the place is known; a wall may hide it, it is not off the list then.
    direct = _beside(case, literal(False)).join(RunChild, own, isouter=True).where(same)
    known = (
        _beside(case, there.c.no.is_(None))
        .join(there, there.c.id == case.c.id, isouter=True)
        .join(RunChild, found, isouter=True)
        .where(other)
    )
    return union_all(direct, known).cte("both_sides")


def _once(cases: Subquery) -> CTE:
    """Counted once, though it is asked for in several ways."""
    return select(cases).cte("cases").prefix_with("materialized")


def _beside(case: CTE, off: ColumnElement[bool]) -> Select[Any]:
    in_class = and_(RunChild.enrolment == "enrolled", RunChild.attendance != "absent")
    return select(
        case.c.id,
        case.c.region_code,
        case.c.state,
        case.c.outcome,
        RunChild.no,
        RunChild.region_code.label("list_region"),
        off.label("off"),
        func.coalesce(in_class, False).label("in_class"),
        and_(RunChild.no.is_(None), ~off).label("hidden"),
        _bears(func.coalesce(RunChild.groups, case.c.groups)).label("disabled"),
    ).select_from(case)


def _on_list(of: Round, case: CTE) -> Subquery:
    """Case that was not opened from the round's run -> number of the same child on its list, if there."""
    looks = [
        select(case.c.id, RunChild.no, literal(at).label("at"))
        .join(Child, Child.id == case.c.child_id)
        .join(RunChild, and_(RunChild.run_id == of.run_id, getattr(RunChild, key) == getattr(Child, key)))
        .where(or_(case.c.run_id.is_(None), case.c.run_id != of.run_id))
        for at, key in enumerate(_KEYS)
    ]
    every = union_all(*looks).subquery("looks")
    first = select(every.c.id, every.c.no).ext(distinct_on(every.c.id))
    return first.order_by(every.c.id, every.c.at, every.c.no).subquery("there")


def _explained(of: Round) -> Subquery:
    """Suspect child of the run -> the outcome of its newest case of an earlier round, if that was closed."""
    before = or_(Round.as_of < of.as_of, and_(Round.as_of == of.as_of, Round.id < of.id))
    looks = [
        select(RunChild.no, Case.id, Case.state, Case.outcome, Round.as_of, literal(at).label("at"))
        .join(Child, getattr(Child, key) == getattr(RunChild, key))
        .join(Case, Case.child_id == Child.id)
        .join(Round, Round.id == Case.round_id)
        .where(*_suspects(of), before)
        for at, key in enumerate(_KEYS)
    ]
    every = union_all(*looks).subquery("earlier")
    newest = (
        select(every)
        .ext(distinct_on(every.c.no))
        .order_by(every.c.no, every.c.at, every.c.as_of.desc(), every.c.id.desc())
        .subquery("newest")
    )
    return select(newest.c.no, newest.c.outcome).where(newest.c.state == "closed").subquery("explained")
