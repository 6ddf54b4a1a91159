"""Files as agencies send them, made in memory; numbers begin with a region that does not exist."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
import xlwt

from schemas.fields.resident_id import check_digit

Rows = Sequence[Sequence[Any]]

_NAMES = """
王梓涵 李浩然 张欣怡 刘子轩 陈雨桐 杨宇航 赵思琪 黄俊杰 周诗涵 吴佳怡 徐天佑 孙梦瑶 胡博文 朱晓彤 高文轩
林可馨 何俊熙 郭雅琪 马晨曦 罗子墨 梁静怡 宋明哲 郑雨欣 谢安然 韩一诺 唐婉婷 冯志远 于思远 董梓萱 萧若曦
"""
NAMES = tuple(_NAMES.split())


ROSTER = ("姓名", "身份证号", "性别", "学校", "年级", "班级")
ROLL = (*ROSTER, "全国学籍号")


def number(at: int, born: str = "20150318") -> str:
    """The nth made-up identity number of a birthday, with its right check digit."""
    first = f"659999{born}{at % 1000:03d}"
    return first + check_digit(first)


def birthday(at: int, year: int = 2012) -> str:
    """A birthday that differs for neighbours."""
    return f"{year + at % 6}{at % 12 + 1:02d}{at % 27 + 1:02d}"


def child(at: int) -> tuple[str, str]:
    """Name and number of the nth made-up child."""
    return NAMES[at % len(NAMES)], number(at, birthday(at))


def school_rows(header: Sequence[str]) -> list[list[str]]:
    """A list of 25 made-up pupils under ``ROSTER`` or ``ROLL``."""
    made = [(*child(at), "男", "第一小学", "三年级", "1班", f"G{child(at)[1]}") for at in range(25)]
    return [[*header], *([*each[: len(header)]] for each in made)]


def adult(at: int) -> tuple[str, str]:
    """Name and number of the nth made-up adult."""
    return "王李张刘陈杨"[at % 6] + "建国秀英志强桂兰"[at % 8] + "军华平"[at % 3], number(
        at, birthday(at, 1978)
    )


def xlsx(
    sheets: Mapping[str, Rows],
    merged: Mapping[str, Iterable[tuple[int, int, int, int]]] | None = None,
    hidden: Iterable[str] = (),
    **options: Any,
) -> bytes:
    """A workbook; ``merged`` names ranges by first row, first column, last row, last column from 0."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell not in ("", None):
                    (sheet.write_string if isinstance(cell, str) else sheet.write)(at, column, cell)
        for top, left, bottom, right in (merged or {}).get(name, ()):
            value = rows[top][left] if left < len(rows[top]) else ""
            sheet.merge_range(top, left, bottom, right, value)
        if name in set(hidden):
            sheet.hide()
    if hidden:
        next(each for each in book.worksheets() if each.name not in set(hidden)).activate()
    book.close()
    return buffer.getvalue()


def xls(sheets: Mapping[str, Rows]) -> bytes:
    """A workbook of Excel 97."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell not in ("", None):
                    sheet.write(at, column, cell)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv(rows: Rows, encoding: str = "utf-8", delimiter: str = ",", newline: str = "\r\n") -> bytes:
    """Delimited text in an encoding."""
    return newline.join(delimiter.join(map(str, row)) for row in rows).encode(encoding)


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2" '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    f'manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/></manifest:manifest>'
)


def ods(sheets: Mapping[str, Rows], raw: str = "") -> bytes:
    """An OpenDocument spreadsheet; ``raw`` replaces the tables."""
    tables = []
    for name, rows in sheets.items():
        lines = []
        for row in rows:
            cells = (
                f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
                if cell
                else "<table:table-cell/>"
                for cell in row
            )
            lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
        tables.append(f'<table:table table:name="{name}">{"".join(lines)}</table:table>')
    content = _ODS.format(raw or "".join(tables))
    return archive({"mimetype": _ODS_TYPE, "content.xml": content, "META-INF/manifest.xml": _MANIFEST})


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip container of the given parts."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return buffer.getvalue()


def replaced(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """A container with parts added or replaced."""
    with zipfile.ZipFile(BytesIO(data)) as container:
        kept = {name: container.read(name) for name in container.namelist()}
    return archive({**kept, **parts})


def part(data: bytes, name: str) -> bytes:
    """One part of a container."""
    with zipfile.ZipFile(BytesIO(data)) as container:
        return container.read(name)


ROLL_HEADER = ["姓名", "身份证件号", "性别", "出生日期", "学校名称", "年级", "班级", "全国学籍号"]


def roll_rows(count: int = 12) -> list[list[str]]:
    """A registry export with its header."""
    rows = [ROLL_HEADER]
    for at in range(count):
        name, own = child(at)
        rows.append([name, own, "男女"[at % 2], own[6:14], "第一小学", "三年级", "1班", f"G{own}"])
    return rows
