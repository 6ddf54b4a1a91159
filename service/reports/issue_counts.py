"""The issues of a run counted list by list, each only once over: they are as many as the records may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_ORDER = {"error": 0, "warning": 1, "info": 2}

Code = tuple[str, str, int, str]
"""Severity, code, how many, and the message of the first."""


@dataclass(frozen=True, slots=True)
class IssueCounts:
    """What was noticed in one list.

    Attributes:
        severities: how many by severity, the most first.
        codes: how many by code, errors first, then the most frequent.
        wrong_numbers: cells with an identity number that fails a check.
    """

    severities: Mapping[str, int]
    codes: tuple[Code, ...]
    wrong_numbers: int


NONE = IssueCounts({}, (), 0)
"""A list in which nothing was noticed."""


def count_issues(issues: pd.DataFrame) -> Mapping[str, IssueCounts]:
    """The counts of each file that has issues (columns ``schemas.issue.ISSUE_COLUMNS``)."""
    severities: dict[str, list[tuple[str, int]]] = {}
    sizes: Any = issues.groupby(["file", "severity"], sort=False).size()
    for (file, severity), count in sizes.items():
        severities.setdefault(str(file), []).append((str(severity), int(count)))
    codes = _codes(issues)
    wrong = _wrong_numbers(issues)
    return {
        file: IssueCounts(
            severities=dict(sorted(found, key=lambda pair: -pair[1])),
            codes=tuple(sorted(codes[file], key=lambda each: (_ORDER.get(each[0], 3), -each[2], each[1]))),
            wrong_numbers=wrong.get(file, 0),
        )
        for file, found in severities.items()
    }


def _codes(issues: pd.DataFrame) -> dict[str, list[Code]]:
    """The codes of each file, in the order of severity and code."""
    numbered = issues[["file", "severity", "code"]].assign(place=np.arange(len(issues)))
    groups = numbered.groupby(["file", "severity", "code"], sort=True)["place"].agg(["size", "min"])
    messages = issues["message"].iloc[groups["min"].to_numpy()].to_list()
    codes: dict[str, list[Code]] = {}
    for (file, severity, code), count, message in zip(groups.index, groups["size"], messages, strict=True):
        codes.setdefault(str(file), []).append((str(severity), str(code), int(count), str(message)))
    return codes


def _wrong_numbers(issues: pd.DataFrame) -> dict[str, int]:
    chosen = (
        issues["code"].str.startswith("id_number.") & (issues["severity"] != "info") & (issues["row"] > 0)
    )
    cells = issues.loc[chosen, ["file", "sheet", "row", "column"]].drop_duplicates()
    return {str(file): int(count) for file, count in cells.groupby("file").size().items()}
