"""What was understood of one list and how good it is, for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.table import RECORDS
from service.reports import figures
from service.reports.result import RunResult

if TYPE_CHECKING:
    from connectors.reading import Reading, SheetReading

PART_LABELS = {
    "title": "标题", "header": "表头", "repeated": "重复表头", "note": "说明", "total": "合计",
    "signature": "落款", "records": "成为记录", "rejected": "列为问题",
}  # fmt: skip
"""The parts of a sheet's rows, in the order of the proof."""

FATES = {
    "child": "归入学龄儿童",
    "too_young": "未到学龄",
    "over_age": "已过学龄",
    "adult": "成年人",
    "roll": "学籍记录",
    "roster": "花名册记录",
    "aid": "资助记录，不参与比对",
}
"""What became of a record."""

_LABELS = {column.name: column.label for column in RECORDS.columns}
_SHOWN_CODES = 6


@dataclass(frozen=True, slots=True)
class SheetUse:
    """One sheet and its columns: ``used`` by letter and label, ``unused`` by letter and header."""

    number: int
    name: str
    header_rows: str
    layout: str
    used: tuple[tuple[str, str], ...]
    unused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListQuality:
    """One list as the page shows it."""

    file: str
    kind: str
    confidence: float
    sha256: str
    size: int
    form: str
    rows: int
    records: int
    without_number: int
    wrong_number: int
    sheets: tuple[SheetUse, ...]
    codes: tuple[tuple[str, str, int, str], ...]
    more_codes: int


def describe(result: RunResult, reading: Reading) -> ListQuality:
    """Describe one list; issues by code, errors first, then the most frequent, with an example each."""
    lacking, wrong = figures.number_quality(result, reading)
    codes = result.issues_in(reading.file).codes
    return ListQuality(
        file=reading.file,
        kind=figures.kind_label(reading.kind),
        confidence=float(reading.confidence),
        sha256=reading.sha256,
        size=reading.size,
        form=" ".join(text for text in (reading.format, reading.encoding) if text),
        rows=sum(sheet.rows.nonempty for sheet in reading.sheets),
        records=len(reading.records),
        without_number=lacking,
        wrong_number=wrong,
        sheets=tuple(_sheet(sheet) for sheet in reading.sheets if sheet.rows.records),
        codes=codes[:_SHOWN_CODES],
        more_codes=max(0, len(codes) - _SHOWN_CODES),
    )


def _sheet(sheet: SheetReading) -> SheetUse:
    columns = sheet.columns
    return SheetUse(
        number=sheet.sheet,
        name=sheet.name,
        header_rows="、".join(map(str, sheet.header_rows)),
        layout={"household": "一户一行", "person": "一人一行"}.get(sheet.layout, ""),
        used=tuple((each.column, field_label(each.field)) for each in columns if each.field),
        unused=tuple(
            (each.column, " ".join(each.header.split())) for each in columns if not each.field and each.header
        ),
    )


def field_label(name: str) -> str:
    """The Chinese name of a field; ``member1.name`` is 成员1 姓名."""
    owner, _, plain = name.rpartition(".")
    label = _LABELS.get(plain, plain)
    if not owner:
        return label
    return f"{owner.replace('member', '成员').replace('head', '户主')} {label}"
