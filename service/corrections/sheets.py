"""Corrections on paper: the list of an agency with room for its answers, and its reconciliation report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.correction import STATES
from schemas.masking import Sight
from service.corrections import shown
from service.corrections.report import Report
from service.corrections.rules import Item
from service.county_time import now
from service.export import Marked, SheetColumn, Workbook

ANSWERS = (STATES["done"], STATES["refused"])
NUMBER, ANSWER, NOTE, SEEN = "编号", "办理结果", "办理说明", "下载时状态"
"""Headers by which an answered sheet is read again."""

SHEET = "更正清单"


def write_list(path: Path, title: str, items: Sequence[Item], sight: Sight, mark: str) -> None:
    """The list of an agency as a workbook: masked for this person, marked with who took it."""
    rows = shown.rows(items, sight)
    both = [shown.pieces(each, sight) for each in items]
    note = (
        f"共 {len(rows):,} 项，红字为不同之处。其他名单也可能有误，请核对户口簿、证件等原件后再更正；"
        f"在“{ANSWER}”栏选择，“{STATES['refused']}”要写明依据。填好后可在网页上传。内部资料，请勿外传。{mark}"
    )
    with Workbook(path, created=now()) as book:
        book.choices(ANSWER, ANSWERS)
        book.table_sheet(
            SHEET,
            title,
            [
                SheetColumn(NUMBER, [each["id"] for each in rows], kind="number"),
                SheetColumn("类别", [each["kind_label"] for each in rows], widest=20),
                SheetColumn("名单文件", [each["file"] for each in rows], widest=24),
                SheetColumn("工作表", [each["sheet"] or "" for each in rows], kind="number"),
                SheetColumn("行", [each["row"] or "" for each in rows], kind="number", narrowest=7),
                SheetColumn("姓名", [each["name"] for each in rows], widest=16, narrowest=8),
                SheetColumn("证件号码", [each["id_number"] for each in rows], narrowest=20),
                SheetColumn("更正项目", [each["field_label"] for each in rows]),
                SheetColumn("名单上的值", [Marked(one) for one, _ in both], widest=24, narrowest=14),
                SheetColumn("其他名单的值", [Marked(two) for _, two in both], widest=24, narrowest=14),
                SheetColumn("依据", [each["proof"] for each in rows], widest=36),
                SheetColumn("怎样办理", [each["todo"] for each in rows], widest=20),
                SheetColumn("上一批次", [_before(each) for each in items], widest=14),
                SheetColumn(ANSWER, [_answer(each) for each in items], choices=ANSWER, narrowest=11),
                SheetColumn(NOTE, [each["note"] for each in rows], narrowest=20, widest=30),
                SheetColumn(SEEN, [STATES[each.state] for each in items]),
            ],
            note=note,
        )


def _before(item: Item) -> str:
    return f"已提出（{STATES[item.before]}）" if item.before else ""


def _answer(item: Item) -> str:
    return "" if item.state == "open" else STATES[item.state]


def write_report(path: Path, report: Report, mark: str) -> None:
    """The reconciliation report of an agency as a workbook: one page to read, three tables."""
    with Workbook(path, created=now()) as book:
        book.text_sheet("核对报告", f"{report.agency}数据核对报告", lines(report, mark))
        for name, title, columns, note in tables(report):
            book.table_sheet(name, title, columns, note=note)


def tables(report: Report) -> list[tuple[str, str, list[SheetColumn], str]]:
    """The tables of the report, for workbook and document alike: name, title, columns, note."""
    lists = "缺号、错号以记录计；错号指不合校验规则、位数不对、精度丢失等。"
    return [
        ("名单质量", "名单质量：本批次与上一批次", _quality(report), lists),
        ("更正事项", "要更正的内容，按类别", _kinds(report), "“仍存在”是上一批次已经提出的。"),
        ("各批次", "各批次的变化", _past(report), "份额以该批次名单的记录数为分母。"),
    ]


def lines(report: Report, mark: str = "") -> list[tuple[str, str]]:
    """What the report says in sentences: label and text."""
    told = [
        ("批次", report.round.name),
        ("上一批次", report.before or "没有"),
        ("本批次提出", f"{report.total:,} 项，其中 {report.again:,} 项上一批次已提出、仍存在"),
        ("已更正", f"{report.done:,} 项"),
        ("原值无误", f"{report.refused:,} 项"),
        ("采纳率", "还没有办理" if report.accepted is None else f"{report.accepted:.1%}（已更正 ÷ 已办理）"),
        ("已消除", f"{report.mended:,} 项：以前批次提出，本批次比对中已不存在"),
    ]
    return [*told, ("导出", mark)] if mark else told


def _quality(report: Report) -> list[SheetColumn]:
    pairs = report.quality
    last = [before for _, before in pairs]
    return [
        SheetColumn("名单", [now.label for now, _ in pairs], widest=24),
        SheetColumn("记录", [now.records for now, _ in pairs], kind="number"),
        SheetColumn("缺号", [now.without_number for now, _ in pairs], kind="number"),
        SheetColumn("缺号率", [now.share("without_number") for now, _ in pairs], kind="share"),
        SheetColumn("错号", [now.wrong_number for now, _ in pairs], kind="number"),
        SheetColumn("错号率", [now.share("wrong_number") for now, _ in pairs], kind="share"),
        SheetColumn("上次记录", [each.records if each else "" for each in last], kind="number"),
        SheetColumn(
            "上次缺号率", [each.share("without_number") if each else "" for each in last], kind="share"
        ),
        SheetColumn(
            "上次错号率", [each.share("wrong_number") if each else "" for each in last], kind="share"
        ),
    ]


def _kinds(report: Report) -> list[SheetColumn]:
    return [
        SheetColumn("类别", [each.label for each in report.lines], widest=36),
        *(
            SheetColumn(header, [getattr(each, name) for each in report.lines], kind="number")
            for header, name in _KIND_COLUMNS
        ),
    ]


_KIND_COLUMNS = (
    ("本批次", "total"), ("待办", "open"), ("已更正", "done"), ("原值无误", "refused"), ("仍存在", "again"),
    ("上一批次", "before"),
)  # fmt: skip


def _past(report: Report) -> list[SheetColumn]:
    past = report.past
    return [
        SheetColumn("批次", [each.name for each in past], widest=30),
        SheetColumn("记录", [each.records for each in past], kind="number"),
        SheetColumn("缺号率", [each.without for each in past], kind="share"),
        SheetColumn("错号率", [each.wrong for each in past], kind="share"),
        SheetColumn("提出", [each.items for each in past], kind="number"),
        SheetColumn("已办理", [each.answered for each in past], kind="number"),
        SheetColumn(
            "采纳率", ["" if each.accepted is None else each.accepted for each in past], kind="share"
        ),
    ]
