"""The least OpenDocument spreadsheet: enough for an office program and for our reader."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
)
_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest {_NAMESPACES} manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _cell(cell: str | int | float) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    kind = f'office:value-type="float" office:value="{cell}"'
    return f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>"


def write_ods(path: Path, sheets: Sequence[Any]) -> None:
    """Write sheets (``name`` and ``rows()``) as an .ods; merges and hiding are left out."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} office:version="1.2">',
        "<office:body><office:spreadsheet>",
    ]
    for sheet in sheets:
        parts.append(f'<table:table table:name="{escape(sheet.name)}">')
        parts += [f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in sheet.rows()]
        parts.append("</table:table>")
    parts.append("</office:spreadsheet></office:body></office:document-content>")
    # The media type comes first and is stored, as the standard asks; entries carry the first date of zip.
    with zipfile.ZipFile(path, "w") as archive:
        entries = (("mimetype", _TYPE), ("content.xml", "".join(parts)), ("META-INF/manifest.xml", _MANIFEST))
        for name, text in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
