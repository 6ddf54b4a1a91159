"""The cases of a round with the ledger that each lies in: one question, which ledgers and figures both ask.

What counts of a case is the outcome that was approved. A child once found to be out of school stays so until
another outcome is approved: that a return was reported, and waits for its second person, changes nothing yet.
A case that went on in the next round shows the state in which it stood then, so that an old round's ledgers
stay what they were.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from schemas.ledger import BACK, DROPPED, ENTRIES
from service.cases.models import Case, CaseEvent

COLUMNS = (
    "id", "no", "child_id", "kind", "run_id", "run_no", "region_code", "township", "village", "groups",
    "school", "expected_grade", "tier", "assignee_id", "due", "reasons", "method", "school_now", "out_since",
    "expires", "closed_at",
)  # fmt: skip


def placed(round_id: int) -> Subquery:
    """The cases of a round: ``COLUMNS`` of ``child_case``, and

    ``state`` (before it went on, where it did), ``standing`` (outcome approved last for the child, or null),
    ``outcome`` (that counts, or null) and ``ledger`` ("" for none beside that of all children).
    """
    last, ended = _approved_last(round_id), _before_the_end(round_id)
    state = func.coalesce(ended.c.before, Case.state)
    outcome = case(
        (Case.approved_by.is_not(None), Case.outcome),
        (last.c.outcome.in_((*DROPPED, *BACK)), last.c.outcome),
    )
    return (
        select(
            *(getattr(Case, name) for name in COLUMNS),
            state.label("state"),
            last.c.outcome.label("standing"),
            outcome.label("outcome"),
            _ledger(state, last.c.outcome).label("ledger"),
        )
        .outerjoin(last, last.c.case_id == Case.id)
        .outerjoin(ended, ended.c.case_id == Case.id)
        .where(Case.round_id == round_id)
        .subquery("placed")
    )


def _ledger(state: ColumnElement[Any], outcome: ColumnElement[Any]) -> ColumnElement[Any]:
    """``schemas.ledger.ledger_of`` in SQL: the first line that fits."""
    lines = [
        (and_(state.in_(each.states), *([outcome.in_(each.outcomes)] if each.outcomes else [])), each.ledger)
        for each in ENTRIES
    ]
    return case(*((fits, literal(name)) for fits, name in lines), else_=literal(""))


def _approved_last(round_id: int) -> Subquery:
    """Case of the round -> the outcome approved last for its child, in it or in a case before it."""
    earlier = aliased(Case)
    return (
        select(Case.id.label("case_id"), CaseEvent.detail["outcome"].astext.label("outcome"))
        .ext(distinct_on(Case.id))
        .join(earlier, and_(earlier.child_id == Case.child_id, earlier.id <= Case.id))
        .join(CaseEvent, CaseEvent.case_id == earlier.id)
        .where(Case.round_id == round_id, CaseEvent.kind == "approve")
        .order_by(Case.id, CaseEvent.id.desc())
        .subquery("approved_last")
    )


def _before_the_end(round_id: int) -> Subquery:
    """Case that went on in the next round -> the state in which it stood."""
    return (
        select(CaseEvent.case_id, func.max(CaseEvent.before).label("before"))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(Case.round_id == round_id, Case.state == "carried", CaseEvent.kind == "carry")
        .group_by(CaseEvent.case_id)
        .subquery("before_the_end")
    )
