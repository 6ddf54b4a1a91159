"""Delimited text, laid out by columns: a million rows take seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from service.demo.draws import Array

BLOCK = 100_000
"""Rows that are laid out at once."""

_SPECIAL = b'",\t\r\n'
"""What makes csv quote a cell."""


def lines(columns: Sequence[Array], delimiter: str = ",", end: str = "\r\n") -> str:
    """Rows of cells as text, quoted where csv would: joined by columns, which a million rows need."""
    cells = [_quoted(as_text(column)) for column in columns]
    rows = pc.binary_join_element_wise(*cells, _one(delimiter))
    rows = pc.binary_join_element_wise(rows, _one(end), _one(""))
    # The texts of an Arrow array lie one behind the other: together they are the file.
    return rows.buffers()[2].to_pybytes().decode("utf-8") if len(rows) else ""


def _one(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def write_table(path: Path, table: pd.DataFrame, more: bool = False) -> None:
    """Write a table as CSV, or put its rows behind those that the file holds."""
    with path.open("a" if more else "w", encoding="utf-8", newline="") as file:
        if not more:
            file.write(",".join(table.columns) + "\n")
        for start in range(0, len(table), BLOCK):
            part = table.iloc[start : start + BLOCK]
            file.write(lines([part[name].to_numpy() for name in table.columns], ",", "\n"))


def as_text(column: Array) -> pa.Array:
    """A column of cells as Arrow text; numbers are written out."""
    if column.dtype == bool:
        return pa.array(np.where(column, "True", "False").astype(object), pa.large_string())
    if column.dtype != object:
        return pa.array(column).cast(pa.large_string())
    try:
        return pa.array(column, pa.large_string())
    except pa.ArrowTypeError:
        return pa.array([str(cell) for cell in column.tolist()], pa.large_string())


def _quoted(cells: pa.Array) -> pa.Array:
    data = cells.buffers()[2].to_pybytes() if len(cells) else b""
    if not any(sign in data for sign in _SPECIAL):
        return cells
    odd = pc.match_substring_regex(cells, f"[{_SPECIAL.decode()}]")
    inner = pc.replace_substring(cells, '"', '""')
    wrapped = pc.binary_join_element_wise(_one('"'), inner, _one('"'), _one(""))
    return pc.if_else(odd, wrapped, cells)
