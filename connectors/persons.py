"""From the rows of one sheet to records: fill what is meant to be filled, clean, unfold households."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pyarrow as pa

from connectors.clean import Place, clean_column
from connectors.columns import SHARED, Claim
from connectors.filldown import fill_down, fill_merged
from connectors.formats.book import Sheet, letter
from connectors.formats.grid import Body, blank, filled
from connectors.members import REPEATED
from connectors.texts import People, Texts, constant, joined, mapped
from schemas.fields.glance import Longs
from schemas.issue import Issue

_OF_PERSON = (
    *REPEATED,
    "former_name",
    "student_no",
    "disability_category",
    "disability_grade",
    "class_name",
    "status",
    "attends",
)
_HEAD = {"name": "head_name", "id_number": "head_id"}


@dataclass(slots=True)
class Persons:
    """The persons of one sheet, the number of rows that gave none, and what is to be reported."""

    people: People
    rejected: int = 0
    issues: list[Issue] = field(default_factory=list)


def unfold(
    sheet: Sheet,
    numbers: Longs,
    claims: Sequence[Claim],
    layout: str,
    file: str,
    one_household: bool = True,
    understood: Callable[[float], None] = lambda share: None,
) -> Persons:
    """Turn the rows of persons into records.

    Args:
        sheet: the sheet; its rows are not changed.
        numbers: the spreadsheet rows of persons, in rising order.
        claims: the settled columns.
        layout: "person" or "household".
        file: the file's name, for places.
        one_household: whether the persons of one row live together; pupils side by side do not.
        understood: told the share of the columns that are cleaned.
    """
    used = [claim for claim in claims if claim.field]
    body = Body(sheet.rows, numbers - 1)
    raw = {claim.column: body.column(claim.column) for claim in used}
    issues = fill_merged(raw, sheet, numbers, used, file) + fill_down(raw, sheet, used, file)
    cleaned: Texts = {}
    for at, claim in enumerate(used):
        understood(at / len(used))
        lost = frozenset(row + 1 for row, column in sheet.lost if column == claim.column)
        name = "group_text" if claim.item == "group" else claim.item
        values, found = clean_column(
            raw.pop(claim.column), name, Place(file, sheet.number, claim.column, numbers), lost
        )
        issues += found
        cleaned[f"{claim.field}#{claim.column}" if claim.item in SHARED else claim.field] = values
    cleaned = _join_shared(cleaned, used)
    people = _stacked(_frames(cleaned, numbers, layout, one_household))
    return _accept(people, cleaned, numbers, file, sheet, issues, used)


def _stacked(frames: Sequence[People]) -> People:
    """One table of all persons in the order of rows; a column that a member lacks is "" for it."""
    if len(frames) == 1:
        return frames[0]
    names = list(dict.fromkeys(name for frame in frames for name in frame.texts))
    texts = {
        name: pa.concat_arrays([frame.texts.get(name, blank(len(frame.row))) for frame in frames])
        for name in names
    }
    rows, members = (np.concatenate([getattr(each, name) for each in frames]) for name in ("row", "member"))
    return People(texts, rows, members).taken(np.lexsort((members, rows)))


def _join_shared(cleaned: Texts, used: Sequence[Claim]) -> Texts:
    """Columns that fill one field together: their values joined, in the order of the columns."""
    for name in SHARED:
        headers = {f"{name}#{claim.column}": claim.header for claim in used if claim.field == name}
        parts = [cleaned.pop(part) for part in headers]
        if name == "group":
            parts = [_spoken(part, header) for part, header in zip(parts, headers.values(), strict=True)]
        if parts:
            cleaned[name] = reduce(joined, parts)
    return cleaned


def _spoken(values: pa.LargeStringArray, header: str) -> pa.LargeStringArray:
    """是 under 是否建档立卡 says what the header says."""
    said = dict.fromkeys(("是", "1", "Y", "y", "√", "有"), header)
    said |= dict.fromkeys(("否", "0", "N", "n", "×", "无", "-", "/"), "")
    return mapped(values, lambda value: said.get(value, value))


def _frames(cleaned: Texts, rows: Longs, layout: str, one_household: bool) -> list[People]:
    """One table for the first person of each row, one for each further member."""
    shared = {name: values for name, values in cleaned.items() if "." not in name}
    first = People(dict(shared), rows, np.zeros(len(rows), np.int64))
    if layout != "household":
        return [first]
    if "name" not in first.texts and "head_name" in first.texts:
        first.texts["name"] = first.texts["head_name"]
        first.texts["id_number"] = first.texts.get("head_id", blank(len(rows)))
        first.texts["relation"] = constant("户主", len(rows))
    members = {int(name[6:].partition(".")[0]) for name in cleaned if name.startswith("member")}
    return [first, *(_member(cleaned, shared, rows, number, one_household) for number in sorted(members))]


def _member(cleaned: Texts, shared: Texts, rows: Longs, number: int, one_household: bool) -> People:
    """The nth further member of each household that has so many."""
    texts = {name: values for name, values in shared.items() if name not in _OF_PERSON}
    for key, head in _HEAD.items():
        if one_household and head not in texts and key in shared:
            texts[head] = shared[key]
    prefix = f"member{number}."
    own = {name.removeprefix(prefix): values for name, values in cleaned.items() if name.startswith(prefix)}
    present = np.zeros(len(rows), dtype=bool)
    for key in _HEAD:
        if key in own:
            present |= filled(own[key])
    people = People(texts | own, rows, np.full(len(rows), number, np.int64))
    return people.taken(np.flatnonzero(present))


def _accept(
    people: People,
    cleaned: Texts,
    numbers: Longs,
    file: str,
    sheet: Sheet,
    issues: list[Issue],
    used: Sequence[Claim],
) -> Persons:
    """Keep who has a name; every row that gives no record gets an issue that says why."""
    for column in ("name", "id_number"):
        people.texts.setdefault(column, blank(len(people.row)))
    named = filled(people.texts["name"])
    if named.all():
        return Persons(people, issues=issues)
    has_number = filled(people.texts["id_number"])
    accepted = np.zeros(len(numbers), dtype=bool)
    place = np.searchsorted(numbers, people.row)
    accepted[place[named]] = True
    unnamed = np.flatnonzero(~named & (has_number | ~accepted[place]))
    said = np.zeros(len(numbers), dtype=bool)
    for values in cleaned.values() if len(unnamed) else ():
        said |= filled(values)
    blank_rows = set(numbers[~said].tolist())
    name_column = next((letter(claim.column) for claim in used if claim.item in ("name", "head_name")), "")
    for at in unnamed:
        row, member = int(people.row[at]), int(people.member[at])
        code = "row.blank" if row in blank_rows else "row.no_name"
        issues.append(Issue(code, file, sheet.number, row, name_column, {"value": member}))
    return Persons(people.taken(np.flatnonzero(named)), int(np.count_nonzero(~accepted)), issues)
