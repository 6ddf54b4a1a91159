"""From the bytes that agencies send to records and issues. Knows no matching, no web, no database."""

from connectors.describe import describe, outline
from connectors.files import at_a_time, read_all, read_path
from connectors.guard import LIMITS, Limits
from connectors.layout import Layout, LayoutError, SheetLayout
from connectors.read import read
from connectors.reading import ColumnReading, Reading, RowCount, SheetReading

__all__ = [
    "LIMITS",
    "ColumnReading",
    "Layout",
    "LayoutError",
    "Limits",
    "Reading",
    "RowCount",
    "SheetLayout",
    "SheetReading",
    "at_a_time",
    "describe",
    "outline",
    "read",
    "read_all",
    "read_path",
]
