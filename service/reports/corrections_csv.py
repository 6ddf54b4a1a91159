"""``corrections.csv``: what every agency may want to correct, in one table; the workbooks hold it by agency."""

from __future__ import annotations

from pathlib import Path

from service.export import write_csv
from service.reports.result import RunResult

NAME = "corrections.csv"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write them in the order of agency, file, sheet and row (columns ``matchers.corrections.COLUMNS``)."""
    return [write_csv(result.screening.corrections, out / NAME)]
