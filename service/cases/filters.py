"""What a worklist is narrowed to, and the conditions that it puts to the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from schemas.case import KINDS, STATES, TIERS, outcomes
from service.cases.models import Case, CaseEvent, CaseRequest
from service.errors import InvalidError
from service.limits.rules import Limits
from service.numbers import number_in

NOBODY = "none"
"""In place of an agency: cases that nobody holds."""

FOUND, REPORTED = "found_out", "report"
"""Kinds of event: a child was found to be out of school; that was reported in writing."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of cases is narrowed to; "" for all. They stand in the address of the page.

    Attributes:
        township: code of the region. outcome: a code, or the letter of a group. assignee: id of an agency, or
            ``NOBODY``. mine: "1" for what the person's own agency holds or is asked about, "asked" for the
            latter alone. overdue: "1"; "soon" for what will be; "report" where a written report is owed.
    """

    state: str = ""
    township: str = ""
    kind: str = ""
    group: str = ""
    outcome: str = ""
    tier: str = ""
    assignee: str = ""
    overdue: str = ""
    mine: str = ""

    def __post_init__(self) -> None:
        groups = {each.group for each in outcomes().values()}
        for name, known in (
            ("state", set(STATES)),
            ("kind", set(KINDS)),
            ("tier", set(TIERS)),
            ("outcome", {*outcomes(), *groups}),
            ("overdue", {"1", "soon", "report"}),
            ("mine", {"1", "asked"}),
        ):
            value = getattr(self, name)
            if value and value not in known:
                raise InvalidError("没有这种筛选条件，请从列表中选择。")
        numbers = (self.township, "" if self.assignee == NOBODY else self.assignee)
        if any(each and not (each.isascii() and each.isdigit() and len(each) <= 12) for each in numbers):
            raise InvalidError("没有这种筛选条件，请从列表中选择。")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Filters:
        """The filters of a request; what else it says is no filter.

        Raises:
            InvalidError: there is no such value.
        """
        return cls(**{name: str(given.get(name) or "")[:40] for name in cls.__slots__})

    def chosen(self) -> dict[str, str]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Seen:
    """From where a list is looked at: whose ``mine`` is, and what is late when."""

    agency_id: int
    today: date
    now: datetime
    limits: Limits


def conditions(round_id: int, filters: Filters, seen: Seen) -> list[ColumnElement[bool]]:
    """What holds of every case that the filters show."""
    found: list[ColumnElement[bool]] = [Case.round_id == round_id]
    for name in ("state", "kind", "tier"):
        value = getattr(filters, name)
        if value:
            found.append(getattr(Case, name) == value)
    if filters.township:
        found.append(Case.region_code.startswith(filters.township))
    if filters.group:
        found.append(literal(filters.group) == any_(Case.groups))
    if filters.outcome:
        one = len(filters.outcome) > 1
        found.append(Case.outcome == filters.outcome if one else Case.outcome.startswith(filters.outcome))
    if filters.assignee == NOBODY:
        found.append(Case.assignee_id.is_(None))
    elif filters.assignee:
        found.append(Case.assignee_id == number_in(filters.assignee))
    if filters.mine == "asked":
        found.append(asked_of(seen.agency_id))
    elif filters.mine:
        found.append(or_(Case.assignee_id == seen.agency_id, asked_of(seen.agency_id)))
    if filters.overdue:
        found.append(_LATE[filters.overdue](seen))
    return found


def asked_of(agency_id: int) -> ColumnElement[bool]:
    """An agency is asked about the case and has not answered."""
    asked = select(CaseRequest.case_id).where(CaseRequest.agency_id == agency_id)
    return Case.id.in_(asked.where(CaseRequest.state == "asked"))


def request_late(seen: Seen) -> ColumnElement[bool]:
    """Somebody who was asked should have answered."""
    late = select(CaseRequest.case_id).where(CaseRequest.due < seen.today)
    return Case.id.in_(late.where(CaseRequest.state == "asked"))


def overdue(seen: Seen) -> ColumnElement[bool]:
    """The result, the answer of somebody asked, or the written report is late."""
    return or_(result_late(seen), request_late(seen), report_late(seen))


def result_late(seen: Seen) -> ColumnElement[bool]:
    """The verifying agency should have handed in its result."""
    return and_(Case.state.in_(("assigned", "verifying")), Case.due < seen.today)


def due_soon(seen: Seen) -> ColumnElement[bool]:
    """The result is due within the days of the reminder, and not late yet."""
    until = seen.limits.due("remind", seen.today)
    return and_(Case.state.in_(("assigned", "verifying")), Case.due.between(seen.today, until))


def report_open() -> ColumnElement[bool]:
    """A child was found to be out of school, and neither a report nor a result has followed."""
    return _found_out()


def report_late(seen: Seen) -> ColumnElement[bool]:
    """The same, and the hours for the report are over."""
    return _found_out(CaseEvent.at < seen.now - timedelta(hours=seen.limits.of("report")))


def _found_out(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked of the few such events, once a statement, and not of each case."""
    later, of = aliased(CaseEvent), aliased(Case)
    reported = exists(
        select(later.id).where(
            later.case_id == CaseEvent.case_id, later.kind == REPORTED, later.at >= CaseEvent.at
        )
    )
    found = select(CaseEvent.case_id).join(of, of.id == CaseEvent.case_id)
    since = func.coalesce(of.submitted_at < CaseEvent.at, True)
    return Case.id.in_(found.where(CaseEvent.kind == FOUND, ~reported, since, *more))


_LATE: Mapping[str, Callable[[Seen], ColumnElement[bool]]] = {
    "1": overdue,
    "soon": due_soon,
    "report": lambda _: report_open(),
}
"""What ``Filters.overdue`` says, and what then holds of a case."""
