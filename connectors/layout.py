"""A saved layout: what the columns of a list mean, written down once, reusable for the next round."""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.formats.book import number_of
from schemas.records import record_types
from schemas.table import RECORDS

if TYPE_CHECKING:
    from connectors.reading import Reading

PERSON_COLUMNS = tuple(
    column.name for column in RECORDS.columns if column.name not in ("file", "sheet", "row", "member", "kind")
)


class LayoutError(ValueError):
    """A layout file cannot be used; the message names the file and the line or key, in Chinese."""


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """What a layout says of one sheet.

    Attributes:
        sheet: its number from 1, or 0 when ``name`` decides, or both empty: every sheet.
        name: pattern of its name (``*`` and ``?``), or "".
        header_rows: row numbers as a spreadsheet shows them; persons follow the last one.
        layout: "person" or "household".
        columns: column letter -> column of RECORDS, or ``member1.name`` and so on; empty where the header
            is known and its columns are to be recognised.
        kind: of this sheet, where it differs from the file's.
        group: the group of everybody on it, or "".
    """

    sheet: int
    name: str
    header_rows: tuple[int, ...]
    layout: str
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A saved layout of one list. ``file_name`` is a pattern; it takes precedence over recognition."""

    name: str
    kind: str
    file_name: str
    sheets: tuple[SheetLayout, ...]
    source: str = ""

    def matches(self, file: str) -> bool:
        """Whether this layout is meant for a file of this name."""
        return fnmatch.fnmatch(Path(file).name.lower(), self.file_name.lower())

    def of_sheet(self, number: int, name: str) -> SheetLayout | None:
        """What it says of a sheet; None when the sheet is not named, and is then not read as a list."""
        for each in self.sheets:
            if each.sheet == number or (each.name and fnmatch.fnmatch(name, each.name)):
                return each
            if not each.sheet and not each.name:
                return each
        return None


def load(path: str | Path) -> Layout:
    """Read a layout file.

    Raises:
        LayoutError: naming the line of a TOML error, or the key whose value cannot be used.
    """
    text = Path(path).read_text("utf-8-sig")
    return parse(text, Path(path).name)


def parse(text: str, where: str = "layout") -> Layout:
    """Read the text of a layout file. Raises LayoutError as ``load`` does."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{where}：不是正确的 TOML（{error}）。") from error
    check = _Check(where)
    check.keys(data, ("name", "kind", "file_name", "source", "sheet"), "")
    kind = check.choice(data, "kind", "", record_types())
    sheets = data.get("sheet")
    if not isinstance(sheets, list) or not sheets:
        raise LayoutError(f"{where}：缺少 [[sheet]]，至少要说明一个工作表。")
    made = tuple(_sheet(check, each, f"sheet[{at}]") for at, each in enumerate(sheets, start=1))
    file_name = check.text(data, "file_name", "", "*")
    return Layout(
        check.text(data, "name", "", where), kind, file_name, made, check.text(data, "source", "", "")
    )


