"""The joint meeting: what comes before it, in which order, and what it may decide. Tables, not code.

Sources: the duties of a joint meeting (控辍保学联席会议) in counties' plans of 2019 to 2025, which confirm
categories, name who leads, agree to legal steps and have data corrected; the ministry's key groups of 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from schemas.case import STATES


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading of the agenda. A case comes under the first that fits it, if it fits any.

    Attributes:
        states: of the case. tiers: of risk, () for any. groups: letters of outcomes, () for any.
        asked: only where another agency still owes an answer. late: only where the case is past its day.
        decision: what the meeting is likely to decide, offered first.
    """

    name: str
    label: str
    states: tuple[str, ...]
    decision: str
    tiers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    asked: bool = False
    late: bool = False

    def fits(self, state: str, tier: str, outcome: str, asked: bool, late: bool) -> bool:
        """Whether a case belongs under it. ``outcome``: a code, "" where none was reported."""
        return (
            state in self.states
            and (not self.tiers or tier in self.tiers)
            and (not self.groups or outcome[:1] in self.groups)
            and (asked or not self.asked)
            and (late or not self.late)
        )


_OPEN = tuple(state for state in STATES if state not in ("closed", "carried"))

TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        topic.name: topic
        for topic in (
            Topic("law", "劝返困难，拟进入法律程序", ("persuading",), "law", tiers=("high",)),
            Topic("searching", "失联待查，指定牵头单位", ("searching",), "lead"),
            Topic("asked", "协查、校核尚未答复", _OPEN, "lead", asked=True),
            Topic("persuading", "劝返中", ("persuading",), "go_on"),
            Topic("correct", "数据更正", ("submitted",), "correct", groups=("A",)),
            Topic("confirm", "确认类别", ("submitted",), "confirm"),
            Topic("late", "逾期未核实", ("assigned", "verifying"), "go_on", late=True),
            Topic("watching", "说明期内、复学跟踪", ("watching",), "go_on"),
            Topic("open", "核查中", ("open", "assigned", "verifying"), "go_on"),
        )
    }
)
"""Headings of the agenda, in the order of the meeting: the hardest first."""

GROUPS = (
    "孤儿", "事实无人抚养", "残疾", "特困", "困境", "留守", "流动", "脱贫不稳定户", "边缘易致贫户",
    "突发严重困难户", "监测对象", "农村低保", "城市低保", "低保", "脱贫户",
)  # fmt: skip
"""Groups that a county reports by name, in the order in which the meeting takes them."""


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """Something that the meeting decides about a child.

    Attributes:
        lead: whether an agency must be named. due: whether a day must be. outcome: whether it is about the
            outcome that was reported. request: what the named agency is asked (``case_request.kind``), or "".
    """

    name: str
    label: str
    lead: bool = False
    due: bool = False
    outcome: bool = False
    request: str = ""


DECISIONS: Mapping[str, DecisionKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            DecisionKind("confirm", "确认类别", outcome=True),
            DecisionKind("lead", "指定牵头单位", lead=True, due=True, request="help"),
            DecisionKind("law", "同意进入法律程序", due=True),
            DecisionKind("correct", "要求更正", lead=True, due=True, request="check_back"),
            DecisionKind("go_on", "继续核查", due=True),
            DecisionKind("other", "其他决定"),
        )
    }
)


def topic_of(state: str, tier: str, outcome: str, asked: bool, late: bool) -> Topic | None:
    """The heading under which a case comes; None where it is no matter for the meeting.

    >>> topic_of("searching", "low", "E01", False, False).label
    '失联待查，指定牵头单位'
    """
    return next((each for each in TOPICS.values() if each.fits(state, tier, outcome, asked, late)), None)


def place_of(groups: Sequence[str]) -> int:
    """Where a child of these groups stands among others of its heading: the first of its groups counts."""
    return min((GROUPS.index(each) for each in groups if each in GROUPS), default=len(GROUPS))
