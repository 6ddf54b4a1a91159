"""What comes out of a meeting on paper: agenda, minutes, signed summary; masked for whoever takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.case import outcomes
from service.county_time import minute
from service.export import SheetColumn, Workbook
from service.export.document import FANG, HEI, Document
from service.ledgers.shown import outcome_label
from service.meetings.figures import codes_in
from service.meetings.models import Attendance, Meeting, Sitting
from service.meetings.signing import Standing
from service.meetings.views_signing import LABELS
from service.rounds.models import Round

AGENDA = {
    "position": "序号", "topic": "议题", "number": "个案编号", "name": "姓名", "sex": "性别",
    "birth_date": "出生日期", "township": "乡镇", "groups": "人群类别", "tier": "风险等级",
    "state_label": "状态", "outcome_label": "上报结果", "decision": "会议决定",
}  # fmt: skip
SHARES = (3, 8, 7, 5, 3, 7, 5, 8, 4, 5, 9, 12)
"""Parts of the page's width of each column of the agenda."""

UNKNOWN = "乡镇不详"
_ROOM = {"decision": 24}
"""Columns that are written into by hand."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What the papers of a meeting are made from.

    Attributes:
        rows: the items of the agenda, with ``decision``: what was decided, as text. seats: sitting -> who
            came. names: agency -> its name. made: when the paper is made. mark: who takes it.
    """

    meeting: Meeting
    round: Round
    rows: Sequence[Mapping[str, Any]]
    sittings: Sequence[Sitting]
    seats: Mapping[int, Sequence[Attendance]]
    names: Mapping[int, str]
    now: Standing
    made: datetime
    mark: str

    @property
    def note(self) -> str:
        """Under the title of a sheet."""
        return f"{self.round.name}，比对日期 {self.round.as_of.isoformat()}。内部资料，请勿外传。{self.mark}"


def agenda_document(matter: Matter) -> bytes:
    """会议议题单, lying, one line a child."""
    paper = Document("会议议题单", created=matter.made, landscape=True, margin=1.5, mark=matter.mark)
    paper.heading("控辍保学联席会议议题单")
    paper.paragraph(_about(matter), size=11)
    counted: dict[str, int] = {}
    for row in matter.rows:
        counted[row["topic"]] = counted.get(row["topic"], 0) + 1
    paper.paragraph("；".join(f"{topic} {n} 名" for topic, n in counted.items()), size=11, after=6)
    body = [[_text(row[name]) for name in AGENDA] for row in matter.rows]
    paper.table(list(AGENDA.values()), body or [[""] * len(AGENDA)], SHARES)
    return paper.bytes()


def agenda_sheet(matter: Matter, path: Path) -> None:
    """The same as a workbook."""
    with Workbook(path, created=matter.made) as book:
        columns = [
            SheetColumn(
                head, [_text(row[name]) for row in matter.rows], narrowest=24 if name == "decision" else 5
            )
            for name, head in AGENDA.items()
        ]
        book.table_sheet("会议议题单", "控辍保学联席会议议题单", columns, note=matter.note)


def minutes_document(matter: Matter) -> bytes:
    """会议纪要: when, who, what was decided, the figures that were signed, by whom."""
    paper = Document("会议纪要", created=matter.made, margin=2.6, mark=matter.mark)
    paper.heading("控辍保学联席会议纪要")
    paper.paragraph(_about(matter), size=12, font=FANG, align="center", after=10)
    _who(paper, matter)
    _decided(paper, matter)
    _figures(paper, matter)
    _signed(paper, matter)
    return paper.bytes()


def _heading(paper: Document, text: str) -> None:
    paper.paragraph(text, size=14, font=HEI, after=4)


def _body(paper: Document, text: str) -> None:
    paper.paragraph(text, size=12, font=FANG, indent=2, line=22)


def _who(paper: Document, matter: Matter) -> None:
    _heading(paper, "一、会议情况")
    for sitting in matter.sittings:
        here: list[str] = []
        away: list[str] = []
        for seat in matter.seats.get(sitting.id, ()):
            agency = matter.names.get(seat.agency_id, "")
            person = (
                f"（{' '.join(each for each in (seat.person, seat.duty) if each)}）" if seat.person else ""
            )
            (here if seat.present else away).append(agency + (person if seat.present else ""))
        said = f"{sitting.day.isoformat()} 召开第 {sitting.no} 场会议"
        said += f"，地点：{sitting.place}" if sitting.place else ""
        said += f"，主持人：{sitting.chair}" if sitting.chair else ""
        _body(
            paper,
            f"{said}。到会单位：{'、'.join(here) or '无'}。"
            + (f"未到会：{'、'.join(away)}。" if away else ""),
        )
    if not matter.sittings:
        _body(paper, "会议尚未召开。")


