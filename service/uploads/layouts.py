"""What a clerk says of a file's columns, and what is remembered of it for the next file."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connectors.kinds import THRESHOLD
from connectors.layout import PERSON_COLUMNS, pattern_of
from schemas.records import record_types
from schemas.table import PERSON
from service.errors import InvalidError, NotFoundError
from service.uploads.models import AgencyList, SavedLayout

LABELS: Mapping[str, str] = {column.name: column.label for column in PERSON}
DOUBTS: Mapping[str, str] = {
    "no_kind": "没有认出是哪种名单，这个工作表没有读入。",
    "hidden": "这个工作表是隐藏的，也读入了；不该用的，请不要勾选它。",
}
"""What may be doubtful about a whole sheet."""

MEMBER_FIELDS = ("name", "id_number", "relation", "birth_date", "sex")
MEMBERS = 12
"""Members of a household that may stand side by side in one row."""

_MEMBER = re.compile(r"member([1-9]|1[0-9])\.(\w+)").fullmatch
_ROWS = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the clerk is asked to look at: a column of a sheet, or with ``column`` "" the sheet itself."""

    sheet: int
    column: str
    why: str


def doubts(reading: Mapping[str, Any]) -> list[Doubt]:
    """What was understood without being sure, and what is missing that the kind of list needs."""
    found = []
    for sheet in reading.get("sheets", ()):
        if not sheet["layout"]:
            continue
        if not sheet["kind"]:
            found.append(Doubt(sheet["sheet"], "", DOUBTS["no_kind"]))
            continue
        if not sheet["visible"]:
            found.append(Doubt(sheet["sheet"], "", DOUBTS["hidden"]))
        used = [each for each in sheet["columns"] if each["field"]]
        items = {each["field"].rpartition(".")[2] for each in used}
        missing = [
            LABELS[name]
            for name in record_types()[sheet["kind"]].required
            if name not in items | _stand_in(items)
        ]
        if missing:
            found.append(Doubt(sheet["sheet"], "", f"没有找到必需的列：{'、'.join(missing)}。"))
        found += [
            Doubt(sheet["sheet"], each["column"], each["why"])
            for each in used
            if each["confidence"] < THRESHOLD
        ]
    return found


def _stand_in(items: set[str]) -> set[str]:
    """A household a row names its head where others name a person."""
    return {"name"} if "head_name" in items else set()


def label_of(field: str) -> str:
    """A field in Chinese: ``member2.name`` is "成员2 姓名"; "" for a column that is not used."""
    member = _MEMBER(field)
    if member:
        return f"成员{member[1]} {LABELS.get(member[2], member[2])}"
    return LABELS.get(field, "")


