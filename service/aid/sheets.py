"""应助未助/不应享受名单: the findings of the aid check as a workbook, a sheet a kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.aid import findings
from schemas.masking import Sight
from service.aid.rules import Finding, shown
from service.county_time import now
from service.export import SheetColumn, Workbook

CONCLUSIONS = ("属实，已处理", "属实，待处理", "情况不实")


def write_findings(path: Path, title: str, found: Sequence[Finding], sight: Sight, mark: str) -> None:
    """Write them: masked for this person, marked with who took the file."""
    rows = [shown(each, sight) for each in found]
    with Workbook(path, created=now()) as book:
        book.choices("核实结论", CONCLUSIONS)
        counts = [(name, f"{_count(rows, kind):,} 人次：{todo}") for kind, (name, todo) in findings().items()]
        book.text_sheet(
            "说明", title, [*counts, ("导出", mark), ("注意", "内部资料，含未成年人个人信息，请勿外传。")]
        )
        for kind, (name, todo) in findings().items():
            here = [each for each in rows if each["kind"] == kind]
            if here:
                book.table_sheet(
                    name, f"{name}名单", _columns(here), note=f"共 {len(here):,} 人次。办法：{todo}。{mark}"
                )


def _count(rows: Sequence[dict[str, object]], kind: str) -> int:
    return sum(1 for each in rows if each["kind"] == kind)


def _columns(rows: Sequence[dict[str, object]]) -> list[SheetColumn]:
    def text(header: str, name: str, widest: int = 24) -> SheetColumn:
        return SheetColumn(header, [str(each[name]) for each in rows], widest=widest)

    return [
        SheetColumn("序号", list(range(1, len(rows) + 1)), kind="number"),
        text("姓名", "name"),
        SheetColumn("证件号码", [each["id_number"] for each in rows], narrowest=20),
        text("乡镇", "township"),
        text("学校", "school", 28),
        text("年级", "grade"),
        text("资格类别", "group"),
        text("资助记录", "paid", 32),
        text("情况", "detail", 36),
        text("资助名单位置", "place", 28),
        text("办理单位", "agency"),
        SheetColumn("核实结论", choices="核实结论", narrowest=12),
        SheetColumn("备注", narrowest=18),
    ]
