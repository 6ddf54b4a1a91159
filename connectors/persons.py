"""From the rows of one sheet to records: fill what is meant to be filled, clean, unfold households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from connectors.clean import Place, clean_column
from connectors.columns import SHARED, Claim
from connectors.filldown import fill_down, fill_merged
from connectors.formats.book import Sheet, letter
from connectors.members import REPEATED
from schemas.issue import Issue
from schemas.table import RECORDS

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
    """The records of one sheet, the rows that gave none, and what is to be reported."""

    records: pd.DataFrame
    rejected: int = 0
    issues: list[Issue] = field(default_factory=list)


def unfold(
    sheet: Sheet,
    kinds: Sequence[str],
    claims: Sequence[Claim],
    layout: str,
    file: str,
    one_household: bool = True,
) -> Persons:
    """Turn the rows of kind ``data`` into records.

    Args:
        sheet: the sheet; its rows are not changed.
        kinds: what each row is, from the top (``rows.classify``).
        claims: the settled columns.
        layout: "person" or "household".
        file: the file's name, for places.
        one_household: whether the persons of one row live together; pupils side by side do not.
    """
    numbers = [at for at, kind in enumerate(kinds, start=1) if kind == "data"]
    used = [claim for claim in claims if claim.field]
    raw = _raw(sheet, numbers, used)
    issues = fill_merged(raw, sheet, numbers, used, file) + fill_down(raw, sheet, used, file)
    cleaned = pd.DataFrame(index=raw.index)
    for claim in used:
        lost = (
            frozenset(row + 1 for row, column in sheet.lost if column == claim.column)
            if sheet.lost
            else frozenset()
        )
        name = "group_text" if claim.item == "group" else claim.item
        values, found = clean_column(
            raw[claim.column], name, Place(file, sheet.number, claim.column, numbers), lost
        )
        issues += found
        cleaned[f"{claim.field}#{claim.column}" if claim.item in SHARED else claim.field] = values
    cleaned = _join_shared(cleaned, used)
    frames = _frames(cleaned, layout, one_household)
    table = _stacked(frames)
    return _accept(table, numbers, cleaned, file, sheet, issues, used)


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of all persons in the order of rows; a column that a member lacks is "" for it."""
    if len(frames) == 1:
        return frames[0]
    table = pd.concat([frame.astype("object") for frame in frames]).fillna("")
    return table.sort_values(["row", "member"], kind="stable")


def _raw(sheet: Sheet, numbers: Sequence[int], used: Sequence[Claim]) -> pd.DataFrame:
    columns = {}
    rows = [sheet.rows[number - 1] for number in numbers]
    for claim in used:
        at = claim.column
        columns[at] = pd.Series(
            [row[at] if at < len(row) else "" for row in rows], index=list(numbers), dtype="str"
        )
    return pd.DataFrame(columns, index=list(numbers))


def _join_shared(cleaned: pd.DataFrame, used: Sequence[Claim]) -> pd.DataFrame:
    """Columns that fill one field together: their values joined, in the order of the columns."""
    for name in SHARED:
        parts = [f"{name}#{claim.column}" for claim in used if claim.field == name]
        headers = {f"{name}#{claim.column}": claim.header for claim in used}
        if not parts:
            continue
        if name == "group":
            for part in parts:
                cleaned[part] = _spoken(cleaned[part], headers[part])
        joined = cleaned[parts[0]]
        for part in parts[1:]:
            both = (joined != "") & (cleaned[part] != "")
            joined = joined + both.map({True: ";", False: ""}).astype("str") + cleaned[part]
        cleaned = cleaned.drop(columns=parts).assign(**{name: joined})
    return cleaned


def _spoken(values: pd.Series, header: str) -> pd.Series:
    """是 under 是否建档立卡 says what the header says."""
    said = dict.fromkeys(("是", "1", "Y", "y", "√", "有"), header)
    said |= dict.fromkeys(("否", "0", "N", "n", "×", "无", "-", "/"), "")
    return values.map(lambda value: said.get(value, value)).astype("str")


def _frames(cleaned: pd.DataFrame, layout: str, one_household: bool) -> list[pd.DataFrame]:
    """One table for the first person of each row, one for each further member."""
    members = sorted(
        {int(name[6:].partition(".")[0]) for name in cleaned.columns if name.startswith("member")}
    )
    shared = cleaned[[name for name in cleaned.columns if "." not in name]]
    if layout != "household":
        return [shared.assign(row=cleaned.index, member=0)]
    first = shared.copy()
    if "name" not in first and "head_name" in first:
        first["name"] = first["head_name"]
        first["id_number"] = first.get("head_id", "")
        first["relation"] = "户主"
    frames = [first.assign(row=cleaned.index, member=0)]
    for number in members:
        member = shared[[name for name in shared.columns if name not in _OF_PERSON]].copy()
        for key, head in _HEAD.items():
            if one_household and head not in member and key in shared:
                member[head] = shared[key]
        prefix = f"member{number}."
        for name in cleaned.columns:
            if name.startswith(prefix):
                member[name.removeprefix(prefix)] = cleaned[name]
        present = member["name"] if "name" in member else pd.Series("", index=member.index)
        if "id_number" in member:
            present = present + member["id_number"]
        frames.append(member.assign(row=cleaned.index, member=number)[present != ""])
    return frames


def _accept(
    table: pd.DataFrame,
    numbers: Sequence[int],
    cleaned: pd.DataFrame,
    file: str,
    sheet: Sheet,
    issues: list[Issue],
    used: Sequence[Claim],
) -> Persons:
    """Keep who has a name; every row that gives no record gets an issue that says why."""
    for column in ("name", "id_number"):
        if column not in table:
            table[column] = ""
    named = table["name"] != ""
    accepted = set(table.loc[named, "row"])
    blank_rows = set(cleaned.index[(cleaned == "").all(axis=1)]) if len(cleaned.columns) else set(numbers)
    name_column = next((letter(claim.column) for claim in used if claim.item in ("name", "head_name")), "")
    for row, member, number in table.loc[~named, ["row", "member", "id_number"]].itertuples(index=False):
        if row in accepted and number == "":
            continue
        code = "row.blank" if row in blank_rows else "row.no_name"
        issues.append(Issue(code, file, sheet.number, int(row), name_column, {"value": member}))
    named_table = table[named].copy()
    named_table["file"], named_table["sheet"] = file, sheet.number
    return Persons(RECORDS.build(named_table), len(numbers) - len(accepted), issues)
