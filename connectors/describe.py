"""What was understood of a file, as plain data: the JSON of ``rollcall inspect --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from connectors.reading import Reading, SheetReading
from schemas.table import PERSON


def describe(reading: Reading) -> dict[str, object]:
    """Describe a reading with every record, unmasked: for the local command only.

    The keys of design.md section 5 come first; what follows them may grow.
    """
    columns = ["sheet", "row", "member", "kind", *(column.name for column in PERSON)]
    records = reading.records[columns].to_dict("records")
    told = outline(reading)
    first = {key: told.pop(key) for key in ("file", "kind", "confidence", "encoding", "sheets")}
    return {
        **first,
        "records": [{str(key): value for key, value in record.items()} for record in records],
        "issues": [
            {
                "sheet": issue.sheet,
                "row": issue.row,
                "column": issue.column,
                "code": issue.code,
                "severity": issue.severity,
                "message": issue.message(),
            }
            for issue in reading.issues
        ],
        **told,
    }


def outline(reading: Reading) -> dict[str, object]:
    """What was understood of a file, without its records and issues."""
    return {
        "file": reading.file,
        "kind": reading.kind,
        "confidence": reading.confidence,
        "encoding": reading.encoding,
        "sheets": [_sheet(sheet) for sheet in reading.sheets],
        "format": reading.format,
        "sha256": reading.sha256,
        "size": reading.size,
    }


def _sheet(sheet: SheetReading) -> Mapping[str, object]:
    return {
        "sheet": sheet.sheet,
        "name": sheet.name,
        "header_rows": list(sheet.header_rows),
        "layout": sheet.layout,
        "columns": [asdict(column) for column in sheet.columns],
        "visible": sheet.visible,
        "kind": sheet.kind,
        "source": sheet.source,
        "confidence": sheet.confidence,
        "title": sheet.title,
        "rows": asdict(sheet.rows),
    }
