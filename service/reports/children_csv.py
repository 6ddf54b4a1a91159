"""``children.csv``: one row a child; others script against its columns, so they never change order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from matchers.long_table import LongTable
from service.export import decimals, write_csv
from service.reports.result import RunResult

NAME = "children.csv"
COLUMNS = (
    "child_id", "name", "sex", "birth_date", "id_number", "enrolment", "attendance", "probability",
    "rule", "roll_source", "candidates", "groups", "sources", "explanation",
)  # fmt: skip
"""The contract of design.md, section 5."""


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the contract columns; a probability has four decimals, none is empty."""
    return [write_list(result.screening.child_list, out)]


def write_list(children: LongTable, out: Path) -> Path:
    """The same from the list alone: the meeting waits for this file, and not for what the others need."""
    return write_csv(_pieces(children), out / NAME)


def _pieces(children: LongTable) -> Iterator[pd.DataFrame]:
    for piece in children.pieces(COLUMNS):
        yield piece.assign(probability=decimals(piece["probability"], 4))
