"""Workbooks of Excel 97 to 2003 (.xls) and of WPS (.et), whatever they are called."""

from __future__ import annotations

import re

from connectors.formats.book import Book, active_parts
from connectors.formats.cells import read_workbook
from connectors.guard import Limits
from connectors.pace import Opening, untold
from schemas.own import AUTHOR

_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_EMBEDDED = re.compile(b"M\0B\0D\0(?:[0-9A-F]\0){8}\0\0")
"""Name of the storage that an embedded object has in the container."""
_AUTHOR = tuple(AUTHOR.encode(each) for each in ("gb18030", "utf-8"))
"""As the properties hold it; the text of cells is in another encoding."""


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Read the sheets; the format itself ends at 65,536 rows and 256 columns."""
    told = active_parts(_MACROS in data, bool(_EMBEDDED.search(data)), limits)
    book = read_workbook(data, "xls", limits, opening)
    book.findings += told
    book.own = any(each in data for each in _AUTHOR)
    return book
