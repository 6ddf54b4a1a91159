"""``links.csv``: every accepted and every reviewable pair, with what spoke for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from service.export import decimals, write_csv
from service.reports.result import RunResult

NAME = "links.csv"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write all columns that the matcher gives; weight in bits with three decimals."""
    return [write_csv(_pieces(result), out / NAME)]


def _pieces(result: RunResult) -> Iterator[pd.DataFrame]:
    for piece in result.screening.link_list.pieces():
        yield piece.assign(weight=decimals(piece["weight"], 3), probability=decimals(piece["probability"], 4))
