"""Cells left blank because the value stands above: merged ranges, and lists that write a household once."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from connectors.columns import Claim
from connectors.formats.book import Sheet, letter
from schemas.issue import Issue

_HOUSEHOLD = ("head_name", "head_id", "household_no")
_REGION = ("county", "township", "village", "school", "grade", "class_name")


def fill_merged(
    raw: pd.DataFrame, sheet: Sheet, numbers: Sequence[int], used: Sequence[Claim], file: str
) -> list[Issue]:
    """Write the value of a merged range into each of its rows, in place; only within persons' rows."""
    if not any(bottom > top for (top, _), (bottom, _) in sheet.merged):
        return []
    present = set(numbers)
    written = {claim.column: dict(zip(numbers, raw[claim.column], strict=True)) for claim in used}
    filled: dict[int, int] = {}
    for (top, left), (bottom, _) in sheet.merged:
        if bottom <= top or left not in written or top + 1 not in present:
            continue
        column = written[left]
        value = column[top + 1]
        below = [row for row in range(top + 2, bottom + 2) if row in present and column[row] == ""]
        if value and below:
            column.update(dict.fromkeys(below, value))
            filled[left] = filled.get(left, 0) + len(below)
    for at in filled:
        raw[at] = pd.Series(written[at], dtype="str")
    return [_told(file, sheet, column, count) for column, count in sorted(filled.items())]


def fill_down(raw: pd.DataFrame, sheet: Sheet, used: Sequence[Claim], file: str) -> list[Issue]:
    """Fill household and place columns, in place, where the list shows that it writes them once a block.

    A blank is otherwise a missing value: a wrong household is worse than none.
    """
    issues = []
    relation = next((raw[claim.column] for claim in used if claim.field == "relation"), None)
    for claim in used:
        values = raw[claim.column]
        blank = values == ""
        if not len(values) or blank.iloc[0] or not 0.2 <= blank.mean() < 1.0:
            continue
        if claim.field in _HOUSEHOLD:
            habit = relation is not None and _starts_with_head(relation, blank)
        else:
            habit = claim.field in _REGION and _one_block_each(values, blank)
        if habit:
            raw[claim.column] = values.mask(blank).ffill().astype("str")
            issues.append(_told(file, sheet, claim.column, int(blank.sum())))
    return issues


def _starts_with_head(relation: pd.Series, blank: pd.Series) -> bool:
    is_head = relation.isin(("户主", "本人", "01", "1", "0", "02"))
    return bool(is_head[~blank].mean() >= 0.9 and is_head[blank].mean() <= 0.1)


def _one_block_each(values: pd.Series, blank: pd.Series) -> bool:
    """Each value is written once and at least two blanks follow on the average: a list in blocks."""
    written = values[~blank]
    return bool(len(written) >= 2 and written.is_unique and blank.sum() >= 2 * len(written))


def _told(file: str, sheet: Sheet, column: int, count: int) -> Issue:
    return Issue("column.filled_down", file, sheet.number, 0, letter(column), {"n": count})
