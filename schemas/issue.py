"""What is wrong with a record or a file: data, never an exception.

An issue names its place the way a clerk finds it (file, sheet counted from 1, the row number that a
spreadsheet shows, the column letter) and says in Chinese and in English what to do. The wording stands
in ``codes/issue_*.toml``, one entry a code, so that it can be reviewed without reading Python.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from string import Formatter
from typing import Literal

import pandas as pd

Severity = Literal["error", "warning", "info"]
"""error: the row or file gives no record; warning: a value was not used; info: worth knowing."""

ISSUE_COLUMNS = ("file", "sheet", "row", "column", "code", "severity", "message")


@dataclass(frozen=True, slots=True)
class IssueText:
    """The reviewed wording of one issue code."""

    severity: Severity
    zh: str
    en: str


@cache
def catalogue() -> Mapping[str, IssueText]:
    """Every issue code with its severity and wording, read from ``codes/issue_*.toml``."""
    folder = resources.files("schemas").joinpath("codes")
    files = sorted(each.name for each in folder.iterdir() if each.name.startswith("issue_"))
    return {
        f"{group}.{name}": IssueText(**entry)
        for file in files
        for group, entries in tomllib.loads(folder.joinpath(file).read_text("utf-8")).items()
        for name, entry in entries.items()
    }


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, at one place.

    ``sheet`` and ``row`` are 0 where the whole file, or the whole sheet, is meant; ``column`` is a
    spreadsheet letter or empty. ``values`` fill the wording; identity numbers in it must be masked.
    """

    code: str
    file: str = ""
    sheet: int = 0
    row: int = 0
    column: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """The severity that the catalogue gives this code."""
        return catalogue()[self.code].severity

    def message(self, language: Literal["zh", "en"] = "zh") -> str:
        """Say what is wrong and what to do, in Chinese or in English."""
        text = catalogue()[self.code]
        return (text.zh if language == "zh" else text.en).format_map(_Blank(self.values))


class _Blank(dict[str, object]):
    """Formats a missing value as nothing: a wording must never be the reason that a run stops."""

    def __missing__(self, key: str) -> str:
        return ""


def issue_table(issues: Iterable[Issue] | pd.DataFrame, language: Literal["zh", "en"] = "zh") -> pd.DataFrame:
    """Lay issues out as the columns of ``issues.csv`` (``ISSUE_COLUMNS``), in the order given.

    Many issues come as a table: ``code``, ``file``, ``sheet``, ``row``, ``column``, and a column of texts for
    each value that a wording names.
    """
    if isinstance(issues, pd.DataFrame):
        return _worded(issues, language)
    rows = [(i.file, i.sheet, i.row, i.column, i.code, i.severity, i.message(language)) for i in issues]
    return pd.DataFrame(rows, columns=list(ISSUE_COLUMNS))


def _worded(issues: pd.DataFrame, language: Literal["zh", "en"]) -> pd.DataFrame:
    """Each wording is taken apart once, and filled in for all issues of its code."""
    table = issues[[name for name in ISSUE_COLUMNS if name in issues.columns]].reset_index(drop=True)
    said = [pd.Series(dtype="str")]
    for code, at in table.groupby("code", sort=False).indices.items():
        text = catalogue()[str(code)]
        message = pd.Series("", index=at, dtype="str")
        for literal, name, _, _ in Formatter().parse(text.zh if language == "zh" else text.en):
            message += literal
            if name in issues.columns:
                message += issues[name].iloc[at].astype("str").set_axis(at)
        said.append(message)
    severity = table["code"].map({code: text.severity for code, text in catalogue().items()})
    return table.assign(severity=severity, message=pd.concat(said).sort_index())[list(ISSUE_COLUMNS)]
