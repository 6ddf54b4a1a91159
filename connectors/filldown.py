"""Cells left blank because the value stands above: merged ranges, and lists that write a household once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import Claim
from connectors.formats.book import Sheet, letter
from connectors.formats.grid import filled as is_filled
from connectors.formats.grid import flags, text
from schemas.fields.glance import Flags, Longs
from schemas.issue import Issue

_HOUSEHOLD = ("head_name", "head_id", "household_no")
_REGION = ("county", "township", "village", "school", "grade", "class_name")


def fill_merged(
    raw: dict[int, pa.LargeStringArray], sheet: Sheet, numbers: Longs, used: Sequence[Claim], file: str
) -> list[Issue]:
    """Write the value of a merged range into each of its rows, in place; only within persons' rows."""
    ranges = [
        (top, bottom, left) for (top, left), (bottom, _) in sheet.merged if bottom > top and left in raw
    ]
    if not ranges:
        return []
    at = {row: place for place, row in enumerate(numbers.tolist())}
    written = {left: raw[left].to_pylist() for _, _, left in ranges}
    filled: dict[int, int] = {}
    for top, bottom, left in ranges:
        if top + 1 not in at:
            continue
        column = written[left]
        value = column[at[top + 1]]
        below = [at[row] for row in range(top + 2, bottom + 2) if row in at and column[at[row]] == ""]
        if value and below:
            for place in below:
                column[place] = value
            filled[left] = filled.get(left, 0) + len(below)
    for left in filled:
        raw[left] = text(written[left])
    return [_told(file, sheet, column, count) for column, count in sorted(filled.items())]


def fill_down(
    raw: dict[int, pa.LargeStringArray], sheet: Sheet, used: Sequence[Claim], file: str
) -> list[Issue]:
    """Fill household and place columns, in place, where the list shows that it writes them once a block.

    A blank is otherwise a missing value: a wrong household is worse than none.
    """
    issues = []
    relation = next((raw[claim.column] for claim in used if claim.field == "relation"), None)
    for claim in used:
        if claim.field not in (*_HOUSEHOLD, *_REGION):
            continue
        values = raw[claim.column]
        blanks = ~is_filled(values)
        if not len(values) or blanks[0] or not 0.2 <= blanks.mean() < 1.0:
            continue
        if claim.field in _HOUSEHOLD:
            habit = relation is not None and _starts_with_head(relation, blanks)
        else:
            habit = _one_block_each(values, blanks)
        if habit:
            above = np.maximum.accumulate(np.where(blanks, 0, np.arange(len(values))))
            raw[claim.column] = values.take(pa.array(above))
            issues.append(_told(file, sheet, claim.column, int(blanks.sum())))
    return issues


def _starts_with_head(relation: pa.LargeStringArray, blanks: Flags) -> bool:
    heads = text(("户主", "本人", "01", "1", "0", "02"))
    is_head = flags(pc.is_in(relation, heads))
    return bool(is_head[~blanks].mean() >= 0.9 and is_head[blanks].mean() <= 0.1)


def _one_block_each(values: pa.LargeStringArray, blanks: Flags) -> bool:
    """Each value is written once and at least two blanks follow on the average: a list in blocks."""
    written = int((~blanks).sum())
    if written < 2 or blanks.sum() < 2 * written:
        return False
    return len(values.unique()) == written + 1


def _told(file: str, sheet: Sheet, column: int, count: int) -> Issue:
    return Issue("column.filled_down", file, sheet.number, 0, letter(column), {"n": count})
