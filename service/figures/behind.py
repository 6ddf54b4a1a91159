"""The cases behind a number: the list that a reader gets to who clicks on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, select
from sqlalchemy.orm import Session

from schemas.case import KINDS, outcomes
from schemas.indicator import BACK, DROPPED_OUT, FALSE_GROUPS
from service.errors import NotFoundError
from service.figures.place import CASES, case_class
from service.figures.wording import labels
from service.ledgers.placed import placed
from service.rounds.models import Round

PAGE = 100

MADE_OF = ("dropped_out", "returned", "false", "again", "late")
"""Numbers of indicators that have cases behind them."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Some cases by number. ``after``: where to go on, None at the end."""

    label: str
    rows: Sequence[Any]
    after: int | None


def cases_behind(
    session: Session, of: Round, what: str, today: date, *, township: str = "", after: int = 0
) -> Behind:
    """The cases of a number of the figures, as far as the session's scope reaches.

    Args:
        what: a column of the figures, ``kind:...``, ``outcome:...`` or of ``MADE_OF``. township: a region
            code, "" for all.

    Raises:
        NotFoundError: there is no such number.
    """
    cases = placed(of.id)
    query = select(cases).where(cases.c.no > after, *_holds(cases, what, today))
    if township:
        query = query.where(cases.c.region_code == township)
    found = session.execute(query.order_by(cases.c.no).limit(PAGE + 1)).all()
    return Behind(label_of(what), found[:PAGE], found[PAGE - 1].no if len(found) > PAGE else None)


def label_of(what: str) -> str:
    """What a number is called.

    Raises:
        NotFoundError: there is none of this name.
    """
    name, _, code = what.partition(":")
    named = {"kind": KINDS, "outcome": {"": labels()["nothing"], **_outcome_names()}}.get(name, {})
    told = labels()
    label = named.get(code) if named else told.get(what)
    if label is None or (what not in (*CASES, "all_cases", *MADE_OF) and not named):
        raise NotFoundError("没有这个数字。")
    return label


def _outcome_names() -> dict[str, str]:
    return {code: f"{code} {each.name}" for code, each in outcomes().items()}


def _holds(cases: Subquery, what: str, today: date) -> list[ColumnElement[bool]]:
    label_of(what)
    name, _, code = what.partition(":")
    state, outcome = cases.c.state, cases.c.outcome
    if name == "kind":
        return [cases.c.kind == code]
    if name == "outcome":
        return [outcome == code if code else outcome.is_(None)]
    groups = [each for each, found in outcomes().items() if found.group in FALSE_GROUPS]
    named: dict[str, list[ColumnElement[bool]]] = {
        "all_cases": [],
        "closed": [state == "closed"],
        "pending": [state != "closed", outcome.is_(None)],
        "dropped_out": [state != "closed", outcome.in_(DROPPED_OUT)],
        "returned": [outcome.in_(BACK)],
        "false": [state == "closed", cases.c.kind != "expired", outcome.in_(groups)],
        "again": [cases.c.kind.in_(("carried", "expired"))],
        "late": [and_(state.in_(("assigned", "verifying")), cases.c.due < today)],
    }
    if what in named:
        return named[what]
    return [state != "closed", outcome.in_([each for each in outcomes() if case_class("", each) == what])]
