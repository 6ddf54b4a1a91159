"""The process that reads one uploaded file: bytes and layouts in, records and issues out as Arrow files.

It knows no database, no keys and no web. Whatever the file does to it, only this process dies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.uploads.confined import answer

ROWS = 2_000
"""Records of one piece: small enough to fetch a page of them, large enough to compress well."""

FILE, RECORDS_FILE, ISSUES_FILE, OUTLINE_FILE = "sent", "records.arrow", "issues.arrow", "outline.json"


def read(folder: Path, request: Mapping[str, Any]) -> Mapping[str, object]:
    """Read ``FOLDER/sent`` and lay down what was found beside it."""
    # Imported under the limits: readers are loaded, and allocate, here.
    from service.uploads.reading import lay_down

    return lay_down(folder, request)


def main() -> None:
    """The child's whole life."""
    answer(read)
