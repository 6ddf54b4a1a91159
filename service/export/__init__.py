"""The one way out for files: CSV and workbooks that a spreadsheet shows and never runs.

A name such as ``=HYPERLINK(...)`` comes from a list that anybody may have typed. In a workbook each cell
is written with its type, so nothing needs escaping; in CSV a spreadsheet decides by the first character,
so text that would start a formula gets an apostrophe (OWASP ASVS 1.2.10).
"""

from service.export.csv_file import decimals, escape, escape_column, read_csv, unescape, write_csv
from service.export.widths import display_width
from service.export.workbook import EXCEL_ROWS, Marked, SheetColumn, Workbook

__all__ = [
    "EXCEL_ROWS",
    "Marked",
    "SheetColumn",
    "Workbook",
    "decimals",
    "display_width",
    "escape",
    "escape_column",
    "read_csv",
    "unescape",
    "write_csv",
]
