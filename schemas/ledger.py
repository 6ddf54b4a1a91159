"""The ledgers (台账) that a county keeps, and what puts a child into which: one table, for queries and tests.

Source of the three: the ministry's notice of 2024 (教基厅函〔2024〕15号), by which each county keeps
适龄儿童台账, 疑似辍学学生台账 and 辍学学生台账, up to date, with every persuasion recorded and
children taken off as they are settled (动态销号). Where it leaves a line open, ``Entry.source`` says more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.case import STATES, outcomes


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger: ``label`` on pages and files, ``about`` what it holds."""

    name: str
    label: str
    about: str


LEDGERS: Mapping[str, Ledger] = MappingProxyType(
    {
        each.name: each
        for each in (
            Ledger(
                "school_age", "适龄儿童台账", "本批次比对中的全部适龄儿童，和摸排发现、不在任何名单上的儿童"
            ),
            Ledger(
                "suspected",
                "疑似辍学学生台账",
                "尚未核实清楚的儿童：待核查、核查中、待审核、疑似辍学、失联待查",
            ),
            Ledger(
                "dropout",
                "辍学学生台账及劝返记录",
                "已认定失学辍学、尚未销号的儿童，含已劝返复学、仍在跟踪的",
            ),
            Ledger("cancelled", "控辍销号台账", "已凭佐证审核销号的儿童"),
        )
    }
)

DROPPED = tuple(code for code, each in outcomes().items() if each.counts == "yes")
"""Outcomes by which a child is out of school."""

BACK = tuple(code for code, each in outcomes().items() if each.closes == "after_stability_check")
"""Outcomes by which a child is back at school and still followed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a case in such a state, whose last approved outcome is such, is in this ledger.

    Attributes:
        ledger: of ``LEDGERS``; "" for none beside that of all children. states, outcomes: () for any.
        source: where the line comes from.
    """

    ledger: str
    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    why: str
    source: str


_NOTICE = "教基厅函〔2024〕15号"
_LIVE = tuple(state for state in STATES if state != "closed")

ENTRIES: tuple[Entry, ...] = (
    Entry("cancelled", ("closed",), (), "凭佐证、经第二人审核，已销号", _NOTICE),
    Entry("dropout", _LIVE, DROPPED, "已认定失学辍学；新结果审核通过之前不离开本台账", _NOTICE),
    Entry("dropout", _LIVE, BACK, "已劝返复学，稳定之前仍在本台账跟踪", "县级劝返记录台账的做法"),
    Entry("", ("watching",), (), "合法不在校，说明有效期内不再追问", "延缓入学、休学等审批规定"),
    Entry("suspected", _LIVE, (), "尚未核实清楚", _NOTICE),
)
"""The first line that fits counts."""


def ledger_of(state: str, outcome: str) -> str:
    """The ledger of a case beside that of all children, or "".

    Args:
        state: of the case; of one that went on in the next round, the state before. outcome: the code
            approved last for this child, in this or an earlier round; "" where none was.

    >>> ledger_of("submitted", "D03"), ledger_of("verifying", ""), ledger_of("watching", "C04")
    ('dropout', 'suspected', '')
    """
    return next(
        each.ledger
        for each in ENTRIES
        if state in each.states and (not each.outcomes or outcome in each.outcomes)
    )


CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "new": "新增",
        "carried": "结转",
        "back": "再次出现",
        "closed": "已销号",
        "waiting": "上批次未结，尚未结转",
    }
)
"""What became of a child between two rounds. The first three are on the worklist of the later one.
Of those ``closed`` an outcome holds; ``waiting`` are those left open until the later round opens its cases.
"""
