"""The figures of a round: one function counts them, and pages, answers and reports show what it gives.

Two sides of one county: the children on the list of the round's run, by where the list has them, and the
cases of the round, by where each lies now. A case that was passed on is therefore counted where it is worked
on, while its child stays in the population of the place that the list gives.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, func, literal, select, tuple_
from sqlalchemy.orm import Session, undefer

from schemas.indicator import standing_of
from service.cases.models import Case, CaseEvent
from service.cases.rules import FROZEN
from service.figures.place import VERIFIED, Figures, Place, case_class, listed_as, made_of
from service.figures.standing import DISABLED, summed
from service.ledgers.placed import placed
from service.reviews.rules import settled
from service.rounds.models import Round
from service.runs.cells import CELLS
from service.runs.models import Run, RunChildGroup
from service.runs.results import region_of


def figures_of(session: Session, of: Round, today: date) -> Figures:
    """Count the figures of a round, county and townships, as far as the session's scope reaches.

    Args:
        today: from which cases are late; in a round that is signed none is.
    """
    places: dict[str, Place] = {}
    run = run_of(session, of)
    if run is not None:
        _count_list(run, places, region_of(session))
        _count_disabled(session, run, places)
        _count_standing(session, of, run, places)
    cases = _count_cases(session, of, places, today)
    total = Place(of.region_code)
    total.days = _count_days(session, of, places)
    for place in places.values():
        for name in ("listed", "cases", "kinds", "outcomes", "counts"):
            getattr(total, name).update(getattr(place, name))
    told = [place for _code, place in sorted(places.items()) if place.any()]
    return Figures(of, run, total, told, of.state not in VERIFIED, _beyond(run), cases)


def run_of(session: Session, of: Round) -> Run | None:
    """The run that a round rests on, with its facets and its summary; None before there is one."""
    if of.run_id is None:
        return None
    query = select(Run).where(Run.id == of.run_id).options(undefer(Run.facets), undefer(Run.summary))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _beyond(run: Run | None) -> int | None:
    counted = run.summary.get("results", {}).get("children") if run is not None else None
    return None if run is None or counted is None else max(run.children - int(counted), 0)


def _place(places: dict[str, Place], code: str) -> Place:
    return places.setdefault(code, Place(code))


def _count_list(run: Run, places: dict[str, Place], region: str) -> None:
    """The children on the list, as the run counted them."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for code, name, enrolment, attendance, _band, count in run.facets.get("states", ()):
        if code.startswith(region):
            found = listed_as(enrolment, attendance)
            place = places[code] if code in places else _place(places, code)
            place.listed[found] += count
            place.counts["of_age"] += count
            place.counts["at_school"] += count if found == "in_class" else 0
            names[code][name] += count
    for code, told in names.items():
        places[code].name = told.most_common(1)[0][0]


def _count_disabled(session: Session, run: Run, places: dict[str, Place]) -> None:
    """The disabled children on the list, and those of them in class."""
    cells = {number: cell for cell, number in CELLS.items()}
    query = select(RunChildGroup.region_code, RunChildGroup.cell, func.count()).where(
        RunChildGroup.run_id == run.id, RunChildGroup.group_name == DISABLED
    )
    for code, cell, count in session.execute(query.group_by(RunChildGroup.region_code, RunChildGroup.cell)):
        enrolment, attendance, _band = cells[cell]
        counts = _place(places, code).counts
        counts["disabled"] += count
        counts["disabled_at_school"] += count if enrolment == "enrolled" and attendance != "absent" else 0


def _count_standing(session: Session, of: Round, run: Run, places: dict[str, Place]) -> None:
    """What cases, earlier explanations and the review say instead of the run."""
    found = [no for no, what in settled(session, run).items() if what == "enrolled"]
    for row in summed(session, of, found):
        if not row.hidden:
            count = _count_case if row.case else _count_other
            count(_place(places, row.region_code).counts, row)


def _count_case(counts: Counter[str], row: Any) -> None:
    for of_them in _columns(row.disabled):
        counts[of_them] += row.n if row.off else 0
        counts[_at_school(of_them)] -= row.n if row.in_class else 0
    _stand(counts, row.outcome or "", row)
    if row.off and standing_of(row.outcome or "") == "at_school":
        counts["at_school_off"] += row.n


def _count_other(counts: Counter[str], row: Any) -> None:
    if row.settled:
        for of_them in _columns(row.disabled):
            counts[_at_school(of_them)] += row.n
    elif row.outcome:
        _stand(counts, row.outcome, row)
    else:
        counts["unverified"] += row.n


def _columns(disabled: bool) -> tuple[str, ...]:
    return ("of_age", "disabled") if disabled else ("of_age",)


def _at_school(of_them: str) -> str:
    return "disabled_at_school" if of_them == "disabled" else "at_school"


def _stand(counts: Counter[str], outcome: str, row: Any) -> None:
    """Count some children of whom one outcome was approved."""
    standing = standing_of(outcome) if outcome else ""
    for of_them in _columns(row.disabled):
        if standing == "at_school":
            counts[_at_school(of_them)] += row.n
        elif standing in ("finished", "no_child"):
            counts[f"{of_them}_{standing}"] += row.n


def _count_cases(session: Session, of: Round, places: dict[str, Place], today: date) -> Sequence[Any]:
    """The cases of the round, by where they lie; gives them summed up, by ``Figures.cases``."""
    cases = placed(of.id)
    late = and_(
        cases.c.state.in_(("assigned", "verifying")),
        cases.c.due < today,
        literal(of.state not in FROZEN),
    )
    by = (cases.c.region_code, cases.c.kind, cases.c.state, cases.c.outcome, cases.c.groups)
    query = select(
        *by,
        func.max(cases.c.township).label("township"),
        func.count().label("n"),
        func.count().filter(late).label("late"),
    )
    found = session.execute(query.group_by(*by)).all()
    for row in found:
        place, code = _place(places, row.region_code), row.outcome or ""
        place.name = place.name or row.township
        place.cases[case_class(row.state, code)] += row.n
        place.kinds[row.kind] += row.n
        place.outcomes[code] += row.n
        place.counts["late"] += row.late
        for name in made_of(row.state, code, row.kind):
            place.counts[name] += row.n
    return found


def _count_days(session: Session, of: Round, places: dict[str, Place]) -> tuple[float, float] | None:
    """Days from the assignment to the first result handed in after it, of each place; gives the county's."""
    since = func.coalesce(Case.assigned_at, Case.opened_at)
    first = (
        select(Case.region_code, (func.min(CaseEvent.at) - since).label("took"))
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(Case.round_id == of.id, CaseEvent.kind == "submit", CaseEvent.at >= since)
        .group_by(Case.id)
        .subquery("first")
    )
    took = func.extract("epoch", first.c.took) / 86_400
    shares = (func.percentile_cont(share).within_group(took) for share in (0.5, 0.9))
    sets = func.grouping_sets(tuple_(first.c.region_code), tuple_())
    county = None
    for code, median, most in session.execute(select(first.c.region_code, *shares).group_by(sets)):
        days = None if median is None else (float(median), float(most))
        if code is None:
            county = days
        else:
            _place(places, code).days = days
    return county
