"""Giving many cases away at once: first what would happen, then what happened, with a receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.masking import Sight
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.assigning import Assigned
from service.cases.children import Vault
from service.cases.filters import Filters, Seen
from service.cases.listing import all_of
from service.cases.models import Case
from service.cases.rules import children_of, number_of
from service.cases.seeing import holds
from service.county_time import today
from service.errors import ForbiddenError, InvalidError
from service.numbers import number_in, numbers_in
from service.rounds.models import Round
from service.worksheets.receipts import Line

MOST = 1_000
"""Most cases of one act."""


def chosen(
    session: Session, round_id: int, said: Mapping[str, Any], ids: Iterable[str], seen: Seen
) -> list[Case]:
    """The cases that were ticked, or with ``all`` those that the filters show.

    Raises:
        InvalidError: none, or too many.
    """
    if said.get("all"):
        found = all_of(session, round_id, Filters.of(said), seen, MOST)
    else:
        numbers = numbers_in(ids)
        query = select(Case).where(Case.round_id == round_id, Case.id.in_(numbers)).order_by(Case.no)
        found = list(session.scalars(query.limit(MOST + 1)))
    if not found:
        raise InvalidError("没有选中个案。请先在清单中勾选。")
    if len(found) > MOST:
        raise InvalidError(f"一次最多办理 {MOST} 个个案，请用筛选条件缩小范围，分几次办理。")
    return found


def target(session: Session, who: Identity, agency_id: str) -> Agency:
    """The agency that cases go to.

    Raises:
        InvalidError: there is none. ForbiddenError: it lies outside of the person's region.
    """
    found = session.get(Agency, number_in(agency_id) or 0)
    if found is None or not found.active:
        raise InvalidError("请选择分派给哪个单位。", field="agency")
    if who.reach("case.assign") != "all" and not found.region_code.startswith(who.region_code):
        raise ForbiddenError("只能分派给本辖区的单位。需要其他单位协助的，请用“请求协查”。")
    return found


def own(cases: Sequence[Case], who: Identity) -> tuple[list[Case], list[Case]]:
    """Cases that the person may assign, and those that the person merely sees."""
    held = [holds(case, who, "case.assign") for case in cases]
    return (
        [case for case, yes in zip(cases, held, strict=True) if yes],
        [case for case, yes in zip(cases, held, strict=True) if not yes],
    )


def due_of(text: str, otherwise: date) -> date:
    """The last day that was typed, else the one of the limits.

    Raises:
        InvalidError: it is no day, or past.
    """
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidError("期限请填日期，如 2026-10-15。", field="due") from None
    if day < today():
        raise InvalidError("期限不能早于今天。", field="due")
    return day


def lines(
    session: Session, vault: Vault, of: Round, result: Assigned, agency: Agency, sight: Sight
) -> list[Line]:
    """What came of each case, by number, as the person may see it."""
    told = [(case, True, f"分派给{agency.name}") for case in result.done]
    told += [(case, False, why) for case, why in result.left]
    told.sort(key=lambda each: each[0].no)
    children = children_of(session, [case for case, _, _ in told])
    return [
        Line(
            number_of(of, case),
            case.township,
            sight.show("name", vault.person(children[case.child_id]).name),
            done,
            said,
        )
        for case, done, said in told
    ]
