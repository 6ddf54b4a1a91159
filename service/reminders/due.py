"""What is due or overdue in the whole county, and whom it concerns: clocks of cases, requests and plans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.agencies.models import Agency
from service.cases.clock import APPROVE, REQUESTS, Clock, clocks, end_of, judged
from service.cases.filters import FOUND, REPORTED
from service.cases.models import Case, CaseEvent, CaseRequest
from service.cases.rules import FROZEN
from service.limits.rules import Limits, limits_of
from service.plans.models import FollowUp, Measure
from service.rounds.models import Round

TOLD = ("late", "soon")
"""States of a clock that somebody is reminded of."""

ENDED = ("open", "closed", "carried")
"""States of cases whose clocks do not run: nobody holds them yet, or nothing happens to them any more."""

FOLLOW_UP, MEASURE = "复学回访", "劝返措施"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: by whom, about which case, what, until when (aware), ``late`` or ``soon``."""

    agency_id: int
    case_id: int
    what: str
    until: datetime
    state: str


def due(session: Session, moment: datetime) -> set[Line]:
    """Everything that somebody has to be reminded of, in a fixed number of statements."""
    limits = limits_of(session)
    bureaus = session.execute(
        select(Agency.region_code, Agency.id)
        .where(Agency.kind == "education", Agency.active)
        .order_by(Agency.region_code.desc(), Agency.id)
    ).all()
    found = {
        Line(agency_id, case.id, each.what, each.until, each.state)
        for case, each, asked in (*_of_cases(session, limits, moment), *_of_plans(session, limits, moment))
        if each.state in TOLD
        for agency_id in [asked or _concerned(case, each.what, bureaus)]
        if agency_id
    }
    return found


def _concerned(case: Case, what: str, bureaus: Sequence[tuple[str, int]]) -> int | None:
    """Who holds the case; the bureau of its area where nobody does, and for what only the bureau can do."""
    if case.assignee_id and what != APPROVE:
        return case.assignee_id
    return next((number for region, number in bureaus if case.region_code.startswith(region)), None)


def _of_cases(session: Session, limits: Limits, moment: datetime) -> Iterator[tuple[Case, Clock, int | None]]:
    """(case, clock, agency that was asked) of the cases of rounds that are not signed."""
    running = (
        select(Case).join(Round, Round.id == Case.round_id)
        .where(Round.state.not_in(FROZEN), Case.state.not_in(ENDED))
    )  # fmt: skip
    cases = {case.id: case for case in session.scalars(running)}
    within = running.with_only_columns(Case.id).scalar_subquery()
    events: dict[int, list[CaseEvent]] = {}
    told = select(CaseEvent).where(CaseEvent.kind.in_((FOUND, REPORTED)), CaseEvent.case_id.in_(within))
    for event in session.scalars(told.order_by(CaseEvent.id)):
        events.setdefault(event.case_id, []).append(event)
    for case in cases.values():
        for each in clocks(case, events.get(case.id, ()), (), limits, moment):
            yield case, each, None
    asked = select(CaseRequest).where(CaseRequest.state == "asked", CaseRequest.case_id.in_(within))
    for request in session.scalars(asked):
        each = judged(Clock(REQUESTS[request.kind], end_of(request.due)), moment, _ahead(limits))
        yield cases[request.case_id], each, request.agency_id


def _of_plans(session: Session, limits: Limits, moment: datetime) -> Iterator[tuple[Case, Clock, int | None]]:
    """The same of follow-ups and planned measures, by the newest case of the child."""
    last = (moment + _ahead(limits)).date()
    visits = session.execute(
        select(FollowUp.child_id, FollowUp.due).where(
            FollowUp.done_on.is_(None), FollowUp.dropped.is_(False), FollowUp.due <= last
        )
    ).all()
    measures = session.execute(
        select(Measure.child_id, Measure.planned).where(Measure.done.is_(None), Measure.planned <= last)
    ).all()
    newest = select(Case).ext(distinct_on(Case.child_id)).order_by(Case.child_id, Case.id.desc())
    children = {row[0] for row in (*visits, *measures)}
    cases = {case.child_id: case for case in session.scalars(newest.where(Case.child_id.in_(children)))}
    for what, rows in ((FOLLOW_UP, visits), (MEASURE, measures)):
        for child_id, day in rows:
            yield cases[child_id], judged(Clock(what, end_of(day)), moment, _ahead(limits)), None


def _ahead(limits: Limits) -> timedelta:
    return timedelta(days=limits.of("remind"))
