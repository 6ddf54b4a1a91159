"""``rollcall inspect FILE``: what was understood of one file, and why."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from unicodedata import east_asian_width

import click

from connectors.describe import describe
from connectors.files import read_path
from connectors.layout import Layout, LayoutError, load
from connectors.reading import Reading, SheetReading
from schemas.fields import fields
from schemas.issue import Issue
from schemas.records import record_types
from schemas.table import RECORDS, Column
from service.kind_options import kind_option

SAMPLE = 5
"""Records shown of each sheet; masked, since a screen is looked at by more than one person."""

_SEVERITY = {"error": "错误", "warning": "提醒", "info": "说明"}
_LAYOUT = {"person": "一人一行", "household": "一户一行（户主和成员横排）", "": "不是名单"}
_FORMAT = {
    "xlsx": "Excel 工作簿",
    "xls": "Excel 97-2003 工作簿",
    "ods": "OpenDocument 表格",
    "csv": "文本",
    "html": "网页表格",
}


@click.command(name="inspect", help="说明一个文件读成了什么：工作表、表头、各列含义和依据、样例、数据问题。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON，含全部记录（不遮盖，只在本机使用）。")
@kind_option
@click.option(
    "--layout", "layout", type=click.Path(exists=True, dir_okay=False), help="使用保存的布局文件（TOML）。"
)
def command(file: Path, as_json: bool, kind: str, layout: str | None) -> None:
    """Show what was understood of FILE; exit code 2 when nothing in it could be read."""
    reading = read_path(file, kind=kind, layouts=_layouts(layout, file.name))
    if as_json:
        click.echo(json.dumps(describe(reading), ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(reading)))
    if reading.records.empty:
        sys.exit(2)


def _layouts(path: str | None, file: str) -> list[Layout]:
    """The layout named on the command line; it is meant for this file whatever its pattern says."""
    if path is None:
        return []
    try:
        layout = load(path)
    except LayoutError as error:
        raise click.ClickException(str(error)) from error
    return [Layout(layout.name, layout.kind, "*", layout.sheets, layout.source)]


def _lines(reading: Reading) -> list[str]:
    kind = record_types()[reading.kind].label if reading.kind else "没有认出"
    form = _FORMAT.get(reading.format, "没有读取")
    encoding = f"，编码 {reading.encoding}" if reading.encoding else ""
    lines = [
        f"文件：{reading.file}（{form}{encoding}，{reading.size:,} 字节）",
        f"名单：{kind}（把握 {reading.confidence:.0%}），共 {len(reading.records):,} 条记录",
    ]
    for sheet in reading.sheets:
        lines += ["", *_sheet(sheet), *_sample(reading, sheet)]
    return [*lines, "", *_issues(reading.issues)]


def _sheet(sheet: SheetReading) -> list[str]:
    name = f"“{sheet.name}”" if sheet.name else ""
    hidden = "" if sheet.visible else "（隐藏）"
    kind = f"，{record_types()[sheet.kind].label}（把握 {sheet.confidence:.0%}）" if sheet.kind else ""
    lines = [f"工作表 {sheet.sheet} {name}{hidden}：{_LAYOUT[sheet.layout]}{kind}"]
    if sheet.title:
        lines.append(f"  标题：{sheet.title[:80]}")
    if sheet.layout:
        rows = "、".join(map(str, sheet.header_rows))
        lines.append(f"  表头：{'第 ' + rows + ' 行' if rows else '没有'}")
    labels = {column.name: column.label for column in RECORDS.columns}
    for column in sheet.columns:
        prefix, _, item = column.field.rpartition(".")
        meaning = (f"成员{prefix.removeprefix('member')} " if prefix else "") + labels.get(item, "—")
        sure = f"{column.confidence:.0%}" if column.field else ""
        lines.append(f"  {column.column:>3}  {_padded(meaning, 18)}{sure:>5}  {column.why}")
    counts = sheet.rows
    parts = (
        ("标题", counts.title),
        ("表头", counts.header),
        ("重复表头", counts.repeated),
        ("合计", counts.total),
        ("说明", counts.note),
        ("签字", counts.signature),
        ("人员", counts.records),
        ("未成记录", counts.rejected),
    )
    told = "，".join(f"{name} {count:,}" for name, count in parts if count)
    lines.append(f"  行数：{counts.nonempty:,}{'（' + told + '）' if told else ''}")
    return lines


def _sample(reading: Reading, sheet: SheetReading) -> list[str]:
    """The first records of a sheet, each value masked by its field."""
    records = reading.records
    rows = records[records["sheet"] == sheet.sheet].head(SAMPLE)
    lines = []
    for record in rows.to_dict("records"):
        shown = [
            f"{column.label} {_masked(column, str(record[column.name]))}"
            for column in RECORDS.columns[5:]
            if record[column.name] != ""
        ]
        lines.append(f"  例  第 {record['row']} 行：{'；'.join(shown)}")
    return lines


def _masked(column: Column, value: str) -> str:
    """A value for the screen; what is sensitive and has no form of its own shows its beginning only."""
    if column.field in fields():
        return fields()[column.field].mask(value)
    return value[:6] + "…" if column.sensitive and column.name.endswith("address") else value


def _padded(text: str, width: int) -> str:
    """Pad to a width on the screen, where a Chinese character takes two columns."""
    taken = sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(1, width - taken)


def _issues(issues: tuple[Issue, ...]) -> list[str]:
    """Each code once with its first place, the gravest first."""
    if not issues:
        return ["数据问题：没有"]
    counts = Counter(issue.code for issue in issues)
    first = {issue.code: issue for issue in reversed(issues)}
    order = sorted(
        first.values(), key=lambda each: (list(_SEVERITY).index(each.severity), -counts[each.code], each.code)
    )
    lines = [f"数据问题：{len(issues):,} 个"]
    for issue in order:
        place = f"工作表 {issue.sheet} " if issue.sheet else ""
        place += (
            f"{issue.column}{issue.row} " if issue.row else (f"{issue.column} 列 " if issue.column else "")
        )
        times = f"（共 {counts[issue.code]:,} 处）" if counts[issue.code] > 1 else ""
        lines.append(f"  [{_SEVERITY[issue.severity]}] {place}{issue.message()}{times}")
    return lines
