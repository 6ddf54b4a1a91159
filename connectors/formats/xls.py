"""Workbooks of Excel 97 to 2003 (.xls) and of WPS (.et), whatever they are called."""

from __future__ import annotations

from connectors.formats.book import Book
from connectors.formats.cells import read_workbook
from connectors.guard import Limits
from connectors.pace import Opening, untold


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Read the sheets; the format itself ends at 65,536 rows and 256 columns."""
    return read_workbook(data, "xls", limits, opening)
