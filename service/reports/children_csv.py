"""``children.csv``: one row a child; others script against its columns, so they never change order."""

from __future__ import annotations

from pathlib import Path

from service.export import write_csv
from service.reports.result import RunResult

NAME = "children.csv"
COLUMNS = (
    "child_id", "name", "sex", "birth_date", "id_number", "enrolment", "attendance", "probability",
    "rule", "roll_source", "candidates", "groups", "sources", "explanation",
)  # fmt: skip
"""The contract of design.md, section 5."""


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the contract columns; a probability has four decimals, none is empty."""
    table = result.screening.children[list(COLUMNS)].copy()
    table["probability"] = table["probability"].map("{:.4f}".format).replace("nan", "").astype("str")
    return [write_csv(table, out / NAME)]
