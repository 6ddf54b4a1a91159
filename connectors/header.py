"""Where the header stands, by content: titles, unit lines and merged levels above it are told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contents import fold, is_valid_id
from connectors.formats.book import Sheet
from connectors.headings import interpret, normalise

SEARCHED = 40
"""Rows from the first filled one in which a header is looked for; forms have up to 12 lines above it."""

_LONG_DIGITS = re.compile(r"\d{6,}")
_PAIR = re.compile(r"^.{1,10}[:：].")
_LINE = re.compile(
    r"(单位|日期|时间|制表|填报|填表|审核|负责人|联系人|电话|报送)[^/]{0,8}[:：]|^单位|^\d{4}年.{0,12}日?$|^(注|说明|备注)[:：]"
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one sheet.

    Attributes:
        rows: its row numbers as a spreadsheet shows them; empty when there is none.
        names: one text a column; the levels of a merged header are joined by ``/``.
        above: row numbers of the filled rows above it.
        title: their text, joined by a blank.
    """

    rows: tuple[int, ...]
    names: tuple[str, ...]
    above: tuple[int, ...] = ()
    title: str = ""


def find_header(sheet: Sheet) -> Header:
    """Find the header rows of a sheet; ``rows`` is empty when no row reads like one."""
    rows = sheet.rows
    filled = [at for at, row in enumerate(rows[: SEARCHED * 3]) if any(row)][:SEARCHED]
    scores = {at: _score(rows[at]) for at in filled}
    best = max(filled, key=lambda at: (scores[at], -at), default=-1)
    if best < 0 or scores[best] < 1.5:
        return Header((), ())
    # A header repeated on a later page scores as much; the first one counts.
    best = next(at for at in filled if scores[at] >= scores[best] - 0.01)
    first = last = best
    while last - first < 2 and last + 1 < len(rows) and _continues(sheet, last + 1, first):
        last += 1
    while last - first < 2 and first > 0 and _is_parent(sheet, first - 1, first):
        first -= 1
    return header_at(sheet, tuple(range(first + 1, last + 2)))


def header_at(sheet: Sheet, numbers: Sequence[int]) -> Header:
    """The header that the given rows (from 1) make together."""
    indexes = [number - 1 for number in numbers if number - 1 < len(sheet.rows)]
    above = tuple(at + 1 for at in range(min(indexes, default=0)) if any(sheet.rows[at]))
    title = " ".join(dict.fromkeys(cell for at in above for cell in sheet.rows[at - 1] if cell))
    return Header(tuple(numbers), _names(sheet, indexes), above, title[:300])


def _score(row: Sequence[str]) -> float:
    """Known header cells, less cells that look like data. Two known ones make a header."""
    cells = [cell for cell in row if cell]
    if not cells:
        return 0.0
    score = 0.0
    for cell in dict.fromkeys(cells):
        if len(cell) > 40 or _LONG_DIGITS.search(cell) or is_valid_id(fold(cell)):
            score -= 1.0
        elif (meaning := interpret(cell)).known:
            score += max(meaning.score, 0.8)
        elif len(cell) <= 12:
            score -= 0.1
    texts = set(cells)
    if not any(
        interpret(cell).item in ("name", "id_number", "disability_no", "student_no") for cell in texts
    ):
        score -= 1.0
    return score


def _continues(sheet: Sheet, at: int, first: int) -> bool:
    """Whether a row below is a further level: known words or parts of a merged parent, and no data."""
    row, upper = sheet.rows[at], sheet.rows[first]
    cells = [(column, cell) for column, cell in enumerate(row) if cell]
    if not cells or any(_LONG_DIGITS.search(cell) or len(cell) > 25 for _, cell in cells):
        return False
    if any(
        a[0] <= at <= b[0] and a[0] < at and a[1] <= column <= b[1]
        for a, b in sheet.merged
        for column, _ in cells
    ):
        return False
    if {normalise(cell) for _, cell in cells} <= {normalise(cell) for cell in upper if cell}:
        return False
    known = sum(interpret(cell).known for _, cell in cells)
    under_parent = sum(
        any(a[0] < at and a[0] >= first and a[1] <= column <= b[1] and b[1] > a[1] for a, b in sheet.merged)
        for column, _ in cells
    )
    split = any(b[0] >= at > a[0] >= first for a, b in sheet.merged)
    blanks_filled = sum(not (upper[column] if column < len(upper) else "") for column, _ in cells)
    if under_parent == len(cells) or (split and known):
        return True
    return known / len(cells) >= 0.6 and blanks_filled >= 1 and known >= 2


def _is_parent(sheet: Sheet, at: int, below: int) -> bool:
    """Whether a row above holds the outer level of a merged header, and not a title or a unit line."""
    row, lower = sheet.rows[at], sheet.rows[below]
    cells = [(column, cell) for column, cell in enumerate(row) if cell]
    width = max((column for column, cell in enumerate(lower) if cell), default=0) + 1
    if not cells or any(
        len(cell) > 20 or _LINE.search(cell) or _PAIR.match(cell) or _LONG_DIGITS.search(cell)
        for _, cell in cells
    ):
        return False
    spans = {a[1]: b[1] - a[1] + 1 for a, b in sheet.merged if a[0] <= at <= b[0]}
    if len(cells) == 1:
        column = cells[0][0]
        return (
            column > 0
            and spans.get(column, 1) < width * 0.8
            and not re.search(r"(表|名单|名册|花名册|单)$", cells[0][1])
        )
    reaches_down = any(a[0] == at and b[0] >= below for a, b in sheet.merged)
    leaves_blank = any(not (lower[column] if column < len(lower) else "") for column, _ in cells)
    groups = any(spans.get(column, 1) > 1 for column, _ in cells)
    sparse = len(cells) < sum(1 for cell in lower if cell)
    return (
        reaches_down
        or leaves_blank
        or groups
        or (sparse and not any(interpret(c).item == "name" for _, c in cells))
    )


def _names(sheet: Sheet, indexes: Sequence[int]) -> tuple[str, ...]:
    """One text a column: parents reach as far as their merged range, or to the next parent."""
    width = max((len(sheet.rows[at]) for at in indexes), default=0)
    levels = [
        _spread(sheet, at, width, is_last=at == indexes[-1], lower=sheet.rows[indexes[-1]]) for at in indexes
    ]
    names = []
    for column in range(width):
        parts = [" ".join(level[column].split()) for level in levels if level[column]]
        names.append("/".join(dict.fromkeys(parts)))
    return tuple(names)


def _spread(sheet: Sheet, at: int, width: int, is_last: bool, lower: Sequence[str]) -> list[str]:
    row = [*sheet.rows[at], *[""] * width][:width]
    ranges = [(a, b) for a, b in sheet.merged if a[0] <= at <= b[0] and a[1] < width]
    for a, b in ranges:
        value = sheet.rows[a[0]][a[1]] if a[1] < len(sheet.rows[a[0]]) else ""
        for column in range(a[1], min(b[1], width - 1) + 1):
            row[column] = row[column] or value
    if is_last or ranges:
        return row
    # Merges lost on the way (a CSV, a paste): a parent reaches right over columns that only have a child.
    for column in range(1, width):
        if (
            not row[column]
            and column < len(lower)
            and lower[column]
            and column - 1 < len(lower)
            and lower[column - 1]
        ):
            row[column] = row[column - 1]
    return row
