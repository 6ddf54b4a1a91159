"""What was understood of one file: the public result of this package."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from schemas.issue import Issue


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """One column.

    Attributes:
        column: its letter.
        header: as it stands in the file, levels joined by ``/``.
        field: a column of RECORDS, ``member1.name`` and so on for a household a row, "" when not used.
        confidence: 0 to 1.
        why: a Chinese sentence that names the header and the content test.
    """

    column: str
    header: str
    field: str
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class RowCount:
    """What became of each filled row; ``nonempty`` is the sum of the others.

    ``records`` counts rows that gave at least one record, ``rejected`` rows that gave issues only.
    """

    nonempty: int = 0
    title: int = 0
    header: int = 0
    note: int = 0
    total: int = 0
    signature: int = 0
    repeated: int = 0
    records: int = 0
    rejected: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every filled row is accounted for."""
        parts = (self.title, self.header, self.note, self.total, self.signature, self.repeated)
        return self.nonempty == sum(parts) + self.records + self.rejected


@dataclass(frozen=True, slots=True)
class SheetReading:
    """One sheet. ``layout`` is "person", "household" or "" when it is no list; ``sheet`` counts from 1."""

    sheet: int
    name: str
    visible: bool
    kind: str
    source: str
    confidence: float
    header_rows: tuple[int, ...]
    layout: str
    title: str
    columns: tuple[ColumnReading, ...]
    rows: RowCount


@dataclass(frozen=True, slots=True)
class Reading:
    """One file. ``records`` has the columns of ``schemas.table.RECORDS`` with cleaned values."""

    file: str
    sha256: str
    size: int
    format: str
    encoding: str
    kind: str
    confidence: float
    sheets: tuple[SheetReading, ...]
    records: pd.DataFrame
    issues: tuple[Issue, ...]
