"""Values of one column, cleaned by their field: each distinct value is worked on once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from connectors.formats.book import letter
from schemas.fields import fields
from schemas.issue import Issue, catalogue
from schemas.table import RECORDS

MOSTLY = 0.2
"""From this share of rows on, a slip of writing that changes nothing is told once for the column."""


@cache
def field_of() -> Mapping[str, str]:
    """Column of RECORDS -> name of the field that cleans it; free text has none."""
    return {column.name: column.field for column in RECORDS.columns if column.field}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column of values stands: one row number a value."""

    file: str
    sheet: int
    column: int
    rows: Sequence[int]


def clean_column(
    values: pd.Series, name: str, place: Place, lost: frozenset[int] = frozenset()
) -> tuple[pd.Series, list[Issue]]:
    """Clean one column of a sheet.

    Args:
        values: raw text, one a person.
        name: the column of RECORDS.
        place: where it stands.
        lost: row numbers whose cell was stored as a number too long to keep its digits.

    Returns:
        The canonical values and an issue for each cell that has something wrong with it.
    """
    field = fields().get(field_of().get(name, ""))
    codes, distinct = pd.factorize(values)
    texts = [str(value) for value in distinct]
    if field is None:
        cleaned = [" ".join(text.split()) for text in texts]
        return _spread(cleaned, codes, values), []
    # Cleaned and checked one after the other: a field that remembers its last value reads each text once.
    both = [(field.clean(text), field.validate(text)) if text else ("", ()) for text in texts]
    cleaned = [canonical for canonical, _ in both]
    issues: list[Issue] = []
    wrong = {at: found for at, (_, found) in enumerate(both) if found}
    if wrong:
        shown = {at: shown_value(texts[at], cleaned[at], name) for at in wrong}
        label = letter(place.column)
        for at, code in enumerate(codes):
            for problem in wrong.get(int(code), ()):
                row = place.rows[at]
                actual = "id_number.float" if row in lost and problem in _LOST else problem
                issues.append(Issue(actual, place.file, place.sheet, row, label, {"value": shown[int(code)]}))
    return _spread(cleaned, codes, values), _once(issues, len(values), place)


_LOST = (
    "id_number.masked",
    "id_number.truncated",
    "id_number.float",
    "id_number.charset",
    "id_number.length",
)


def _spread(
    cleaned: Sequence[str], codes: np.ndarray[tuple[int], np.dtype[np.signedinteger]], values: pd.Series
) -> pd.Series:
    return pd.Series(cleaned, dtype="str").take(codes).set_axis(values.index)


def _once(issues: list[Issue], count: int, place: Place) -> list[Issue]:
    """Tell once for the column what is only worth knowing and true of much of it."""
    by_code: dict[str, int] = {}
    for issue in issues:
        by_code[issue.code] = by_code.get(issue.code, 0) + 1
    common = {
        code
        for code, n in by_code.items()
        if n > max(20, MOSTLY * count) and catalogue()[code].severity == "info"
    }
    kept = [issue for issue in issues if issue.code not in common]
    label = letter(place.column)
    for code in sorted(common):
        kept.append(
            Issue("column.common", place.file, place.sheet, 0, label, {"n": by_code[code], "code": code})
        )
    return kept


def shown_value(raw: str, cleaned: str, name: str) -> str:
    """A value as it may stand in a message: masked by its field, or by its digits when it has no form."""
    field = fields().get(field_of().get(name, ""))
    if field is not None and cleaned:
        return field.mask(cleaned)
    if sum(char.isdecimal() for char in raw) >= 6:
        return raw[:3] + "*" * min(len(raw) - 5, 15) + raw[-2:]
    return raw[:20]
