"""The reconciliation report of one agency to print and sign, with the figures of its workbook."""

from __future__ import annotations

from service.corrections import sheets
from service.corrections.report import Report
from service.county_time import now
from service.export import SheetColumn
from service.export.document import HEI, Document

WIDEST = 2.6
"""How much wider than one of figures a column of names is."""


def report_document(report: Report, mark: str) -> bytes:
    """The report as a document of Word, with room for what the agency says to it."""
    paper = Document("数据核对报告", created=now(), margin=2.2, mark=mark)
    paper.heading(f"{report.agency}数据核对报告")
    paper.form([[(label, 3, True), (text, 12, False)] for label, text in sheets.lines(report)])
    for _name, title, columns, note in sheets.tables(report):
        paper.paragraph("", size=6, after=0)
        paper.paragraph(title, size=12, font=HEI, after=4, keep=True)
        rows = list(
            zip(*([_said(column, value) for value in column.values or ()] for column in columns), strict=True)
        )
        if not rows:
            paper.paragraph("没有。", after=4)
            continue
        figures = [at for at, column in enumerate(columns) if column.kind != "text"]
        shares = [1.0 if at in figures else WIDEST for at in range(len(columns))]
        paper.table([column.header for column in columns], rows, shares, numbers=figures)
        paper.paragraph(note, size=9, after=4)
    paper.paragraph("", size=6, after=0)
    paper.form(
        [
            [("单位意见", 3, True), ("", 12, False)],
            [
                ("经办人", 3, True),
                ("", 3, False),
                ("负责人", 3, True),
                ("", 3, False),
                ("盖章、日期", 3, True),
                ("", 4, False),
            ],
        ],
        least=1.2,
    )
    return paper.bytes()


def _said(column: SheetColumn, value: object) -> str:
    if value == "" or value is None:
        return "—"
    if column.kind == "share":
        return f"{float(str(value)):.2%}"
    return f"{value:,}" if column.kind == "number" else str(value)