def choices(sheet: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a column of this sheet may be said to mean: field and label; first that it is not used."""
    named = [("", "（不使用）"), *((name, LABELS[name]) for name in PERSON_COLUMNS)]
    if sheet["layout"] != "household":
        return named
    taken = [int(found[1]) for each in sheet["columns"] if (found := _MEMBER(each["field"]))]
    members = range(1, min(MEMBERS, max(taken, default=0) + 2) + 1)
    return named + [
        (f"member{n}.{item}", label_of(f"member{n}.{item}")) for n in members for item in MEMBER_FIELDS
    ]


def told_by(form: Mapping[str, str], reading: Mapping[str, Any]) -> dict[str, Any]:
    """What a clerk's form says: ``kind``, and for each sheet ``use-1``, ``header-1``, ``layout-1``,
    ``kind-1``, and ``col-1-A`` for its columns. What it does not mention stays as it was read.

    Raises:
        InvalidError: something that no list has; the text names the field.
    """
    sheets = []
    for sheet in reading.get("sheets", ()):
        number = sheet["sheet"]
        if f"use-{number}" in form:
            sheets.append(_told_sheet(form, sheet, number))
    if reading.get("sheets") and not sheets:
        raise InvalidError("至少要选用一个工作表。")
    kind = form.get("kind", str(reading.get("kind", "")))
    return checked({"kind": kind, "sheets": sheets})


def _told_sheet(form: Mapping[str, str], sheet: Mapping[str, Any], number: int) -> dict[str, Any]:
    given = form.get(f"header-{number}")
    rows = _rows(given, number) if given is not None else list(sheet["header_rows"])
    columns = {
        each["column"]: form.get(f"col-{number}-{each['column']}", each["field"]) for each in sheet["columns"]
    }
    if rows != list(sheet["header_rows"]):
        columns = {}  # under another header every column is understood anew
    return {
        "sheet": number,
        "name": "",
        "header_rows": rows,
        "layout": form.get(f"layout-{number}", sheet["layout"]) or "person",
        "columns": {column: field for column, field in columns.items() if field},
        "kind": form.get(f"kind-{number}", ""),
        "group": "",
    }


def _rows(given: str, number: int) -> list[int]:
    parts = [part for part in _ROWS.split(given) if part]
    if not all(part.isdecimal() and part.isascii() and 0 < int(part) <= 1_048_576 for part in parts):
        raise InvalidError(f"工作表 {number} 的表头行应当是行号，如 2 或 2,3；没有表头请留空。")
    return sorted({int(part) for part in parts})


def checked(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with every value looked at: it may come from a program.

    Raises:
        InvalidError: a kind, layout or field that there is not, or a field that two columns claim.
    """
    kinds, sheets = {"", *record_types()}, list(told.get("sheets", ()))
    if told.get("kind", "") not in kinds or any(each.get("kind", "") not in kinds for each in sheets):
        raise InvalidError("没有这种名单。请从列表中选择名单种类。")
    for sheet in sheets:
        _check_sheet(sheet)
    return {"kind": told.get("kind", ""), "sheets": sheets}


def _check_sheet(sheet: Mapping[str, Any]) -> None:
    number = sheet["sheet"]
    if sheet["layout"] not in ("person", "household"):
        raise InvalidError(f"工作表 {number} 的排列方式应当是 person（一人一行）或 household（一户一行）。")
    seen: dict[str, str] = {}
    for column, field in sheet["columns"].items():
        if not re.fullmatch(r"[A-Z]{1,3}", column):
            raise InvalidError(f"工作表 {number}：“{column[:10]}”不是列的字母。")
        member = _MEMBER(field)
        if (member[2] if member else field) not in PERSON_COLUMNS:
            raise InvalidError(f"工作表 {number} 的 {column} 列：没有“{field[:30]}”这个字段。")
        if field in seen and field not in ("group", "cancelled", "remark"):
            raise InvalidError(
                f"工作表 {number} 的 {seen[field]} 列和 {column} 列都选了“{label_of(field)}”，只能留一个。"
            )
        seen.setdefault(field, column)
    if sheet["columns"] and not {"name", "head_name"} & set(seen):
        raise InvalidError(f"工作表 {number} 没有一列是“姓名”。请指明哪一列是姓名，或不使用这个工作表。")


def layout_for(session: Session, listed: AgencyList) -> dict[str, Any] | None:
    """How a list is to be read: as the clerk said, else as a file of such a name was confirmed before."""
    told = listed.told
    if told.get("sheets"):
        return {
            "name": "told",
            "kind": told["kind"],
            "file_name": "*",
            "sheets": told["sheets"],
            "headers": {},
        }
    saved = session.scalars(
        select(SavedLayout)
        .where(SavedLayout.agency_id == listed.agency_id)
        .order_by(func.length(SavedLayout.file_pattern).desc(), SavedLayout.id.desc())
    )
    for each in saved:
        fits = fnmatch.fnmatch(listed.file_name.lower(), each.file_pattern.lower())
        if fits and told.get("kind", each.kind) in ("", each.kind):
            session.execute(update(SavedLayout).where(SavedLayout.id == each.id).values(used_at=func.now()))
            return {"name": f"saved {each.id}", "kind": each.kind, "file_name": "*", **each.layout}
    return None


def remember(session: Session, listed: AgencyList, account_id: int) -> None:
    """Keep how a confirmed list was read, for the agency's next file of such a name."""
    reading: Mapping[str, Any] = listed.reading
    lists = [sheet for sheet in reading["sheets"] if sheet["kind"] and sheet["layout"]]
    if not lists or len({sheet["sheet"] for sheet in lists}) != len(lists):
        return
    layout = {"sheets": [_kept_sheet(sheet, listed.kind) for sheet in lists], "headers": headers_of(lists)}
    values = {
        "agency_id": listed.agency_id,
        "kind": listed.kind,
        "file_pattern": files_like(listed.file_name),
        "layout": layout,
        "created_by": account_id,
    }
    session.execute(
        insert(SavedLayout)
        .values(values)
        .on_conflict_do_update(
            index_elements=["agency_id", "kind", "file_pattern"],
            set_={"layout": layout, "created_by": account_id, "created_at": func.now()},
        )
    )


def files_like(name: str) -> str:
    """The pattern of the files to come: with other digits, and with "(1)", "最终版" and the like at the end.

    It may be wide: a layout is used only where every header that it knows stands in its place.

    >>> files_like("低保8月.xlsx"), files_like("低保8.xlsx")
    ('低保*月*.xlsx', '低保*.xlsx')
    """
    pattern = PurePath(pattern_of(name))
    return f"{pattern.stem.rstrip('*')}*{pattern.suffix}"


def _kept_sheet(sheet: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        "sheet": sheet["sheet"],
        "name": "",
        "header_rows": list(sheet["header_rows"]),
        "layout": sheet["layout"],
        "columns": {each["column"]: each["field"] for each in sheet["columns"] if each["field"]},
        "kind": sheet["kind"] if sheet["kind"] != kind else "",
        "group": "",
    }


def headers_of(sheets: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Sheet number -> column -> header, of the columns that are used: by it a saved layout knows its file."""
    return {
        str(sheet["sheet"]): {each["column"]: each["header"] for each in sheet["columns"] if each["field"]}
        for sheet in sheets
    }


def layouts_of(session: Session) -> Sequence[SavedLayout]:
    """What is remembered, of the agencies that the session sees."""
    return session.scalars(
        select(SavedLayout).order_by(SavedLayout.agency_id, SavedLayout.file_pattern)
    ).all()


def forget_layout(session: Session, layout_id: int) -> SavedLayout:
    """Remove one.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(SavedLayout, layout_id)
    if found is None:
        raise NotFoundError("没有这份保存的布局，可能已被删除。")
    session.execute(delete(SavedLayout).where(SavedLayout.id == layout_id))
    return found
