"""A case: one child on the worklist of a round. Its states, its moves, and what an outcome means.

Tables that a civil servant can read; ``service.cases.rules`` obeys them and knows no other. Sources of the
terms: the ministry's notice of 2024 on dropout control (四查三比对, 动态销号), county verification reports of
2018 to 2025; outcomes and reasons stand in ``schemas/codes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from schemas.codes import code_list

KINDS: Mapping[str, str] = {
    "not_enrolled": "适龄未在学籍",
    "doubtful": "疑似匹配未决",
    "absent": "在籍不在校",
    "by_hand": "铁脚板摸排",
    "carried": "上批次结转",
    "expired": "说明到期",
}
"""Why a child is on the worklist."""

STATES: Mapping[str, str] = {
    "open": "待分派",
    "assigned": "待签收",
    "verifying": "核查中",
    "submitted": "待审核",
    "persuading": "劝返中",
    "watching": "跟踪中",
    "searching": "失联待查",
    "closed": "已销号",
    "carried": "已结转",
}
"""Of a case. ``persuading``: out of school, confirmed; ``watching``: explained for a time, or back at school
and followed; ``searching``: nobody knows where; ``carried``: the round ended first, the next one goes on."""

ENDED = ("closed", "carried")
"""States in which nothing more happens in this round, unless the case is opened again."""

AT_WORK = ("assigned", "verifying", "submitted", "persuading", "watching", "searching")
"""States in which somebody holds the case."""

TIERS: Mapping[str, str] = {"high": "高", "middle": "中", "low": "低"}
"""Risk of staying away (风险等级)."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way on.

    Attributes:
        name, label: in code, and on its button. before: states that it leaves.
        after: the state that it reaches; "" where the outcome says (``Outcome.after``).
        action: of ``schemas.permission``, "" where only the service itself does it.
        reason: whether words must be given. evidence: whether the outcome's evidence must lie in the case.
        other_person: whether it must be another person than the one who submitted the outcome.
    """

    name: str
    label: str
    before: tuple[str, ...]
    after: str
    action: str
    reason: bool = False
    evidence: bool = False
    other_person: bool = False


MOVES: Mapping[str, Move] = MappingProxyType(
    {
        move.name: move
        for move in (
            Move("assign", "分派", ("open",), "assigned", "case.assign"),
            Move("accept", "签收", ("assigned",), "verifying", "case.verify"),
            Move("hand_back", "退回", ("assigned", "verifying"), "open", "case.verify", reason=True),
            Move("take_back", "收回", ("assigned",), "open", "case.assign", reason=True),
            Move(
                "submit",
                "上报结果",
                ("verifying", "persuading", "watching", "searching"),
                "submitted",
                "case.verify",
                evidence=True,
            ),
            Move("approve", "审核通过", ("submitted",), "", "case.approve", evidence=True, other_person=True),
            Move("refuse", "审核退回", ("submitted",), "verifying", "case.approve", True, other_person=True),
            Move("expire", "说明到期", ("watching",), "verifying", ""),
            Move("reopen", "重新核查", ("closed",), "verifying", "case.approve", reason=True),
            Move(
                "carry",
                "结转下一批次",
                ("open", "assigned", "verifying", "submitted", "persuading", "watching", "searching"),
                "carried",
                "",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result of verification (核查结果), of ``schemas/codes/outcome.csv``.

    Attributes:
        group: A data or household error, B at school, C lawfully not at school, D out of school, E not found.
        closes: ``yes``, ``no``, ``until_expiry``, ``until_review`` or ``after_stability_check``.
        counts: as out of school: ``yes``, ``no``, ``watch`` or ``apart``.
        evidence: what must lie in the case, "" where nothing is named.
        owner: who follows it up.
    """

    code: str
    name: str
    group: str
    group_name: str
    closes: str
    counts: str
    evidence: str
    owner: str

    @property
    def after(self) -> str:
        """The state that its approval leads to; of a child brought back, until it is shown to have stayed."""
        if self.closes == "yes":
            return "closed"
        if self.closes != "no":
            return "watching"
        return "searching" if self.group == "E" else "persuading"

    @property
    def needs_reason(self) -> bool:
        """Whether it must be said why: where a child is out of school."""
        return self.after == "persuading"

    @property
    def papers(self) -> tuple[tuple[str, ...], ...]:
        """Evidence, one of these sets of papers: ``(("死亡证明",), ("村委会证明", "派出所证明"))``."""
        either = self.evidence.split("/") if self.evidence else []
        return tuple(tuple(each.split("+")) for each in either)

    @property
    def needs_end(self) -> bool:
        """Whether the last day must be given on which the explanation holds."""
        return self.closes in ("until_expiry", "until_review")

    def holds_until(self, day: date, school_year: int) -> date | None:
        """The last day on which the approved outcome explains a child of itself; None where it never ends.

        Most explanations are looked at again in the next school year: a child with a wrong number on the roll
        may leave school while the number stays wrong. What needs a date of its own (``needs_end``), or leaves
        the child out of school, explains nothing by itself.

        Args:
            day: of the approval. school_year: that began on 1 September of this year.
        """
        if self.code in FOR_GOOD:
            return None
        if self.group in ("A", "B", "C") and not self.needs_end:
            return max(day, date(school_year + 1, 8, 31))
        return day


FOR_GOOD = ("A01", "A03", "A09", "B12", "B13", "C02", "C10")
"""Outcomes that stay true: there is no such child at all, or it has left the school age or its schools."""

FROM_CONTACTS: Mapping[str, tuple[str, int]] = {
    "入户记录": ("M01", 1),
    "家访记录": ("M01", 1),
    "送教记录": ("M01", 1),
    "多次联系记录": ("", 3),
}
"""Evidence that visits and calls on record give: their method ("" for any), and how many."""

STABLE_DAYS = 60
"""Days for which a child back at school is followed before the case may close."""


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome by its code, in the order of the list."""
    columns = ("code", "name", "group", "group_name", "closes", "counts", "evidence", "owner")
    return MappingProxyType(
        {row["code"]: Outcome(*(row[each] for each in columns)) for row in code_list("outcome")}
    )


def tier_of(months_out: float, reasons: int, reachable: str, failed: int, steps: int) -> str:
    """The risk tier that the facts give: the highest that one of them reaches.

    The criteria of a county's plan (out long, causes complex, support weak, hard to persuade), counted.

    Args:
        months_out: since the child was last at school. reasons: how many are known. reachable: whether the
            guardian is: ``yes``, ``partly``, ``no``. failed: persuasions without result. steps: legal ones.
    """
    if months_out >= 6 or reasons >= 2 or reachable == "no" or failed >= 3 or steps:
        return "high"
    if months_out >= 1 or reachable == "partly" or failed:
        return "middle"
    return "low"
