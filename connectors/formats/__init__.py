"""One file a format: bytes in, sheets of text cells out. ``read_book`` picks by content."""

from __future__ import annotations

from importlib import import_module

from connectors.formats.book import Book, Sheet
from connectors.guard import LIMITS, Limits, RefusedError, sniff
from connectors.pace import Opening, untold

__all__ = ["Book", "Sheet", "read_book"]


def read_book(data: bytes, limits: Limits = LIMITS, opening: Opening = untold) -> Book:
    """Read bytes of any known format into sheets of text; ``opening`` is told how far that is.

    Raises:
        RefusedError: with the code of an issue, when the bytes are not a list that can be read.
    """
    if len(data) > limits.file_bytes:
        raise RefusedError("file.too_large", {"limit": limits.file_bytes // 2**20})
    reader = import_module(f"{__name__}.{sniff(data)}")
    book: Book = reader.read(data, limits, opening)
    return book
