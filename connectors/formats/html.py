"""HTML saved as .xls: what many government systems call an Excel export. Its tables are read as sheets."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from connectors.formats.book import Book, Finding, Place, Sheet, lay_out
from connectors.formats.csv import decode
from connectors.guard import Limits, RefusedError
from connectors.pace import Opening, untold
from schemas.own import AUTHOR

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_PIECE = 1 << 20
_AUTHOR = f'<meta name="author" content="{AUTHOR}"'
_GB = ("gb2312", "gbk", "gb18030", "x-gbk")


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Read each outermost table as a sheet.

    Raises:
        RefusedError: when there is no table, or its cells unfold to more than the limits allow.
    """
    text, encoding, findings = _decode(data)
    parser = _Tables(limits)
    rows = text.count("<tr") + text.count("<TR")
    for at in range(0, len(text), _PIECE):
        parser.feed(text[at : at + _PIECE])
        opening(at / len(text), rows)
    parser.close()
    if not parser.sheets:
        raise RefusedError("file.html_without_table")
    sheets = [lay_out(sheet, rows, limits) for sheet, rows in zip(parser.sheets, parser.rows, strict=True)]
    book = Book("html", sheets, encoding, own=_AUTHOR in text[:_PIECE])
    book.findings.append(("file.html", 0, "", {}))
    book.sheets[0].findings.extend(findings)
    return book


def _decode(data: bytes) -> tuple[str, str, list[Finding]]:
    declared = _CHARSET.search(data[:4096])
    if declared and (name := declared[1].decode("ascii").lower()) in (*_GB, "utf-8", "utf8"):
        encoding = "gb18030" if name in _GB else "utf-8"
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding, []
        except UnicodeDecodeError:
            pass
    return decode(data)


class _Tables(HTMLParser):
    """Collects the cells of outermost tables; scripts and styles are passed over, nothing is fetched."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.sheets: list[Sheet] = []
        self.rows: list[list[list[str]]] = []
        self._limits = limits
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._taken: dict[int, int] = {}
        self._merged: list[tuple[Place, Place]] = []
        self._skip = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._skip += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.sheets.append(Sheet(len(self.sheets) + 1, ""))
                self.rows.append([])
                self._taken, self._merged = {}, []
        elif self._depth == 1 and tag == "tr":
            self._close_cell()
            self._new_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._close_cell()
            if not self.rows[-1]:
                self._new_row()
            self._cell, self._span = [], self._spans(dict(attrs))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skip = max(0, self._skip - 1)
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._close_cell()
                self.sheets[-1].merged = tuple(self._merged)
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skip:
            self._cell.append(data)

    def _new_row(self) -> None:
        self.rows[-1].append([])
        self._taken = {column: left - 1 for column, left in self._taken.items() if left > 1}

    def _spans(self, attributes: dict[str, str | None]) -> tuple[int, int]:
        def span(name: str) -> int:
            text = attributes.get(name) or "1"
            return min(max(int(text), 1), self._limits.span) if text.isdecimal() else 1

        return span("rowspan"), span("colspan")

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        rows = self.rows[-1]
        row, text = rows[-1], " ".join("".join(self._cell).split())
        self._cell = None
        while self._taken.get(len(row), 0) > 0:
            row.append("")
        down, across = self._span
        at, first = len(rows) - 1, len(row)
        row.extend([text] + [""] * (across - 1))
        self._cells += across
        if self._cells > self._limits.cells:
            raise RefusedError("file.area", {"rows": len(rows), "columns": len(row)})
        if down > 1:
            self._taken.update(dict.fromkeys(range(first, first + across), down))
        if down > 1 or across > 1:
            self._merged.append(((at, first), (at + down - 1, first + across - 1)))
