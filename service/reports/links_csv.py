"""``links.csv``: every accepted and every reviewable pair, with what spoke for it."""

from __future__ import annotations

from pathlib import Path

from service.export import write_csv
from service.reports.result import RunResult

NAME = "links.csv"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write all columns that the matcher gives; weight in bits with three decimals."""
    table = result.screening.links.copy()
    for column, form in (("weight", "{:.3f}"), ("probability", "{:.4f}")):
        table[column] = table[column].map(form.format).replace("nan", "").astype("str")
    return [write_csv(table, out / NAME)]
