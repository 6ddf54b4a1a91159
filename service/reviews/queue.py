"""The queue of a run: who is asked about, in which order, and who comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Select, any_, func, insert, literal, select, text
from sqlalchemy.orm import Session

from schemas.review import SETTLED, STATES
from service.errors import InvalidError
from service.reviews.models import ReviewItem
from service.reviews.worth import worth_of
from service.rounds.models import Round
from service.runs.facets import coarse
from service.runs.layout import Laid
from service.runs.store import PLAIN

PAGE = 50
PIECE = 5_000

_CARRY = """
update review_item n set state = o.state, voters = o.voters
from run_child nc, run_child oc, review_item o
where n.run_id = :run and nc.run_id = n.run_id and nc.no = n.no
  and oc.run_id = :before and oc.{key} = nc.{key} and oc.{named} is not distinct from nc.{named}
  and o.run_id = oc.run_id and o.no = oc.no and o.state in ('second', 'disputed', 'unsure')
"""


def open_queue(session: Session, run_id: int, laid: Laid) -> None:
    """Write down whom a finished run leaves in doubt; called in the transaction that makes the run seen."""
    for number in range(len(laid)):
        children, links = laid.piece(number)
        doubtful = children.filter(pc.equal(children["enrolment"], "review")).to_pylist()
        near = links.filter(pc.equal(links["stage"], "roll")).select(["no", "right_school"])
        # The school of the likeliest candidate, whom a link names first: there is where one asks.
        schools = {row["no"]: row["right_school"] for row in near.to_pylist()[::-1]} if doubtful else {}
        rows = [_row(run_id, child, schools.get(child["no"], "")) for child in doubtful]
        for start in range(0, len(rows), PIECE):
            session.execute(insert(ReviewItem), rows[start : start + PIECE])


def _row(run_id: int, child: Mapping[str, Any], school: str) -> dict[str, Any]:
    groups = coarse(child["groups"])
    candidates = len([each for each in child["candidates"].split(";") if each])
    return {
        "run_id": run_id,
        "no": child["no"],
        "region_code": child["region_code"],
        "township": child["township"][: PLAIN["township"]],
        "school": (child["school"] or school)[: PLAIN["school"]],
        "groups": groups,
        "candidates": candidates,
        "worth": worth_of(child["probability"], bool(groups), candidates),
    }


def carry_on(session: Session, run_id: int, before: int, slots: Mapping[str, int]) -> None:
    """Take over from the round's run before what is half decided: nobody is asked twice in a round.

    What is decided whole the matcher has obeyed. Who is in doubt all the same is in doubt about something
    else, and asked anew.

    Args:
        slots: purpose of a blind index -> which of its columns is looked in (``compare.slots_of``).
    """
    key = "key_2" if slots["child"] else "key"
    named = "name_birth_index_2" if slots["name_birth"] else "name_birth_index"
    session.execute(text(_CARRY.format(key=key, named=named)), {"run": run_id, "before": before})


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the queue is narrowed to; "" for all. ``township`` is a region code."""

    state: str = ""
    township: str = ""
    group: str = ""
    school: str = ""

    def __post_init__(self) -> None:
        if self.state and self.state not in STATES:
            raise InvalidError("没有这种筛选条件，请从列表中选择。")

    def chosen(self) -> dict[str, Any]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value}

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions on ``ReviewItem``."""
        found: list[ColumnElement[bool]] = []
        if self.state:
            found.append(ReviewItem.state == self.state)
        if self.township:
            found.append(ReviewItem.region_code == self.township)
        if self.group:
            found.append(literal(self.group) == any_(ReviewItem.groups))
        if self.school:
            found.append(ReviewItem.school == self.school)
        return found


def rounds(session: Session) -> list[tuple[int, str]]:
    """Number and name of each round that has a run, the newest first."""
    query = select(Round.id, Round.name).where(Round.run_id.is_not(None))
    return [
        (row.id, row.name) for row in session.execute(query.order_by(Round.as_of.desc(), Round.id.desc()))
    ]


def _ordered(run_id: int, narrow: Narrow) -> Select[ReviewItem]:
    query = select(ReviewItem).where(ReviewItem.run_id == run_id, *narrow.where())
    return query.order_by(ReviewItem.worth.desc(), ReviewItem.no)


def page(session: Session, run_id: int, narrow: Narrow, number: int = 1) -> Sequence[ReviewItem]:
    """One page of the queue from 1, and one item more where there is another."""
    query = _ordered(run_id, narrow).offset((number - 1) * PAGE).limit(PAGE + 1)
    return session.scalars(query).all()


def next_for(
    session: Session, run_id: int, narrow: Narrow, who: int, leader: bool, skip: int | None = None
) -> int | None:
    """The child about whom this person is asked next, None where there is none.

    Args:
        skip: a child that is put off: what comes behind it in the order, then again from the first.
    """
    asked = ["open", "second", *(["disputed"] if leader else [])]
    wanted = _ordered(run_id, Narrow(**{**asdict(narrow), "state": ""})).where(
        ReviewItem.state.in_(asked), ~(literal(who) == any_(ReviewItem.voters)), ReviewItem.no != (skip or 0)
    )
    if skip:
        left = select(ReviewItem.worth).where(ReviewItem.run_id == run_id, ReviewItem.no == skip)
        worth = left.scalar_subquery()
        behind = (ReviewItem.worth < worth) | ((ReviewItem.worth == worth) & (ReviewItem.no > skip))
        found = session.scalars(
            wanted.order_by(None).order_by((~behind), ReviewItem.worth.desc(), ReviewItem.no).limit(1)
        )
    else:
        found = session.scalars(wanted.limit(1))
    item = found.one_or_none()
    return item.no if item else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review of a run is: children by state, of those that the run left in doubt."""

    states: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """Those settled."""
        return sum(self.states[state] for state in SETTLED)


def progress(session: Session, run_id: int) -> Progress:
    """Count the queue of a run."""
    query = (
        select(ReviewItem.state, func.count())
        .where(ReviewItem.run_id == run_id, ~ReviewItem.sampled)
        .group_by(ReviewItem.state)
    )
    counted = dict(session.execute(query).all())
    return Progress({state: counted.get(state, 0) for state in STATES})


def choices(session: Session, run_id: int) -> dict[str, list[tuple[str, str]]]:
    """What the queue can be narrowed to: ``townships``, ``groups``, ``schools``; value and label of each."""
    children = ReviewItem.run_id == run_id
    towns = select(ReviewItem.region_code, func.max(ReviewItem.township), func.count()).where(children)
    schools = select(ReviewItem.school, func.count()).where(children, ReviewItem.school != "")
    groups = select(func.unnest(ReviewItem.groups).label("name")).where(children).subquery()
    grouped = select(groups.c.name, func.count()).group_by(groups.c.name)
    ordered = schools.group_by(ReviewItem.school).order_by(func.count().desc(), ReviewItem.school)
    return {
        "townships": [
            (code, f"{name or '—'}({count:,})")
            for code, name, count in session.execute(
                towns.group_by(ReviewItem.region_code).order_by("region_code")
            )
        ],
        "groups": [
            (name, f"{name}({count:,})") for name, count in session.execute(grouped.order_by(groups.c.name))
        ],
        "schools": [(name, f"{name}({count:,})") for name, count in session.execute(ordered.limit(300))],
    }
