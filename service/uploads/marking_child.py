"""The process that marks a file: its rows as they were sent, with what is wrong with each, as a workbook."""

from __future__ import annotations

import sys
from pathlib import Path

from service.uploads.confined import confine, tell

MARKED_FILE = "marked.xlsx"


def main() -> None:
    """Write ``FOLDER/marked.xlsx`` out of ``FOLDER/sent`` and ``FOLDER/issues.arrow``."""
    folder = Path(sys.argv[1])
    confine(folder)
    try:
        from service.uploads.marking import write_marked

        tell(ended=True, rows=write_marked(folder))
    except MemoryError:
        tell(error="memory")
        sys.exit(1)
    except Exception as error:
        tell(error=type(error).__name__)
        sys.exit(1)


if __name__ == "__main__":
    main()
