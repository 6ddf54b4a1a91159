"""Within the child: a file's rows beside what is wrong with each, whatever its format was, as a workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from connectors.formats import Sheet, read_book
from connectors.formats.book import number_of
from connectors.guard import LIMITS
from service.export.marked_rows import MarkedRow, MarkedRows
from service.uploads.confined import tell
from service.uploads.marking_child import MARKED_FILE
from service.uploads.reader_child import FILE, ISSUES_FILE

_AT_ONCE = 10_000


@dataclass(slots=True)
class Marks:
    """What is wrong with one row: its sentences, the gravest severity, and the columns that are meant."""

    said: list[str] = field(default_factory=list)
    severity: str = "info"
    columns: dict[int, str] = field(default_factory=dict)


_GRAVITY = ("info", "warning", "error")


def write_marked(folder: Path) -> int:
    """Write the workbook; gives how many rows it has."""
    book = read_book((folder / FILE).read_bytes(), LIMITS)
    found = _marks(folder / ISSUES_FILE)
    done, total = 0, sum(len(sheet.rows) for sheet in book.sheets)
    with MarkedRows(folder / MARKED_FILE) as out:
        for sheet in book.sheets:
            marks = found.get(sheet.number, {})
            out.sheet(sheet.name or "名单", sheet.rows.width, _rows(sheet, marks, done, total))
            done += len(sheet.rows)
    return total


def _marks(path: Path) -> Mapping[int, Mapping[int, Marks]]:
    """Sheet -> row -> marks; row 0 is said of the whole sheet."""
    found: dict[int, dict[int, Marks]] = defaultdict(lambda: defaultdict(Marks))
    with pa.memory_map(str(path)) as source:
        for row in pa.ipc.open_file(source).read_all().to_pylist():
            mark = found[row["sheet"]][row["row"]]
            place = f"{row['column']} 列：" if row["column"] else ""
            mark.said.append(f"{place}{row['message']}")
            mark.severity = max(mark.severity, row["severity"], key=_GRAVITY.index)
            if row["column"]:
                at = number_of(row["column"])
                mark.columns[at] = max(mark.columns.get(at, "info"), row["severity"], key=_GRAVITY.index)
    return found


def _rows(sheet: Sheet, marks: Mapping[int, Marks], before: int, total: int) -> Iterator[MarkedRow]:
    """The rows in their order; what is said of the whole sheet stands beside its first."""
    none = Marks()
    of_all = marks.get(0, none).said
    for number, cells in enumerate(sheet.rows, start=1):
        mark = marks.get(number, none)
        said = [*of_all, *mark.said] if number == 1 else mark.said
        yield MarkedRow(cells, "\n".join(said), mark.severity if mark.said else "", mark.columns)
        if number % _AT_ONCE == 0:
            tell(rows=before + number, total=total)
