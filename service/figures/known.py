"""What indicators of the county need beside its counts: the school year, the reviewers, the corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from schemas.indicator import DROPPED_OUT
from service.agencies.models import Agency
from service.cases.models import Case, CaseEvent
from service.corrections.models import Correction
from service.figures.measures import Known
from service.reviews.models import ReviewDecision
from service.rounds.models import Round
from service.runs.models import Run
from service.runs.results import region_of

AUTUMN = (9, 10)
"""Months of the round from which the pupils at the beginning of a school year are known."""


def known_of(session: Session, of: Round, corrections: Sequence[AgencyCorrections]) -> Known:
    """As far as the session's scope reaches."""
    return Known(_year(session, of), _agreement(session, of), _answered(corrections))


def _year(session: Session, of: Round) -> tuple[int, int] | None:
    """Dropouts of the school year until this round, once each, and children in class when it began."""
    same = (
        Round.region_code == of.region_code,
        Round.school_year == of.school_year,
        Round.as_of <= of.as_of,
    )
    autumn = (
        select(Run)
        .join(Round, Round.run_id == Run.id)
        .where(*same, func.extract("month", Round.as_of).in_(AUTUMN))
        .order_by(Round.as_of, Round.id)
        .options(undefer(Run.facets))
        .limit(1)
    )
    run = session.scalars(autumn).one_or_none()
    if run is None:
        return None
    approved = CaseEvent.detail["outcome"].astext
    query = (
        select(func.count(func.distinct(Case.child_id)))
        .join(Round, Round.id == Case.round_id)
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(*same, CaseEvent.kind == "approve", approved.in_(DROPPED_OUT))
    )
    return session.scalar(query) or 0, in_class(run.facets, region_of(session))


def in_class(facets: Any, region: str = "") -> int:
    """Children of a run, within a region, who are enrolled and were not found absent."""
    return sum(
        count
        for code, _name, enrolment, attendance, _band, count in facets.get("states", ())
        if code.startswith(region) and enrolment == "enrolled" and attendance != "absent"
    )


def _agreement(session: Session, of: Round) -> tuple[int, int] | None:
    """Pairs that two or more judged without a leader's last word: how many of them alike."""
    pairs = (
        select(func.count(func.distinct(ReviewDecision.verdict)).label("verdicts"))
        .where(
            ReviewDecision.round_id == of.id,
            ReviewDecision.withdrawn_at.is_(None),
            ReviewDecision.final.is_(False),
        )
        .group_by(ReviewDecision.run_id, ReviewDecision.child_no, ReviewDecision.place)
        .having(func.count(func.distinct(ReviewDecision.account_id)) > 1)
        .subquery("pairs")
    )
    alike, judged = session.execute(
        select(func.count().filter(pairs.c.verdicts == 1), func.count()).select_from(pairs)
    ).one()
    return (alike, judged) if judged else None


@dataclass(frozen=True, slots=True)
class AgencyCorrections:
    """Corrections that an agency was asked for in a round, by what it answered."""

    agency: str
    waiting: int
    done: int
    refused: int

    @property
    def all(self) -> int:
        """All of them."""
        return self.waiting + self.done + self.refused


def corrections_by_agency(session: Session, of: Round) -> list[AgencyCorrections]:
    """Of each agency that was asked for any, in the order of the agencies."""
    states = {state: func.count().filter(Correction.state == state) for state in ("open", "done", "refused")}
    query = (
        select(Agency.name, states["open"], states["done"], states["refused"])
        .join(Correction, Correction.agency_id == Agency.id)
        .where(Correction.round_id == of.id)
        .group_by(Agency.id)
        .order_by(Agency.id)
    )
    return [AgencyCorrections(*row) for row in session.execute(query)]


def _answered(corrections: Sequence[AgencyCorrections]) -> tuple[int, int] | None:
    """Done, and answered."""
    done, refused = (sum(getattr(each, name) for each in corrections) for name in ("done", "refused"))
    return (done, done + refused) if done + refused else None