class _Check:
    """Reads values of the expected type, or says which key is wrong."""

    def __init__(self, where: str) -> None:
        self.where = where

    def fail(self, key: str, problem: str) -> LayoutError:
        return LayoutError(f"{self.where}：{key} {problem}")

    def keys(self, table: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
        for key in table:
            if key not in known:
                raise self.fail(f"{prefix}{key}", f"不是布局文件的键；可用的有 {'、'.join(known)}。")

    def text(self, table: Mapping[str, object], key: str, prefix: str, default: str) -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self.fail(f"{prefix}{key}", "应当是文字。")
        return value

    def choice(self, table: Mapping[str, object], key: str, prefix: str, known: Mapping[str, object]) -> str:
        value = self.text(table, key, prefix, "")
        if value not in known:
            raise self.fail(f"{prefix}{key}", f"是“{value}”，应当是其中之一：{'、'.join(known)}。")
        return value


def _sheet(check: _Check, table: object, where: str) -> SheetLayout:
    if not isinstance(table, dict):
        raise check.fail(where, "应当写成 [[sheet]]。")
    prefix = f"{where}."
    check.keys(table, ("sheet", "name", "header_rows", "layout", "columns", "kind", "group"), prefix)
    number = table.get("sheet", 0)
    rows = table.get("header_rows", [])
    if not isinstance(number, int) or number < 0:
        raise check.fail(f"{prefix}sheet", "应当是工作表的序号，从 1 起。")
    if not isinstance(rows, list) or not all(isinstance(row, int) and row > 0 for row in rows):
        raise check.fail(f"{prefix}header_rows", "应当是行号的列表，如 [2, 3]；没有表头写 []。")
    layouts = {"person": 1, "household": 1}
    layout = check.choice({"layout": "person", **table}, "layout", prefix, layouts)
    kind = check.choice(table, "kind", prefix, {**record_types(), "": 1})
    columns = _columns(check, table.get("columns"), prefix)
    return SheetLayout(
        number,
        check.text(table, "name", prefix, ""),
        tuple(sorted(rows)),
        layout,
        columns,
        kind,
        check.text(table, "group", prefix, ""),
    )


def _columns(check: _Check, table: object, prefix: str) -> Mapping[str, str]:
    if not isinstance(table, dict) or not table:
        raise check.fail(f"{prefix}columns", '缺少；写成 A = "name" 这样的列与字段。')
    for column, meant in table.items():
        try:
            number_of(column)
        except ValueError as error:
            raise check.fail(f"{prefix}columns.{column}", "不是列的字母。") from error
        member, _, item = meant.rpartition(".") if isinstance(meant, str) else ("", "", "?")
        if item not in (*PERSON_COLUMNS, "") or (
            member and not (member.startswith("member") and member[6:].isdecimal())
        ):
            raise check.fail(
                f"{prefix}columns.{column}",
                f"“{meant}”不是字段；可用的有 {'、'.join(PERSON_COLUMNS)}，成员写 member1.name。",
            )
    return {column.upper(): meant for column, meant in table.items() if meant}


def draft_of(reading: Reading) -> str:
    """Write down, as TOML, what was understood of a file, for a person to correct."""
    pattern = pattern_of(reading.file)
    known = "、".join(f"{kind}（{record.label}）" for kind, record in record_types().items())
    lines = [
        f"# 布局：{reading.file}",
        f"# kind 可以是：{known}",
        '# columns：左边是列的字母，右边是字段；不使用的列写 ""。成员写 member1.name、member1.id_number。',
        f"name = {_quoted(Path(reading.file).stem)}",
        f"kind = {_quoted(reading.kind)}",
        f"file_name = {_quoted(pattern)}",
    ]
    for sheet in reading.sheets:
        if not sheet.columns and len(reading.sheets) > 1:
            continue
        lines += ["", "[[sheet]]", f"sheet = {sheet.sheet}", f"header_rows = {list(sheet.header_rows)}"]
        lines += [f"layout = {_quoted(sheet.layout or 'person')}"]
        if not sheet.kind:
            lines.append(
                'kind = ""  # 没有认出这个工作表是哪种名单；与上面的 kind 不同，或要读入时，在这里写明'
            )
        elif sheet.kind != reading.kind:
            lines.append(f"kind = {_quoted(sheet.kind)}")
        lines += ["[sheet.columns]"]
        lines += [
            f"{each.column} = {_quoted(each.field)}  # {' '.join(each.header.split())}".rstrip(" #")
            for each in sheet.columns
        ]
    return "\n".join(lines) + "\n"


def pattern_of(file: str) -> str:
    """The pattern of a file's name that the next quarter's file should match too: digits are a date or count.

    What a pattern would read as more than itself stands for one character.
    """
    pattern = "".join("*" if char.isdecimal() else "?" if char in "[]*" else char for char in Path(file).name)
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
