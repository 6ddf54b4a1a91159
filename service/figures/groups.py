"""The figures of the groups that a county reports by name: how many are listed, in doubt, out of school."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.codes import code_list
from service.figures.place import Figures, case_class, listed_as
from service.runs.cells import CELLS
from service.runs.models import Run, RunChildGroup
from service.runs.results import region_of


@dataclass(slots=True)
class Group:
    """A group. A child of two groups is counted in both.

    Attributes:
        children: on the list. suspects: of them those whom the run could not find in class. cases: of the
            round. out_of_school: of them by the approved outcome.
    """

    name: str
    children: int = 0
    suspects: int = 0
    cases: int = 0
    out_of_school: int = 0


def groups_of(session: Session, figures: Figures) -> list[Group]:
    """The groups in the order of ``schemas/codes/group.csv``, as far as the session's scope reaches."""
    found: dict[str, Group] = {}
    if figures.run is not None:
        for name, enrolment, attendance, count in _listed(session, figures.run):
            group = found.setdefault(name, Group(name))
            group.children += count
            group.suspects += count if listed_as(enrolment, attendance) != "in_class" else 0
    for row in figures.cases:
        out = case_class(row.state, row.outcome or "") == "out_of_school" if row.groups else False
        for name in row.groups:
            group = found.setdefault(name, Group(name))
            group.cases += row.n
            group.out_of_school += row.n if out else 0
    order = {row["name"]: at for at, row in enumerate(code_list("group"))}
    return [found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))]


def _listed(session: Session, run: Run) -> Iterable[tuple[str, str, str, int]]:
    """Group, enrolment, attendance and children: of the whole county as the run counted them."""
    if not region_of(session):
        counted: Counter[tuple[str, str, str]] = Counter()
        for name, enrolment, attendance, _band, count in run.facets.get("groups", ()):
            counted[name, enrolment, attendance] += count
        return [(*key, count) for key, count in counted.items()]
    cells = {number: cell for cell, number in CELLS.items()}
    query = (
        select(RunChildGroup.group_name, RunChildGroup.cell, func.count())
        .where(RunChildGroup.run_id == run.id)
        .group_by(RunChildGroup.group_name, RunChildGroup.cell)
    )
    return [(name, *cells[cell][:2], count) for name, cell, count in session.execute(query)]
