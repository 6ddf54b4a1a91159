"""核查结果汇总表: cases of a round by township and by what came of them, counted by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.case import outcomes
from service.cases.models import Case
from service.export import SheetColumn, Workbook

TITLE = "核查结果汇总表"
UNKNOWN = "乡镇不详"
COUNTY_DIGITS = 6


@dataclass(slots=True)
class Township:
    """The cases of a township.

    Attributes:
        approved: outcome -> cases with it. waiting: reported, not approved. silent: nothing reported.
        states: state -> cases.
    """

    name: str
    approved: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    silent: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All its cases."""
        return sum(self.approved.values()) + self.waiting + self.silent

    def group(self, letter: str) -> int:
        """Cases whose approved outcome is of a group."""
        return sum(count for code, count in self.approved.items() if outcomes()[code].group == letter)

    def counted(self, how: str) -> int:
        """Cases whose approved outcome counts so: ``yes`` is out of school."""
        return sum(count for code, count in self.approved.items() if outcomes()[code].counts == how)

    def add(self, other: Township) -> None:
        """Put another one's cases to these."""
        self.approved += other.approved
        self.states += other.states
        self.waiting += other.waiting
        self.silent += other.silent


def summary_of(session: Session, round_id: int) -> list[Township]:
    """The townships of a round that the session sees, in the order of their codes."""
    query = (
        select(
            Case.region_code,
            Case.township,
            Case.state,
            Case.outcome,
            Case.approved_by.is_not(None),
            func.count(),
        )
        .where(Case.round_id == round_id)
        .group_by(Case.region_code, Case.township, Case.state, Case.outcome, Case.approved_by.is_not(None))
        .order_by(Case.region_code, Case.township)
    )
    found: dict[str, Township] = {}
    for code, name, state, outcome, approved, count in session.execute(query):
        # Lists write a township with the county's name before it or without: its code tells.
        key = code if len(code) > COUNTY_DIGITS else name
        at = found.setdefault(key, Township(name or UNKNOWN))
        at.name = min(at.name, name or at.name, key=len)
        at.states[state] += count
        if approved and outcome:
            at.approved[outcome] += count
        elif state == "submitted":
            at.waiting += count
        else:
            at.silent += count
    return list(found.values())


def write_summary(
    path: Path, round_name: str, rows: Sequence[Township], created: datetime, mark: str
) -> Path:
    """The summary as a workbook: a sheet by group, one by the outcomes that occur; the last row sums up."""
    total = Township("合计")
    for each in rows:
        total.add(each)
    every = [*rows, total]
    groups = {each.group: each.group_name for each in outcomes().values()}
    used = [code for code in outcomes() if total.approved[code]]
    note = f"{round_name}。结果以审核通过的为准。内部资料，请勿外传。{mark}"
    with Workbook(path, created=created) as book:
        book.table_sheet("按类别", f"{TITLE}(按乡镇和类别)", _by_group(every, groups), note=note)
        columns = [_names(every), _numbers("个案数", [each.total for each in every])]
        columns += [
            _numbers(f"{code} {outcomes()[code].name}", [each.approved[code] for each in every])
            for code in used
        ]
        book.table_sheet("按结果", f"{TITLE}(按乡镇和核查结果)", columns, note=note)
    return path


def _by_group(every: Sequence[Township], groups: Mapping[str, str]) -> list[SheetColumn]:
    return [
        _names(every),
        _numbers("个案数", [each.total for each in every]),
        _numbers("未上报", [each.silent for each in every]),
        _numbers("待审核", [each.waiting for each in every]),
        *(
            _numbers(f"{letter} {name}", [each.group(letter) for each in every])
            for letter, name in groups.items()
        ),
        _numbers("其中计入失学辍学", [each.counted("yes") for each in every]),
        _numbers("已销号", [each.states["closed"] for each in every]),
        _numbers("劝返中", [each.states["persuading"] for each in every]),
        _numbers("跟踪中", [each.states["watching"] for each in every]),
        _numbers("失联待查", [each.states["searching"] for each in every]),
    ]


def _names(every: Sequence[Township]) -> SheetColumn:
    return SheetColumn("乡镇", [each.name for each in every], narrowest=12)


def _numbers(header: str, values: Sequence[int]) -> SheetColumn:
    return SheetColumn(header, values, kind="number", narrowest=8, widest=16)
