"""Whether a child who came back has stayed: what the closing of its case waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from schemas.case import STABLE_DAYS
from service.plans.models import ChildReturn, FollowUp


def returns_of(session: Session, child_id: int) -> Sequence[ChildReturn]:
    """The returns of a child, the newest first."""
    query = select(ChildReturn).where(ChildReturn.child_id == child_id).order_by(ChildReturn.id.desc())
    return session.scalars(query).all()


def follow_ups_of(session: Session, returns: Sequence[ChildReturn]) -> Mapping[int, list[FollowUp]]:
    """Return -> its follow-ups by their days."""
    found: dict[int, list[FollowUp]] = {each.id: [] for each in returns}
    query = select(FollowUp).where(FollowUp.return_id.in_(found)).order_by(FollowUp.due, FollowUp.id)
    for each in session.scalars(query):
        found[each.return_id].append(each)
    return found


def gone_again(session: Session, children: Sequence[int]) -> set[int]:
    """Those of these children who came back and left once more, and have not come back since."""
    newest = (
        select(ChildReturn.child_id, ChildReturn.ended_on)
        .ext(distinct_on(ChildReturn.child_id))
        .where(ChildReturn.child_id.in_(children))
        .order_by(ChildReturn.child_id, ChildReturn.id.desc())
    )
    return {child_id for child_id, ended_on in session.execute(newest) if ended_on is not None}


def not_yet_lasting(session: Session, child_id: int, day: date) -> str:
    """Why the return of a child is not yet known to last; "" where every follow-up found it at school."""
    back = next((each for each in returns_of(session, child_id) if each.ended_on is None), None)
    if back is None:
        return "还没有登记复学。"
    waiting = [each for each in follow_ups_of(session, [back])[back.id] if each.done_on is None]
    if waiting:
        return f"还有 {len(waiting)} 次跟踪没有登记，最近一次应在 {waiting[0].due:%Y-%m-%d}。"
    stable = back.returned_on + timedelta(days=STABLE_DAYS)
    return f"复学满 {STABLE_DAYS} 天是 {stable:%Y-%m-%d}。" if day < stable else ""
