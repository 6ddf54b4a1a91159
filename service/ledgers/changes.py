"""From round to round: who is new, who was carried on, who came back, who is settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from schemas.ledger import CHANGES
from service.cases.models import Case
from service.errors import NotFoundError
from service.rounds.models import Round

COLUMNS = (
    "kind",
    "child_id",
    "case_id",
    "no",
    "before_id",
    "region_code",
    "township",
    "before",
    "after",
    "outcome",
)
"""Of ``_changed``: ``case_id``, ``no`` in the later round, null where the child is not in it; ``before_id``
in the earlier one; states in each.
"""


def counts(session: Session, earlier: Round, later: Round) -> list[dict[str, Any]]:
    """Kind of change -> children, for each township by its code, as far as the session sees.

    ``settled``: of those on the worklist of the later round, how many are closed in it by now.
    """
    found = _changed(earlier, later).subquery("changed")
    query = select(
        found.c.region_code,
        func.max(found.c.township).label("township"),
        found.c.kind,
        func.count().label("n"),
        func.count().filter(found.c.after == "closed").label("settled"),
    ).group_by(found.c.region_code, found.c.kind)
    places: dict[str, dict[str, Any]] = {}
    for row in session.execute(query):
        told = places.setdefault(
            row.region_code,
            {"key": row.region_code, "label": row.township, **dict.fromkeys((*CHANGES, "settled"), 0)},
        )
        told[row.kind] += row.n
        told["settled"] += row.settled
        told["label"] = told["label"] or row.township
    return [places[code] for code in sorted(places)]


def listed(
    session: Session, earlier: Round, later: Round, kind: str, township: str, after: int, limit: int
) -> Sequence[Any]:
    """Children of one kind of change behind a child's id, in the order of the ids.

    Raises:
        NotFoundError: no such kind.
    """
    if kind not in CHANGES:
        raise NotFoundError("没有这一类变化。")
    found = _changed(earlier, later).subquery("changed")
    query = select(found).where(found.c.kind == kind, found.c.child_id > after)
    if township:
        query = query.where(found.c.region_code == township)
    return session.execute(query.order_by(found.c.child_id).limit(limit)).all()


def before_of(rounds: Sequence[Round], later: Round) -> Round | None:
    """The round of the same area before this one."""
    same = [each for each in rounds if each.region_code == later.region_code]
    return next((each for each in same if (each.as_of, each.id) < (later.as_of, later.id)), None)


def _changed(earlier: Round, later: Round) -> CompoundSelect[Any]:
    """One row a child of either round. The same child is the same ``child_id``.

    Who sees a part of the county may not see the case before: ``previous_id`` still tells that there was one.
    """
    now, then, old = aliased(Case), aliased(Case), aliased(Case)
    same = and_(then.round_id == earlier.id, then.child_id == now.child_id)
    long_ago = exists(
        select(old.id)
        .join(Round, Round.id == old.round_id)
        .where(old.child_id == now.child_id, Round.as_of < earlier.as_of)
    )
    kind = case(
        (and_(then.id.is_not(None), then.state == "closed"), "back"),
        (or_(then.id.is_not(None), now.previous_id.is_not(None)), "carried"),
        (long_ago, "back"),
        else_="new",
    )
    there: Select[Any] = (
        select(
            kind.label("kind"), now.child_id, now.id.label("case_id"), now.no, then.id.label("before_id"),
            now.region_code, now.township, then.state.label("before"), now.state.label("after"), now.outcome,
        )
        .outerjoin(then, same)
        .where(now.round_id == later.id)
    )  # fmt: skip
    nothing = cast(null(), Integer)
    gone: Select[Any] = select(
        case((then.state == "closed", "closed"), else_="waiting").label("kind"),
        then.child_id, nothing.label("case_id"), nothing.label("no"), then.id.label("before_id"),
        then.region_code, then.township, then.state.label("before"), literal("").label("after"), then.outcome,
    ).where(
        then.round_id == earlier.id,
        ~exists(select(now.id).where(now.round_id == later.id, now.child_id == then.child_id)),
    )  # fmt: skip
    return there.union_all(gone)
