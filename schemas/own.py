"""What this software's own files are known by: they are results, and must never be read as a list.

A workbook of results names children in doubt beside pupils; read as a roll it would enrol each of them by
its own row. So workbooks carry the author below, and every table of results says where its rows came from.
"""

from __future__ import annotations

import re
from typing import Final

AUTHOR: Final = "一个不少 Rollcall"
"""The author in the properties of every workbook and document of results; programs keep it when they save."""

REFERENCE: Final = re.compile(r"\.[A-Za-z]{2,5}#\d+:\d+")
"""A place as results name it, ``file#sheet:row``: no agency's list has such values."""
