"""Reads a table of decisions: a CSV file as a spreadsheet saves it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from matchers.decisions import Decisions
from service.errors import DecisionsError

ENCODINGS = ("utf-8-sig", "gb18030")


def read_decisions(path: Path) -> Decisions:
    """Every cell as text; columns that nobody knows are left alone.

    Raises:
        DecisionsError: the file is no such table; what to do stands in the message.
    """
    table = None
    for encoding in ENCODINGS:
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
            break
        except UnicodeDecodeError:
            continue
        except (OSError, ValueError) as error:
            raise DecisionsError(f"决定表 {path.name} 读不了：{error}") from error
    if table is None or "decision" not in table.columns:
        raise DecisionsError(
            f"决定表 {path.name} 中没有 decision 一栏。请用 CSV，一行一个决定，列名为 decision、stage、"
            "left_name、left_id、left_birth、right_name、right_id、right_birth(其余各列不读)。"
        )
    return Decisions(table, path.name)
