"""Code lists as data files, each beginning with a ``#`` comment that names its source."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

__all__ = ["code_list", "code_lists"]


@cache
def code_list(name: str) -> tuple[dict[str, str], ...]:
    """Read ``codes/<name>.csv``: one dict a code, by column name, all text, in file order.

    Raises:
        FileNotFoundError: there is no such list.
    """
    text = resources.files(__name__).joinpath(f"{name}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(csv.DictReader(lines))


def code_lists() -> tuple[str, ...]:
    """Name every code list of this folder."""
    files = (each.name for each in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in files if name.endswith(".csv")))
