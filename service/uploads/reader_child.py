"""The process that reads one uploaded file: bytes and layouts in, records and issues out as Arrow files.

It knows no database, no keys and no web. Whatever the file does to it, only this process dies.
"""

from __future__ import annotations

import sys
from pathlib import Path

from service.uploads.confined import confine, tell

ROWS = 2_000
"""Records of one piece: small enough to fetch a page of them, large enough to compress well."""

FILE, RECORDS_FILE, ISSUES_FILE, OUTLINE_FILE = "sent", "records.arrow", "issues.arrow", "outline.json"


def main() -> None:
    """Read ``FOLDER/sent`` and lay down what was found beside it."""
    folder = Path(sys.argv[1])
    request = confine(folder)
    try:
        # Imported under the limits: readers are loaded, and allocate, here.
        from service.uploads.reading import lay_down

        tell(ended=True, **lay_down(folder, request))
    except MemoryError:
        tell(error="memory")
        sys.exit(1)
    except Exception as error:
        # Without its text, which may quote a record.
        tell(error=type(error).__name__)
        sys.exit(1)


if __name__ == "__main__":
    main()
