"""Round after round: the same few numbers of each, in two questions for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session, lazyload, undefer

from service.figures.place import Figures, case_class, listed_as, made_of
from service.ledgers.placed import placed
from service.rounds.models import Round
from service.runs.models import Run
from service.runs.results import region_of

ROUNDS = 8
"""Rounds that a trend shows: two school years."""


@dataclass(slots=True)
class Point:
    """A round in the trend. ``listed``, ``cases``, ``counts``: as in ``rules.Place``."""

    round: Round
    listed: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def suspects(self) -> int:
        """Children whom the run could not find in class."""
        return sum(self.listed.values()) - self.listed["in_class"]

    @property
    def false_share(self) -> float | None:
        """Of the closed cases those that were a false alarm; null while none is closed."""
        return self.counts["false"] / self.cases["closed"] if self.cases["closed"] else None


def trend_of(session: Session, figures: Figures) -> list[Point]:
    """The rounds of the same area until the one of these figures, the oldest first, at most ``ROUNDS``."""
    of = figures.round
    before = or_(Round.as_of < of.as_of, (Round.as_of == of.as_of) & (Round.id <= of.id))
    query = (
        select(Round)
        .options(lazyload(Round.required))
        .where(Round.region_code == of.region_code, before)
        .order_by(Round.as_of.desc(), Round.id.desc())
        .limit(ROUNDS)
    )
    points = {each.id: Point(each) for each in reversed(session.scalars(query).all())}
    _lists(session, points, region_of(session))
    earlier = [number for number in points if number != of.id]
    _cases(points, [*((of.id, row) for row in figures.cases), *_earlier(session, earlier)])
    return list(points.values())


def _lists(session: Session, points: dict[int, Point], region: str) -> None:
    runs: dict[int, list[Point]] = {}
    for point in points.values():
        if point.round.run_id:
            runs.setdefault(point.round.run_id, []).append(point)
    query = select(Run).where(Run.id.in_(runs)).options(undefer(Run.facets))
    for run in session.scalars(query.execution_options(populate_existing=True)):
        for code, _name, enrolment, attendance, _band, count in run.facets.get("states", ()):
            for point in runs[run.id] if code.startswith(region) else ():
                point.listed[listed_as(enrolment, attendance)] += count


def _earlier(session: Session, rounds: Sequence[int]) -> list[tuple[int, Any]]:
    """The cases of earlier rounds, each with its round, summed up."""
    parts = []
    for number in rounds:
        cases = placed(number)
        by = (cases.c.kind, cases.c.state, cases.c.outcome)
        parts.append(select(literal(number).label("round_id"), *by, func.count().label("n")).group_by(*by))
    return [(row.round_id, row) for row in session.execute(union_all(*parts))] if parts else []


def _cases(points: dict[int, Point], rows: Sequence[tuple[int, Any]]) -> None:
    for number, row in rows:
        point, code = points[number], row.outcome or ""
        point.cases[case_class(row.state, code)] += row.n
        for name in made_of(row.state, code, row.kind):
            point.counts[name] += row.n


def changes(points: Sequence[Point]) -> dict[str, int]:
    """The newest round beside the one before it: suspects, cases and dropouts more or (below 0) fewer."""
    if len(points) < 2:
        return {}
    before, now = points[-2:]
    return {
        "suspects": now.suspects - before.suspects,
        "cases": sum(now.cases.values()) - sum(before.cases.values()),
        "out_of_school": now.cases["out_of_school"] - before.cases["out_of_school"],
    }
