"""The parts of a zip container, inflated under limits and looked at before a spreadsheet reader is.

calamine inflates without a bound, allocates the whole used area of a sheet (one stray cell in the last
corner stops the process) and leaves entities to its XML reader: so each part is inflated here once, in
pieces, counted, and scanned. The pieces are not kept.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from connectors.guard import Limits, RefusedError
from connectors.pace import Opening, untold
from schemas.own import AUTHOR

_PIECE = 2**20
_OVERLAP = 256
# Written the way every spreadsheet program writes it, a reference is found by its literal beginning, five
# times faster than by the general pattern, which is kept for files that were made by hand.
_REFERENCE = re.compile(rb' r="([A-Za-z0-9]{1,12})"')
_ANY_REFERENCE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z0-9]{1,12})")
_UNUSUAL = (b"\tr=", b"\nr=", b"\rr=", b"r='", b"r =", b"r=\n", b"r=\t", b"r= ", b'r=" ')
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\bt\s*=\s*[\"']e[\"']")
_MACROS = ("vbaproject", "xl/macrosheets/", "activex")
_MACRO_FOLDERS = ("basic/", "scripts/")
"""Of an OpenDocument container: its macros stand there."""
_OUTSIDE = ("externallinks/", "xl/embeddings/", "xl/connections", "oleobject")
_MACRO_TYPE, _DDE = b"macroEnabled", b"dde-link"
_PROPERTIES, _AUTHOR = ("docprops/core.xml", "meta.xml"), AUTHOR.encode()


@dataclass
class Findings:
    """What the parts of one container show: reported, or refused where ``Limits.active_parts`` says so.

    ``own``: this software wrote it.
    """

    macros: bool = False
    outside: bool = False
    own: bool = False
    error_cells: int = 0
    columns: set[bytes] = field(default_factory=set)
    last_row: int = 0
    rows: int = 0


def inspect_archive(data: bytes, limits: Limits, opening: Opening = untold) -> Findings:
    """Inflate every part under the limits and look for what must not reach a parser.

    Raises:
        RefusedError: for bombs, document types and entities, encrypted or nested parts, odd names, a
            container that is cut off, or a sheet whose used area is too large.
    """
    findings = Findings()
    total = 0
    for entry, start in _entries(data, limits):
        name = entry.filename.lower()
        findings.macros |= any(word in name for word in _MACROS) or name.startswith(_MACRO_FOLDERS)
        findings.outside |= any(word in name for word in _OUTSIDE)
        is_sheet = "worksheets/" in name and name.endswith(".xml")
        findings.columns, findings.last_row = set(), 0
        seen = 0
        for size in _looked_at(_inflate(data, entry, start, limits, total), name, is_sheet, findings):
            total += size
            seen += size
            # What the header says of the size is not believed, but good enough for an estimate.
            share = min(1.0, seen / max(1, entry.file_size))
            opening(
                (start + share * entry.compress_size) / len(data),
                findings.rows + int(findings.last_row / share),
            )
        findings.rows += findings.last_row
        if is_sheet:
            _check_area(findings, limits)
    return findings


def _looked_at(pieces: Iterator[bytes], name: str, is_sheet: bool, findings: Findings) -> Iterator[int]:
    """The sizes of the pieces of one part, each after a look at it."""
    tail, first = b"", True
    for piece in pieces:
        if name.endswith((".xml", ".rels", ".vml")):
            if first and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:8]):
                raise RefusedError("file.entity")
            window = tail + piece
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise RefusedError("file.entity")
            if is_sheet:
                _scan(window, findings)
            findings.macros |= name == "[content_types].xml" and _MACRO_TYPE in window
            findings.outside |= name == "content.xml" and _DDE in window
            findings.own |= name in _PROPERTIES and _AUTHOR in window
            tail, first = window[-_OVERLAP:], False
        yield len(piece)


def _entries(data: bytes, limits: Limits) -> Iterator[tuple[zipfile.ZipInfo, int]]:
    """The parts with the offset of their packed bytes, after every check that names and headers allow."""
    try:
        entries = zipfile.ZipFile(BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise RefusedError("file.truncated") from error
    if len(entries) > limits.archive_entries:
        raise RefusedError("file.too_many_parts", {"n": len(entries), "limit": limits.archive_entries})
    names = [entry.filename for entry in entries]
    if len({name.lower() for name in names}) != len(names):
        raise RefusedError("file.bad_archive")
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        start = _packed_start(data, entry)
        if start < 0 or entry.header_offset < end or start + entry.compress_size > len(data):
            raise RefusedError("file.truncated")
        end = start + entry.compress_size
        _check_name(entry)
        yield entry, start


def _check_name(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if entry.flag_bits & 0x1:
        raise RefusedError("file.password")
    is_link = (entry.external_attr >> 28) == 0xA
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name or is_link:
        raise RefusedError("file.bad_archive")
    if name.lower().endswith((".zip", ".xlsx", ".xls", ".7z", ".rar")) and "embeddings/" not in name:
        raise RefusedError("file.archive")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError("file.bad_archive")


def _packed_start(data: bytes, entry: zipfile.ZipInfo) -> int:
    """Where the packed bytes begin, from the local header; -1 when there is no such header."""
    at = entry.header_offset
    if data[at : at + 4] != b"PK\x03\x04":
        return -1
    return (
        at
        + 30
        + int.from_bytes(data[at + 26 : at + 28], "little")
        + int.from_bytes(data[at + 28 : at + 30], "little")
    )


def _inflate(data: bytes, entry: zipfile.ZipInfo, start: int, limits: Limits, total: int) -> Iterator[bytes]:
    """The bytes of one part in pieces; sizes in headers are not believed."""
    packed = memoryview(data)[start : start + entry.compress_size]
    size = 0
    for piece in _pieces(packed, entry.compress_type):
        size += len(piece)
        if size > limits.entry_bytes or total + size > limits.total_bytes:
            raise RefusedError("file.inflates", {"limit": limits.total_bytes // 2**20})
        if size > limits.ratio_floor and size > limits.ratio * max(1, entry.compress_size):
            raise RefusedError("file.bomb", {"limit": limits.ratio})
        yield piece


def _pieces(packed: memoryview, method: int) -> Iterator[bytes]:
    if method == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _PIECE):
            yield bytes(packed[at : at + _PIECE])
        return
    inflater = zlib.decompressobj(-15)
    rest: bytes | memoryview = packed
    try:
        while not inflater.eof and (piece := inflater.decompress(rest, _PIECE)):
            yield piece
            rest = inflater.unconsumed_tail
    except zlib.error as error:
        raise RefusedError("file.truncated") from error
    if not inflater.eof:
        raise RefusedError("file.truncated")


def _scan(window: bytes, findings: Findings) -> None:
    """Note which rows and columns a piece of a sheet names; attributes of one cell lie close together."""
    unusual = any(mark in window for mark in _UNUSUAL)
    joined = b" ".join((_ANY_REFERENCE if unusual else _REFERENCE).findall(window))
    findings.columns.update(joined.translate(None, b"0123456789").split())
    rows = list(map(int, joined.translate(None, _LETTERS).split()))
    if rows:
        findings.last_row = max(findings.last_row, max(rows))
    if b't="e"' in window or b"t='e'" in window:
        findings.error_cells += len(_ERROR_CELL.findall(window))


def _check_area(findings: Findings, limits: Limits) -> None:
    columns = [_column_number(letters) for letters in findings.columns]
    if columns and max(columns) * findings.last_row > limits.cells:
        raise RefusedError("file.area", {"rows": findings.last_row, "columns": max(columns)})


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
