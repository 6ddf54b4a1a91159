"""疑似失学辍学儿童少年核查表(单人): one child on one page, to be worked off, signed and stamped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from service.export.document import Document

TITLE = "疑似失学辍学儿童少年核查表"
Row = tuple[tuple[str, float, bool], ...]

LAYOUT: tuple[tuple[tuple[str, float], ...], ...] = (
    (("姓名", 2.0), ("性别", 1.0), ("民族", 1.2)),
    (("出生日期", 2.0), ("公民身份号码", 3.2)),
    (("乡镇", 2.0), ("村", 3.2)),
    (("户主及关系", 2.0), ("监护人及电话", 3.2)),
    (("名单来源", 6.2),),
    (("人群类别", 4.0), ("预期年级", 1.2)),
    (("系统比对结果", 6.2),),
    (("疑似学籍", 6.2),),
    (("核查方式", 2.0), ("核查时间", 3.2)),
    (("核查结果", 6.2),),
    (("原因", 6.2),),
    (("就读学校、地区、年级", 6.2),),
    (("佐证材料编号", 6.2),),
    (("核查人(学校、村)", 2.0), ("审核人", 3.2)),
)
"""The rows from the top: (label, share of the page for the value). A label has a share of 1.1."""

SIGNED = ("派出所意见", "处理意见")
LABEL = 1.1


def check_form(number: str, round_name: str, facts: Mapping[str, str], created: datetime, mark: str) -> bytes:
    """The form of one child as a .docx.

    Args:
        number: of the case. facts: label of ``LAYOUT`` -> value as the person sees it; what is missing stays
            blank, to be written in. mark: who takes it, and when.
    """
    made = Document(TITLE, created=created, margin=1.8, mark=mark)
    made.heading(TITLE, size=18, after=2)
    made.paragraph(f"核查批次：{round_name}　　　　序号：{number}", size=10.5, align="center", after=4)
    rows: list[Row] = []
    for line in LAYOUT:
        cells: list[tuple[str, float, bool]] = []
        for label, share in line:
            cells += [(label, LABEL, True), (facts.get(label, ""), share, False)]
        rows.append(tuple(cells))
    made.form(_even(rows), size=10, least=1.0)
    made.form(
        [
            [(label, LABEL, True), ("\n\n签字（盖章）：　　　　　　　　　　　　　年　　月　　日", 6.2, False)]
            for label in SIGNED
        ],
        size=10,
        least=3.2,
    )
    made.paragraph(
        "填写说明：核查结果填代码和名称；佐证材料随表归档，编号与系统一致；空白处手工填写后由核查人、审核人签字。",
        size=8.5,
    )
    return made.bytes()


def _even(rows: list[Row]) -> list[Row]:
    """Rows of the same width: what a row lacks goes to its last value."""
    widest = max(sum(share for _, share, _ in row) for row in rows)
    even = []
    for row in rows:
        text, share, label = row[-1]
        even.append((*row[:-1], (text, share + widest - sum(each for _, each, _ in row), label)))
    return even
