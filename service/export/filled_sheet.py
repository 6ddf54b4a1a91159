"""A worksheet whose table is given by columns, and written as XlsxWriter would write it cell by cell.

XlsxWriter checks, keeps and looks up every cell by itself, which takes most of the time of a workbook. The
cells of a list differ in little: in their text, and in which of few formats they have. The tests hold every
part of a workbook written so to the bytes that XlsxWriter's own calls give, so that a new version of it is
noticed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Cells = Sequence[str]
"""One column: of each cell what follows its row number, ``" s="5"/>`` and so on."""

_SPAN = 16
"""Rows for which a sheet says together how far their cells go."""


class FilledSheet(Worksheet):  # type: ignore[misc]  # the library is untyped
    """A worksheet with at most one table, below all cells that are written one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._first, self._rows, self._columns = 0, 0, list[Cells]()

    def texts(self, texts: Iterable[tuple[str, int]]) -> Cells:
        """Cells with text, each with the index of its format; ``<r>…</r>`` are the runs of a rich text."""
        place = self.str_table._get_shared_string_index
        return [f'" s="{style}" t="s"><v>{place(text)}</v></c>' for text, style in texts]

    def numbers(self, values: Iterable[object], style: int, empty: int) -> Cells:
        """Cells with numbers; "" is an empty text, in the format ``empty``.

        Raises:
            TypeError: a number that no cell can hold.
        """
        cells: list[str] = []
        for value in values:
            if value == "":
                cells += self.texts([("", empty)])
                continue
            number = float(value)  # type: ignore[arg-type]
            if not math.isfinite(number):
                raise TypeError(f"no cell holds the number {number}")
            cells.append(f'" s="{style}"><v>{number:.16G}</v></c>')
        return cells

    def blanks(self, count: int, style: int) -> Cells:
        """Cells to be filled in by hand."""
        return [f'" s="{style}"/>'] * count

    def fill(self, first: int, columns: Sequence[Cells]) -> None:
        """Put the columns, all of one length, into A, B and so on, from row ``first`` (from 0) on.

        Raises:
            ValueError: the sheet has a table or cells there, or is too small.
        """
        rows = len(columns[0]) if columns else 0
        if not rows:
            return
        if self._columns or (self.dim_rowmax is not None and first <= self.dim_rowmax):
            raise ValueError("one table a sheet, below all that is written cell by cell")
        self._first, self._rows, self._columns = first, rows, list(columns)
        if self._check_dimensions(first, 0) or self._check_dimensions(first + rows - 1, len(columns) - 1):
            raise ValueError(f"a sheet does not hold {rows} rows and {len(columns)} columns from row {first}")

    def _calculate_spans(self) -> None:
        super()._calculate_spans()
        last = (self._first + self._rows - 1) // _SPAN
        for block in range(self._first // _SPAN, last + 1 if self._columns else 0):
            width = int(self.row_spans[block].partition(":")[2]) if block in self.row_spans else 0
            self.row_spans[block] = f"1:{max(width, len(self._columns))}"

    def _write_rows(self) -> None:
        if not self._columns:
            super()._write_rows()
            return
        bottom: int = getattr(self, "dim_rowmax")  # noqa: B009 (an attribute of the untyped library)
        self.dim_rowmax = self._first - 1
        super()._write_rows()
        self.dim_rowmax = bottom
        heads = [f'<c r="{xl_col_to_name(at)}' for at in range(len(self._columns))]
        for row, cells in enumerate(zip(*self._columns, strict=True), start=self._first):
            self._write_row(row, self.row_spans[row // _SPAN], self.row_info.get(row))
            place = str(row + 1)
            told = "".join([head + place + cell for head, cell in zip(heads, cells, strict=True)])
            self.fh.write(f"{told}</row>")
        self._columns = []
