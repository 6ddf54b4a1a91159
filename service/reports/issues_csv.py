"""``issues.csv``: what is wrong with a record or a file, and what to do."""

from __future__ import annotations

from pathlib import Path

from schemas.issue import ISSUE_COLUMNS
from service.export import write_csv
from service.reports.result import RunResult

NAME = "issues.csv"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the issues in the order found; identity numbers in messages come masked."""
    return [write_csv(result.issues[list(ISSUE_COLUMNS)], out / NAME)]
