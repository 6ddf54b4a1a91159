"""What may be opened at all: limits and the real type of a file, decided before any parser sees it.

Everything here works on bytes. Nothing is written to disk, nothing is executed, no name inside an
archive is ever used as a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!/")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read; every figure is about ten times what a large county sends.

    Attributes:
        file_bytes: a CSV of a million rows and forty columns is about 300 MB; a province sends four million.
        archive_entries: a workbook with one sheet a township and pictures has a few hundred parts.
        entry_bytes: inflated bytes of one part; a sheet of a million rows and ten columns has 400 MB.
        total_bytes: inflated bytes of all parts together.
        ratio: inflated to packed bytes of one part; real sheets reach 10 to 60.
        ratio_floor: below so many inflated bytes the ratio is not looked at.
        cells: rows times columns of the used area of one sheet, which a reader lays out in memory; a
            stray blank in the last cell of a sheet would make 17 thousand million of them.
        columns: columns read; the widest export known has about 180. What stands beyond is reported.
        cell_chars: characters in one cell; a longer one is reported and not used.
        span: rows or columns that one cell of an HTML table may span.
        active_parts: whether a workbook with macros, embedded objects or parts elsewhere is read, and told;
            nothing of them is ever run or fetched. Who takes files from others refuses them.
    """

    file_bytes: int = 1024 * 2**20
    archive_entries: int = 2000
    entry_bytes: int = 1536 * 2**20
    total_bytes: int = 2048 * 2**20
    ratio: int = 250
    ratio_floor: int = 48 * 2**20
    cells: int = 80_000_000
    columns: int = 1000
    cell_chars: int = 10_000
    span: int = 1000
    active_parts: bool = True


LIMITS = Limits()


@dataclass
class RefusedError(Exception):
    """A file is not read: carries the issue code and what its wording needs."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


def sniff(data: bytes) -> str:
    """Tell the type from the content, whatever the file is called.

    Returns one of ``xlsx``, ``ods``, ``xls``, ``html``, ``csv``.

    Raises:
        RefusedError: for everything else, with a code that says what to do.
    """
    if not data:
        raise RefusedError("file.empty")
    if data.startswith(b"PK"):
        return _sniff_zip(data)
    if data.startswith(OLE):
        return _sniff_ole(data)
    for signatures, code in ((_PICTURES, "picture"), (_ARCHIVES, "archive"), (_PROGRAMS, "program")):
        if data.startswith(signatures) and not _is_plain_text(data[:512]):
            raise RefusedError(f"file.{code}")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        raise RefusedError("file.picture")
    if data.lstrip()[:5] == b"%PDF-":
        raise RefusedError("file.pdf")
    return _sniff_text(data)


def _is_plain_text(head: bytes) -> bool:
    """Whether a start such as "BM" or "MZ" is only the beginning of a text."""
    return b"," in head and not any(byte < 9 or 13 < byte < 32 for byte in head)


def _sniff_zip(data: bytes) -> str:
    if b"xl/workbook.xml" in data or b"xl/worksheets/" in data:
        return "xlsx"
    if b"application/vnd.oasis.opendocument.spreadsheet" in data[:4096]:
        return "ods"
    if b"xl/workbook.bin" in data:
        raise RefusedError("file.xlsb")
    if b"word/document.xml" in data or b"ppt/" in data or b"opendocument.text" in data[:4096]:
        raise RefusedError("file.document")
    if b"content.xml" in data and b"META-INF/manifest.xml" in data:
        return "ods"
    if b"[Content_Types].xml" in data[:4096]:
        raise RefusedError("file.truncated")
    raise RefusedError("file.archive")


def _sniff_ole(data: bytes) -> str:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise RefusedError("file.password")
    if holds("Workbook") or holds("Book\0"):
        return "xls"
    if holds("WordDocument") or holds("PowerPoint Document"):
        raise RefusedError("file.document")
    raise RefusedError("file.truncated")


def _sniff_text(data: bytes) -> str:
    head = data[:4096].replace(b"\0", b"").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<table" not in head[:200]:
        raise RefusedError("file.xml_spreadsheet")
    if b"mime-version:" in head[:200] and b"multipart/related" in head:
        raise RefusedError("file.mhtml")
    if b"<!entity" in head:
        raise RefusedError("file.entity")
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"<") and any(
        tag in data[:200_000].lower().replace(b"\0", b"") for tag in (b"<table", b"<html")
    ):
        return "html"
    if not _looks_like_text(data):
        raise RefusedError("file.unknown")
    return "csv"


def _looks_like_text(data: bytes) -> bool:
    """Text has hardly any control characters; UTF-16 has a zero in every other byte at most."""
    head = data[:8192]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    control = sum(1 for byte in head if byte < 9 or 13 < byte < 27)
    return bool(wide_order(data)) or control <= len(head) * 0.02


def wide_order(data: bytes) -> str:
    """ "le" or "be" for UTF-16 without a mark: digits and commas leave a zero in every other byte; or ""."""
    even, odd = data[0:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) < 8 or min(even, odd) * 20 > max(even, odd):
        return ""
    order = "le" if odd > even else "be"
    try:
        start = data[:4000].decode(f"utf-16-{order}", "ignore")
    except UnicodeDecodeError:
        return ""
    return order if any(mark in start for mark in ",\t;|\n") else ""
