"""The least workbook: what a spreadsheet program writes, without its styles, a column at a time.

A general writer works cell by cell; a county has millions of them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from service.demo.draws import Array

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_LINKS = f"{_OFFICE}/officeDocument/2006/relationships"
_PACKAGE = f"{_OFFICE}/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CORE = (
    f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<dcterms:created xsi:type="dcterms:W3CDTF">2026-09-01T00:00:00Z</dcterms:created></cp:coreProperties>'
)
"""The clock would make each run differ: every workbook is of one day."""

_STYLES = (
    f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="1"><xf/></cellXfs></styleSheet>'
)
_UNLAWFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _escape(text: str) -> str:
    if text.isalnum():
        return f"<si><t>{text}</t></si>"
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text or "  " in text else ""
    return f"<si><t{space}>{_UNLAWFUL.sub('', text)}</t></si>"


def letters(column: int) -> str:
    """The name of a column, from 0: A, B … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Strings:
    """The texts of a workbook, each kept once."""

    def __init__(self) -> None:
        self.place: dict[str, int] = {}

    def cells(self, values: Array, column: int, first_row: int) -> list[str]:
        """The cells of one column as XML; an empty text has none."""
        name, place = letters(column), self.place
        code, known = pd.factorize(values)
        shown: list[str | None] = []
        for value in known.tolist():
            if not isinstance(value, str):
                shown.append(f"><v>{value!r}</v></c>")
            elif value:
                shown.append(f' t="s"><v>{place.setdefault(value, len(place))}</v></c>')
            else:
                shown.append(None)
        return [
            "" if text is None else f'<c r="{name}{row}"{text}'
            for row, text in enumerate(map(shown.__getitem__, code.tolist()), start=first_row)
        ]

    def row(self, cells: Sequence[Any], row: int) -> str:
        """One row of its own as XML."""
        written = [self.cells(np.array([cell], dtype=object), at, row)[0] for at, cell in enumerate(cells)]
        return f'<row r="{row}">{"".join(written)}</row>'

    def xml(self) -> str:
        count = len(self.place)
        body = "".join(map(_escape, self.place))
        return f'<sst {_MAIN} count="{count}" uniqueCount="{count}">{body}</sst>'


def _sheet_xml(sheet: Any, strings: _Strings) -> str:
    start = len(sheet.head)
    parts = [strings.row(row, number) for number, row in enumerate(sheet.head, start=1)]
    columns = [strings.cells(values, at, start + 1) for at, values in enumerate(sheet.body)]
    for number, cells in enumerate(zip(*columns, strict=True), start=start + 1):
        parts.append(f'<row r="{number}">{"".join(cells)}</row>')
    after = start + sheet.body_length
    parts += [strings.row(row, number) for number, row in enumerate(sheet.foot, start=after + 1)]
    merged = [
        f'<mergeCell ref="{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"/>'
        for top, left, bottom, right in sheet.merges
    ]
    merges = f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells>' if merged else ""
    return f"<worksheet {_MAIN}><sheetData>{''.join(parts)}</sheetData>{merges}</worksheet>"


def write_xlsx(path: Path, sheets: Sequence[Any]) -> None:
    """Write sheets (``name``, ``head``, ``body``, ``foot``, ``merges``, ``hidden``) as a workbook."""
    strings = _Strings()
    numbers = range(1, len(sheets) + 1)
    parts = {
        f"xl/worksheets/sheet{at}.xml": _sheet_xml(sheet, strings)
        for at, sheet in zip(numbers, sheets, strict=True)
    }
    state = {True: ' state="hidden"', False: ""}
    named = "".join(
        f'<sheet name="{sheet.name}" sheetId="{at}"{state[sheet.hidden]} r:id="rId{at}"/>'
        for at, sheet in zip(numbers, sheets, strict=True)
    )
    parts["xl/workbook.xml"] = f'<workbook {_MAIN} xmlns:r="{_LINKS}"><sheets>{named}</sheets></workbook>'
    targets = [*((f"worksheets/sheet{at}.xml", "worksheet") for at in numbers)]
    targets += [("sharedStrings.xml", "sharedStrings"), ("styles.xml", "styles")]
    parts["xl/_rels/workbook.xml.rels"] = _relations([(t, f"{_LINKS}/{kind}") for t, kind in targets])
    parts["xl/sharedStrings.xml"], parts["xl/styles.xml"] = strings.xml(), _STYLES
    parts["docProps/core.xml"] = _CORE
    first = [("xl/workbook.xml", f"{_LINKS}/officeDocument")]
    first.append(("docProps/core.xml", f"{_PACKAGE}/relationships/metadata/core-properties"))
    parts["_rels/.rels"] = _relations(first)
    with zipfile.ZipFile(path, "w") as archive:
        # Entries carry the first date of zip.
        for name, text in {"[Content_Types].xml": _content_types(parts), **parts}.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + text, compresslevel=1)


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{at}" Type="{kind}" Target="{target}"/>'
        for at, (target, kind) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _content_types(parts: dict[str, str]) -> str:
    kinds = {
        "xl/workbook.xml": f"{_TYPES}.sheet.main+xml",
        "xl/sharedStrings.xml": f"{_TYPES}.sharedStrings+xml",
        "xl/styles.xml": f"{_TYPES}.styles+xml",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    kinds |= {name: f"{_TYPES}.worksheet+xml" for name in parts if name.startswith("xl/worksheets")}
    each = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    default = f'<Default Extension="rels" ContentType="{relations}"/>'
    default += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{_PACKAGE}/content-types">{default}{each}</Types>'
