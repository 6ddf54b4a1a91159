"""Tables of pairs that officials can extend by a line: what a comparison must say of each.

Lines that begin with ``#`` and empty lines are skipped; the first other line names the columns.
"""

from __future__ import annotations

import csv
from importlib import resources


def cases(name: str) -> list[dict[str, str]]:
    """The rows of ``<name>.csv``, by column name."""
    text = resources.files(__name__).joinpath(f"{name}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines))
