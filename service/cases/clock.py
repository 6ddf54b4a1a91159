"""How long is left: computed when read, from what happened and from the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from service.cases.filters import FOUND, REPORTED
from service.cases.models import Case, CaseEvent, CaseRequest
from service.county_time import COUNTY_TIME
from service.limits.rules import Limits

ORDER = ("late", "soon", "running", "kept")
APPROVE = "审核"
REQUESTS: Mapping[str, str] = {"help": "协查的答复", "check_back": "退回校核的答复"}


@dataclass(frozen=True, slots=True)
class Clock:
    """Something that has to be done by a moment.

    Attributes:
        what: Chinese. until: aware. state: ``running``, ``soon``, ``late``, or ``kept`` once it was done.
    """

    what: str
    until: datetime
    state: str = "running"


def end_of(day: date) -> datetime:
    """The last second of a day in the county: midnight would be read as the next day."""
    return datetime.combine(day, time(23, 59, 59), COUNTY_TIME)


def clocks(
    case: Case,
    events: Sequence[CaseEvent],
    requests: Sequence[CaseRequest],
    limits: Limits,
    moment: datetime,
) -> list[Clock]:
    """Every clock of a case that matters now, the most urgent first."""
    found = [Clock(REQUESTS[each.kind], end_of(each.due)) for each in requests if each.state == "asked"]
    if case.state == "assigned" and case.assigned_at:
        found.append(Clock("签收", end_of(limits.due("accept", _day(case.assigned_at)))))
    if case.state in ("assigned", "verifying") and case.due:
        found.append(Clock("上报核查结果", end_of(case.due)))
    if case.state == "submitted" and case.submitted_at:
        found.append(Clock(APPROVE, end_of(limits.due("approve", _day(case.submitted_at)))))
    if case.state == "watching" and case.expires:
        found.append(Clock("说明到期", end_of(case.expires)))
    found += report_clocks(case, events, limits)
    soon = timedelta(days=limits.of("remind"))
    told = [each if each.state == "kept" else judged(each, moment, soon) for each in found]
    return sorted(told, key=lambda each: (ORDER.index(each.state), each.until))


def report_clocks(case: Case, events: Sequence[CaseEvent], limits: Limits) -> list[Clock]:
    """The 24-hour and the same-day report of a child found to be out of school, counted from that moment.

    What was found on an earlier day than it was written down was due from the end of that day.
    """
    found = next((each for each in events if each.kind == FOUND), None)
    if found is None:
        return []
    written = _day(found.at)
    day = date.fromisoformat(str(found.detail.get("day") or written))
    start = found.at if day >= written else end_of(day)
    done = [each.at for each in events if each.kind == REPORTED and each.at >= found.at]
    if case.submitted_at and case.submitted_at >= found.at:
        done.append(case.submitted_at)
    state = "kept" if done else "running"
    clocks_ = [Clock("书面报告", start + timedelta(hours=limits.of("report")), state)]
    if limits.of("same_day"):
        clocks_.append(Clock("当日上报", end_of(day), state))
    return clocks_


def _day(moment: datetime) -> date:
    return moment.astimezone(COUNTY_TIME).date()


def judged(each: Clock, moment: datetime, soon: timedelta) -> Clock:
    """A clock as it stands at a moment; ``soon``: how long before the end it is so."""
    if each.until < moment:
        return replace(each, state="late")
    return replace(each, state="soon" if each.until - moment <= soon else "running")
