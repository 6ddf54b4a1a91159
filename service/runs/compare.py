"""Two runs of a round, child by child: who is new, who is gone, whose state changed.

A child is found again by its keyed index: the number, else name and birthday. Of those that this leaves over,
name and birthday alone pair the ones whose number was put right in between. Several children under one key (a
guardian's number) are paired in their order. Only what differs is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from service.config import Settings
from service.errors import NotFoundError
from service.privacy.blind_index import PURPOSES
from service.privacy.custody import ring_of
from service.runs.models import Run, RunChange

KINDS: Mapping[str, str] = {"changed": "状态有变化", "new": "新出现", "gone": "不再出现"}

_SIDE = """
  select no, region_code, {key} as key, {named} as named, enrolment || '/' || attendance as state,
    row_number() over (partition by {key} order by no) as nth
  from run_child where run_id = :{run}
"""
_LEFT = """
  select no, region_code, named, state, row_number() over (partition by named order by no) as nth
  from {side} s where not exists (select 1 from by_key m where m.{no} = s.no)
"""
_COMPARE = """
with later as materialized ({later}), earlier as materialized ({earlier}),
by_key as materialized (
  select l.no, e.no as other_no, l.region_code, e.state as before, l.state as after
  from later l join earlier e on e.key = l.key and e.nth = l.nth
),
left_later as materialized ({left_later}), left_earlier as materialized ({left_earlier}),
paired as (
  select l.no, e.no as other_no, coalesce(l.region_code, e.region_code) as region_code,
    coalesce(e.state, '') as before, coalesce(l.state, '') as after
  from left_later l full join left_earlier e on e.named = l.named and e.nth = l.nth
)
insert into run_change (run_id, other_id, kind, no, other_no, region_code, before, after)
select :later, :earlier,
  case when no is null then 'gone' when other_no is null then 'new' else 'changed' end,
  coalesce(no, other_no), coalesce(other_no, 0), region_code, before, after
from (select * from by_key union all select * from paired) every
where before <> after
"""


def compare(session: Session, later: int, earlier: int, slots: Mapping[str, int]) -> None:
    """Write down what differs between two finished runs; again if it was written before.

    Args:
        slots: purpose of a blind index -> which of its columns is looked in.
    """
    session.execute(delete(RunChange).where(RunChange.run_id == later, RunChange.other_id == earlier))
    key = "key_2" if slots["child"] else "key"
    named = "name_birth_index_2" if slots["name_birth"] else "name_birth_index"
    statement = _COMPARE.format(
        later=_SIDE.format(key=key, named=named, run="later"),
        earlier=_SIDE.format(key=key, named=named, run="earlier"),
        left_later=_LEFT.format(side="later", no="no"),
        left_earlier=_LEFT.format(side="earlier", no="other_no"),
    )
    session.execute(text(statement), {"later": later, "earlier": earlier})


def slots_of(settings: Settings) -> dict[str, int]:
    """Purpose -> the column of its blind index that is looked in."""
    ring = ring_of(settings)
    return {purpose: ring.current(PURPOSES[purpose].key_purpose).slot for purpose in ("child", "name_birth")}


def run_before(session: Session, run: Run) -> Run | None:
    """The last finished run of the round before this one."""
    return session.scalars(
        select(Run)
        .where(Run.round_id == run.round_id, Run.no < run.no, Run.finished_at.is_not(None))
        .order_by(Run.no.desc())
        .limit(1)
    ).one_or_none()


def compared(session: Session, run_id: int, other_id: int) -> dict[str, int]:
    """Kind -> how many children, as far as the session's scope sees them."""
    query = (
        select(RunChange.kind, func.count().label("children"))
        .where(RunChange.run_id == run_id, RunChange.other_id == other_id)
        .group_by(RunChange.kind)
    )
    counted = {row.kind: row.children for row in session.execute(query)}
    return {kind: counted.get(kind, 0) for kind in KINDS}


def changes(
    session: Session, run_id: int, other_id: int, kind: str, after: int, limit: int
) -> list[RunChange]:
    """Changes of a kind by number, those after ``after``.

    Raises:
        NotFoundError: no such kind.
    """
    if kind not in KINDS:
        raise NotFoundError("没有这一类变化。")
    pair = (RunChange.run_id == run_id, RunChange.other_id == other_id)
    query = select(RunChange).where(*pair, RunChange.kind == kind, RunChange.no > after)
    return list(session.scalars(query.order_by(RunChange.no).limit(limit)))