def _decided(paper: Document, matter: Matter) -> None:
    _heading(paper, "二、议定事项")
    decided = [row for row in matter.rows if row["decision"]]
    _body(paper, f"列入议程 {len(matter.rows)} 名儿童，逐人讨论后对 {len(decided)} 名作出决定。")
    if decided:
        heads = ["个案编号", "姓名", "乡镇", "情况", "会议决定"]
        body = [
            [
                row["number"],
                row["name"],
                row["township"],
                row["outcome_label"] or row["state_label"],
                row["decision"],
            ]
            for row in decided
        ]
        paper.table(heads, body, (12, 9, 10, 20, 35))
        paper.paragraph("")


def _figures(paper: Document, matter: Matter) -> None:
    figures = matter.now.figures
    _heading(paper, "三、核对数字")
    if not figures:
        _body(paper, "核对数字尚未产生。")
        return
    total = figures["total"]
    said = "，".join(f"{label} {total[name]:,}" for name, label in LABELS.items())
    run = figures.get("run") or {}
    if run:
        _body(paper, f"本批次比对适龄儿童 {run['children']:,} 名，其中已匹配在籍 {run['enrolled']:,} 名。")
    _body(paper, f"核查个案合计：{said}。")
    heads = ["乡镇", "适龄儿童", *LABELS.values()]
    body = [
        [row["township"] or UNKNOWN, row["children"], *(row[name] for name in LABELS)]
        for row in figures["townships"]
    ]
    paper.table(heads, body or [[""] * len(heads)], (14, 9, *(8 for _ in LABELS)))
    paper.paragraph("")


def _signed(paper: Document, matter: Matter) -> None:
    _heading(paper, "四、签署")
    rows = [
        [each.agency, each.person, minute(each.at) if each.at else "未签署", ""]
        for each in matter.now.signers
    ]
    paper.table(["单位", "签署人", "签署时间", "盖章"], rows or [[""] * 4], (24, 12, 16, 16), size=10.5)
    paper.paragraph(f"核对数字的摘要（SHA-256）：{matter.now.digest}", size=8, after=0)


def _about(matter: Matter) -> str:
    return f"核查批次：{matter.round.name}　比对日期：{matter.round.as_of.isoformat()}"


def summary_sheet(matter: Matter, path: Path) -> None:
    """核查结果汇总表: township by outcome, as it was signed."""
    figures = matter.now.figures
    codes = codes_in(figures)
    places = figures["townships"]
    state = "已签署" if matter.meeting.closed_at else "未签署，数字可能变化"
    note = f"{matter.note} {state}，摘要 {matter.now.digest}"
    with Workbook(path, created=matter.made) as book:
        columns = [
            SheetColumn("乡镇", [*(each["township"] or UNKNOWN for each in places), "合计"]),
            *(
                _numbers(label, [*(each[name] for each in places), figures["total"][name]])
                for name, label in LABELS.items()
            ),
            *(
                _numbers(
                    outcome_label(code) or "未核定",
                    [*(each["outcomes"].get(code, 0) for each in places), figures["outcomes"][code]],
                )
                for code in codes
            ),
        ]
        book.table_sheet("汇总表", "核查结果汇总表（按乡镇和类别）", columns, note=note)
        groups = sorted(figures["groups"].items())
        by_group = [SheetColumn("人群类别", [name for name, _ in groups])]
        by_group += [
            _numbers(label, [counts[name] for _, counts in groups]) for name, label in LABELS.items()
        ]
        book.table_sheet("按人群", "核查结果汇总表（按人群）", by_group, note=note)
        book.table_sheet("类别说明", "核查结果类别", _legend(), note="只有经第二人审核的结果计入。")


def _numbers(head: str, values: Sequence[int]) -> SheetColumn:
    return SheetColumn(head, values, kind="number")


def _legend() -> list[SheetColumn]:
    counts = {"yes": "计入失学辍学", "no": "不计入", "watch": "疑似，另列", "apart": "失联，另列"}
    every = list(outcomes().values())
    return [
        SheetColumn("代码", [each.code for each in every]),
        SheetColumn("类别", [each.name for each in every]),
        SheetColumn("大类", [each.group_name for each in every]),
        SheetColumn("统计口径", [counts[each.counts] for each in every]),
        SheetColumn("所需佐证", [each.evidence for each in every]),
    ]


def _text(value: object) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
