"""Documents for the tests: templates as a bureau's clerk might send them, good and bad."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

GOOD = ("{{ 发文单位 }}", "{{文号}}", "{{ 监护人 }}：请送{{ 儿童姓名 }}到{{ 学校 }}，{{ 期限天数 }}日内。")


def template(
    lines: Iterable[str] = GOOD, *, table: Iterable[str] = (), header: str = "", packed: bool = True
) -> bytes:
    """A document with these paragraphs, a table of one row, and a header. ``packed``: it is deflated."""
    doc = docx.Document()
    for line in lines:
        doc.add_paragraph(line)
    cells = list(table)
    if cells:
        row = doc.add_table(1, len(cells)).rows[0]
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    if header:
        doc.sections[0].header.paragraphs[0].text = header
    return saved(doc) if packed else _with_plain_text(saved(doc))


def _with_plain_text(data: bytes) -> bytes:
    """The same, its text stored as it is: a check that reads bytes finds a word in it."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            plain = zipfile.ZIP_STORED if name == "word/document.xml" else None
            new.writestr(name, old.read(name), plain)
    return out.getvalue()


def split_runs(*pieces: str) -> bytes:
    """A document whose first paragraph is typed in pieces, as Word keeps what was corrected while typing."""
    doc = docx.Document()
    doc.add_paragraph("{{ 文号 }}")
    paragraph = doc.add_paragraph()
    for piece in pieces:
        paragraph.add_run(piece).bold = len(piece) % 2 == 0
    return saved(doc)


def with_field(instruction: str) -> bytes:
    """A document that would fetch something when it is opened."""
    doc = docx.Document()
    for line in GOOD:
        doc.add_paragraph(line)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    doc.paragraphs[0]._p.append(field)
    return saved(doc)


def with_parts(parts: Mapping[str, bytes], base: bytes | None = None) -> bytes:
    """A document with parts put in, or put in place of those that are there."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(base or template())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def replaced(part: str, old: bytes, new: bytes) -> bytes:
    """A document of which a part says something else."""
    with zipfile.ZipFile(BytesIO(template())) as parts:
        data = parts.read(part)
    assert old in data
    return with_parts({part: data.replace(old, new)})


def saved(doc: object) -> bytes:
    out = BytesIO()
    doc.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
