"""OpenDocument spreadsheets (.ods)."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from connectors.archive import inspect_archive
from connectors.formats.book import Book, active_parts
from connectors.formats.cells import read_workbook
from connectors.guard import Limits, RefusedError
from connectors.pace import Opening, part, untold


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Look at the container under limits, measure what its repeated cells unfold to, then read."""
    findings = inspect_archive(data, limits, part(opening, 0.0, 0.5))
    told = active_parts(findings.macros, findings.outside, limits)
    _check_repeats(data, limits)
    book = read_workbook(data, "ods", limits, part(opening, 0.5, 1.0, findings.rows))
    book.findings += told
    book.own = findings.own
    return book


@dataclass
class _Area:
    """Cells that filled rows unfold to; a row of blanks repeated to the end of the sheet costs nothing."""

    rows: int = 0
    repeat: int = 1
    width: int = 0
    filled: int = 0
    widest: int = 0


def _check_repeats(data: bytes, limits: Limits) -> None:
    area = _Area()

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "table":
            area.rows = area.widest = 0
        elif name == "table-row":
            area.repeat = int(attributes.get("table:number-rows-repeated", "1"))
            area.width = area.filled = 0
        elif name in ("table-cell", "covered-table-cell"):
            area.width += int(attributes.get("table:number-columns-repeated", "1"))
            if "office:value-type" in attributes:
                area.filled = area.width

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] == "table-row" and area.filled:
            area.rows += area.repeat
            area.widest = max(area.widest, area.filled)
            if area.rows * area.widest > limits.cells:
                raise RefusedError("file.area", {"rows": area.rows, "columns": area.widest})

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(zipfile.ZipFile(BytesIO(data)).read("content.xml"), True)
    except (expat.ExpatError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise RefusedError("file.damaged", {"value": str(error)[:120]}) from error
