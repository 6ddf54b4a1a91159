"""Excel and WPS workbooks (.xlsx, .xlsm, .et saved as xlsx)."""

from __future__ import annotations

from connectors.archive import inspect_archive
from connectors.formats.book import Book, active_parts
from connectors.formats.cells import read_workbook
from connectors.guard import Limits
from connectors.pace import Opening, part, untold


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Look at the container under limits, then read its sheets. Macros and links are left alone."""
    findings = inspect_archive(data, limits, part(opening, 0.0, 0.5))
    told = active_parts(findings.macros, findings.outside, limits)
    book = read_workbook(data, "xlsx", limits, part(opening, 0.5, 1.0, findings.rows))
    book.findings += told
    book.own = findings.own
    if findings.error_cells:
        book.findings.append(("file.error_cells", 0, "", {"n": findings.error_cells}))
    return book
