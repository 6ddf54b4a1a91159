"""Within the child: read a file, and lay down its records and issues for the parent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connectors.describe import outline
from connectors.guard import LIMITS
from connectors.layout import Layout, SheetLayout
from connectors.read import read
from connectors.reading import Reading
from schemas.issue import Issue, issue_table
from schemas.table import PERSON
from service.uploads.confined import tell
from service.uploads.reader_child import FILE, ISSUES_FILE, OUTLINE_FILE, RECORDS_FILE, ROWS

UPLOADS = replace(LIMITS, active_parts=False)
"""A file from elsewhere that could run or fetch something is sent back to be saved without it."""

_TOLD = ("kind", *(column.name for column in PERSON))
_ISSUES = pa.schema(
    [("sheet", pa.int32()), ("row", pa.int32())]
    + [(name, pa.string()) for name in ("column", "code", "severity", "message")]
)
_ISSUES_AT_ONCE = 50_000
_GRAVITY = {"error": 0, "warning": 1, "info": 2}
_TOLD_EVERY = 10 * ROWS
_READ = 0.55
"""What reading takes of the whole; the rest is laying down the records."""


def lay_down(folder: Path, request: Mapping[str, object]) -> dict[str, object]:
    """Read ``folder/sent`` as the request says (``name``, ``kind``, ``layout`` or None).

    Returns:
        Counts of ``records`` and ``issues``, and ``content``: the digest of the records in any order.
    """
    name = str(request["name"])
    layout: Mapping[str, Any] | None = request["layout"]  # type: ignore[assignment]
    reading = _read(folder, name, str(request["kind"]), layout)
    strange = layout is not None and not _fits(reading, layout)
    if strange:
        # Another file under a known name: by a layout that is not its own its columns would be mistaken.
        reading = _read(folder, name, str(request["kind"]), None)
    content = _write_records(folder / RECORDS_FILE, reading.records)
    _write_issues(folder / ISSUES_FILE, reading.issues)
    told = outline(reading)
    told |= {
        "first": _first_of_sheets(reading),
        "layout": "strange" if strange else layout and layout["name"],
    }
    (folder / OUTLINE_FILE).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return {"records": len(reading.records), "issues": len(reading.issues), "content": content}


def _read(folder: Path, name: str, kind: str, layout: Mapping[str, Any] | None) -> Reading:
    return read(
        (folder / FILE).read_bytes(),
        name,
        kind=kind,
        layouts=[layout_from(layout)] if layout else [],
        limits=UPLOADS,
        progress=lambda done, total: tell(rows=round(_READ * done), total=total),
    )


def _fits(reading: Reading, layout: Mapping[str, Any]) -> bool:
    """Whether the file has the headers that the layout was made for, each in its place."""
    there = {
        str(sheet.sheet): {column.column: column.header for column in sheet.columns}
        for sheet in reading.sheets
    }
    return all(
        there.get(sheet, {}).get(column) == header
        for sheet, columns in layout["headers"].items()
        for column, header in columns.items()
    )


def layout_from(told: Mapping[str, Any]) -> Layout:
    """A layout out of plain data: the fields of ``Layout``, with its sheets as mappings."""
    sheets = [SheetLayout(**{**each, "header_rows": tuple(each["header_rows"])}) for each in told["sheets"]]
    return Layout(str(told["name"]), str(told["kind"]), str(told["file_name"]), tuple(sheets))


def _first_of_sheets(reading: Reading) -> dict[str, int]:
    """Sheet number -> index of its first record; a sheet's records stand together."""
    sheets = reading.records["sheet"].drop_duplicates()
    return {str(sheet): int(at) for at, sheet in zip(sheets.index.to_list(), sheets, strict=True)}


def _write_records(path: Path, records: pd.DataFrame) -> str:
    """Write the records in pieces; gives the digest of them all, whatever their order."""
    # In one piece: the tables of several sheets lie one behind the other, and pieces are found by counting.
    table = pa.Table.from_pandas(records, preserve_index=False).combine_chunks()
    total, done = 0, 0
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=ROWS):
            writer.write_batch(batch)
            total = (total + _digest_sum(batch)) % 2**256
            done += batch.num_rows
            if done % _TOLD_EVERY == 0:
                tell(rows=round(_READ * len(records) + (1 - _READ) * done), total=len(records))
    return f"{total:064x}" if len(records) else ""


def _digest_sum(batch: pa.RecordBatch) -> int:
    """The sum of the digests of the rows: the same in any order, another when a value is."""
    rows = pc.binary_join_element_wise(*(batch[name] for name in _TOLD), pa.scalar("\x1f", pa.large_string()))
    return sum(int.from_bytes(hashlib.sha256(row.encode()).digest()) for row in rows.to_pylist())


def _write_issues(path: Path, issues: Sequence[Issue]) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _ISSUES) as writer:
        # The gravest first: whoever looks at the first page sees what matters most.
        for piece in _pieces(sorted(issues, key=lambda each: _GRAVITY[each.severity])):
            table = issue_table(piece)[_ISSUES.names]
            writer.write_table(pa.Table.from_pandas(table, _ISSUES, preserve_index=False))


def _pieces(issues: Sequence[Issue]) -> Iterator[Sequence[Issue]]:
    for at in range(0, len(issues), _ISSUES_AT_ONCE):
        yield issues[at : at + _ISSUES_AT_ONCE]
