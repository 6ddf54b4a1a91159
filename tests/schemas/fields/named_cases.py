"""The rows of cases.csv, one a named case."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    field: str
    raw: str
    clean: str
    codes: tuple[str, ...]
    note: str


def _unescape(text: str) -> str:
    """Read \\n, \\t, \\xa0 and \\ue123, and leave every other character as it stands."""
    return re.sub(
        r"\\(?:n|t|x[0-9a-f]{2}|u[0-9a-f]{4})", lambda m: m[0].encode().decode("unicode_escape"), text
    )


def cases() -> list[Case]:
    lines = Path(__file__).with_name("cases.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [
        Case(
            r["field"], _unescape(r["raw"]), r["clean"], tuple(filter(None, r["codes"].split("|"))), r["note"]
        )
        for r in rows
    ]
