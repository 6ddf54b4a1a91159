"""The process that reads one worksheet that came back: bytes in, texts of its cells out, under limits.

It knows no database, no keys and no web. Whatever the file does to it, only this process dies.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from service.uploads.confined import confine, tell

FILE, CELLS = "sent", "cells.json"
ROWS, COLUMNS, CHARS = 6_000, 60, 33_000


def main() -> None:
    """Read ``FOLDER/sent`` and lay its cells down beside it."""
    folder = Path(sys.argv[1])
    confine(folder)
    try:
        # Imported under the limits: readers are loaded, and allocate, here.
        from connectors.guard import RefusedError
    except MemoryError:
        tell(error="memory")
        sys.exit(1)
    try:
        (folder / CELLS).write_text(
            json.dumps(_cells((folder / FILE).read_bytes()), ensure_ascii=False), "utf-8"
        )
        tell(ended=True)
    except RefusedError as error:
        tell(ended=True, refused=error.code)
    except MemoryError:
        tell(error="memory")
        sys.exit(1)
    except Exception as error:
        # Without its text, which may quote a cell.
        tell(error=type(error).__name__)
        sys.exit(1)


def _cells(data: bytes) -> dict[str, Any]:
    """Name of a sheet -> its rows of texts, no more of them than a worksheet has."""
    from connectors.formats.xlsx import read
    from connectors.guard import Limits, RefusedError, sniff

    limits = Limits(
        file_bytes=32 * 2**20,
        archive_entries=200,
        entry_bytes=128 * 2**20,
        total_bytes=256 * 2**20,
        cells=2_000_000,
        columns=COLUMNS,
        cell_chars=CHARS,
        active_parts=False,
    )
    if sniff(data) != "xlsx":
        raise RefusedError("file.unknown")
    book = read(data, limits)
    return {
        sheet.name: [list(sheet.rows[at]) for at in range(min(len(sheet.rows), ROWS))]
        for sheet in book.sheets
    }
