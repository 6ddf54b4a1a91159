"""The process that marks a file: its rows as they were sent, with what is wrong with each, as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.uploads.confined import answer

MARKED_FILE = "marked.xlsx"


def mark(folder: Path, _: Mapping[str, Any]) -> Mapping[str, object]:
    """Write ``FOLDER/marked.xlsx`` out of ``FOLDER/sent`` and ``FOLDER/issues.arrow``."""
    # Imported under the limits: readers are loaded, and allocate, here.
    from service.uploads.marking import write_marked

    return {"rows": write_marked(folder)}


def main() -> None:
    """The child's whole life."""
    answer(mark)
