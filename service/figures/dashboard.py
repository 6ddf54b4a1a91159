"""Everything that page, programs and report are told of a round, as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.figures.agencies import Quality, list_quality
from service.figures.groups import Group, groups_of
from service.figures.known import AgencyCorrections, corrections_by_agency, known_of
from service.figures.measures import Measure, measures_of
from service.figures.place import Figures, Place
from service.figures.published import Shown, publish, sees_exact
from service.figures.rules import figures_of, run_of
from service.figures.signed import Signed, as_signed
from service.figures.trend import Point, trend_of
from service.rounds.models import Round
from service.runs.results import region_of


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A round's figures with what goes beside them.

    Attributes:
        measures: of the reader's whole area. county: the reader sees the county; else one region of it.
    """

    figures: Figures
    shown: Shown
    measures: list[Measure]
    groups: list[Group]
    trend: list[Point]
    agencies: list[Quality]
    corrections: list[AgencyCorrections]
    signed: Signed | None
    county: bool

    @property
    def places(self) -> list[Place]:
        """The townships."""
        return self.figures.places

    def measures_at(self, place: Place) -> list[Measure]:
        """The indicators of one township."""
        return measures_of(place, self.figures, county=False)


def dashboard_of(
    session: Session, of: Round, who: Identity, today: date, *, exact: bool | None = None
) -> Dashboard:
    """Count and put together, as far as the session's scope reaches.

    Args:
        exact: False to hide small numbers though this person may see them: for what goes to others.
    """
    county = not region_of(session)
    figures = figures_of(session, of, today)
    signed = as_signed(session, figures) if county else None
    corrections = corrections_by_agency(session, of) if county else []
    known = known_of(session, of, corrections)
    trend = trend_of(session, figures)
    before = run_of(session, trend[-2].round) if county and len(trend) > 1 else None
    return Dashboard(
        figures,
        publish(figures, exact=sees_exact(who) and exact is not False),
        measures_of(figures.total, figures, known, county=True),
        groups_of(session, figures),
        trend,
        list_quality(figures.run, before) if county else [],
        corrections,
        signed,
        county,
    )


def words(told: Dashboard) -> dict[str, Any]:
    """Texts that stand above the figures, on the page and in the report."""
    of = told.figures.round
    notes = []
    if told.figures.run is None:
        notes.append("本批次还没有完成的比对。")
    elif told.figures.preliminary:
        notes.append("本批次还没有进入核查，以下是比对的结果，尚未经核实。")
    if told.signed is not None:
        notes.append(f"数字以联席会议签字的为准，摘要 {told.signed.digest[:16]}。")
    if told.figures.beyond:
        notes.append(
            f"名单儿童含 {told.shown.alone(told.figures.beyond)} 名不在人口名单上、"
            "因学籍在册而不在班列入的学生。"
        )
    if not told.shown.exact:
        notes.append("小于5的数字写作“<5”；“…”是为防止由合计推算而一并隐去的数字，比例相应从略或取约数。")
    return {"notes": notes, "as_of": of.as_of.isoformat()}
