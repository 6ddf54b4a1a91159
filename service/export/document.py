"""Documents of Word to print: A4, Chinese in Chinese fonts, tables as wide as the page, a mark on each page.

Fonts are named, not embedded: 宋体, 黑体 and 仿宋 are on every desk that prints these papers. Each run says
its East Asian font beside the other one, else Word takes whatever its own language has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from schemas.own import AUTHOR
from service.export.moments import in_utc
from service.export.word_chart import Chart, add_chart

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SONG, HEI, FANG = "宋体", "黑体", "仿宋"
LATIN = "Times New Roman"
A4 = (21.0, 29.7)
"""Centimetres."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
Align = Literal["left", "center", "right"]


def writable(text: object) -> str:
    """A text without the characters that no document may hold; lines end with a line feed."""
    return _UNWRITABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


class Document:
    """A document, built from top to bottom.

    Args:
        title: in its properties. created: the date there. landscape: lying. margin: centimetres at the sides.
        mark: small at the foot of each page, beside its number: who took it, when; "" for papers that go out.
    """

    def __init__(
        self, title: str, *, created: datetime, landscape: bool = False, margin: float = 2.0, mark: str = ""
    ) -> None:
        self._doc: Any = docx.Document()
        self._page(landscape, margin)
        properties = self._doc.core_properties
        properties.title, properties.author, properties.comments = title, AUTHOR, ""
        properties.created = properties.modified = in_utc(created)
        name_fonts(self._doc, SONG)
        if mark:
            _foot(self._doc.sections[0].footer.paragraphs[0], mark)

    @property
    def width(self) -> float:
        """Centimetres between the margins."""
        section = self._doc.sections[0]
        return float((section.page_width - section.left_margin - section.right_margin) / Cm(1))

    def heading(self, text: str, size: float = 18, font: str = HEI, after: float = 8) -> None:
        """A centred line in large type."""
        self.paragraph(text, size=size, font=font, align="center", after=after)

    def paragraph(
        self,
        text: str,
        *,
        size: float = 10.5,
        font: str = SONG,
        align: Align = "left",
        indent: int = 0,
        bold: bool = False,
        after: float = 2,
        line: float | None = None,
        keep: bool = False,
    ) -> None:
        """A paragraph; ``indent`` in characters before its first line, ``line`` its height in points.

        ``keep``: it stays on one page with what follows, as headings and captions do.
        """
        made = self._doc.add_paragraph()
        made.alignment = _ALIGN[align]
        made.paragraph_format.space_after = Pt(after)
        made.paragraph_format.space_before = Pt(0)
        made.paragraph_format.keep_with_next = keep or None
        if line:
            made.paragraph_format.line_spacing = Pt(line)
        if indent:
            made.paragraph_format.first_line_indent = Pt(size * indent)
        write(made, text, size=size, font=font, bold=bold)

    def form(
        self, rows: Sequence[Sequence[tuple[str, float, bool]]], size: float = 10.5, least: float = 0.8
    ) -> None:
        """A table of labels and values without columns of its own: each row is (text, share, is a label).

        The shares of a row are parts of the page's width; ``least`` is the least height of a row in cm. Its
        rows stay on one page: a line for signatures is not torn from those who sign above it.
        """
        edges = sorted({round(edge, 6) for row in rows for edge in _edges(row)})
        table = self._table(len(rows), [b - a for a, b in zip([0.0, *edges], edges, strict=False)])
        for at, row in enumerate(rows):
            _height(table, at, least)
            last, cells = -1, table.rows[at].cells
            for (text, _share, label), edge in zip(row, _edges(row), strict=True):
                first, last = last + 1, edges.index(round(edge, 6))
                cell = cells[first].merge(cells[last]) if last > first else cells[first]
                _fill(cell, text, size, HEI if label else SONG, "center" if label else "left")
                cell.paragraphs[0].paragraph_format.keep_with_next = at + 1 < len(rows) or None

    def table(
        self,
        headers: Sequence[str],
        rows: Sequence[Sequence[object]],
        shares: Sequence[float],
        size: float = 9,
        numbers: Sequence[int] = (),
    ) -> None:
        """A table with a head that is repeated on each page; ``shares`` are parts of the page's width.

        ``numbers``: the columns that stand to the right, from 0.
        """
        table = self._table(len(rows) + 1, [share / sum(shares) for share in shares])
        for cell, text in zip(table.rows[0].cells, headers, strict=True):
            _fill(cell, text, size, HEI, "center")
        _set(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
        for at, row in enumerate(rows, start=1):
            _set(table.rows[at]._tr.get_or_add_trPr(), "w:cantSplit")
            for column, (cell, value) in enumerate(zip(table.rows[at].cells, row, strict=True)):
                _fill(cell, str(value), size, SONG, "right" if column in numbers else "left")

    def chart(self, chart: Chart, height: float = 7.0) -> None:
        """A chart as wide as the page, ``height`` in centimetres; its caption stands in the text."""
        made = self._doc.add_paragraph()
        made.paragraph_format.space_after = Pt(4)
        add_chart(self._doc, made, chart, self.width, height)

    def page_break(self) -> None:
        """What follows begins on a new page."""
        self._doc.add_page_break()

    def bytes(self) -> bytes:
        """The file."""
        return saved(self._doc)

    def _page(self, landscape: bool, margin: float) -> None:
        section = self._doc.sections[0]
        width, height = (Cm(each) for each in (A4[::-1] if landscape else A4))
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = width, height
        section.left_margin = section.right_margin = Cm(margin)
        section.top_margin, section.bottom_margin = Cm(2.0), Cm(1.8)
        section.header_distance = section.footer_distance = Cm(1.0)

    def _table(self, rows: int, parts: Sequence[float]) -> Table:
        """A grid of these parts of the page's width, to the last twip of it and not beyond."""
        if self._doc.element.body[-2:] and self._doc.element.body[-2].tag == qn("w:tbl"):
            self.paragraph("", size=4, after=0)  # two tables without anything between them are one
        table: Table = self._doc.add_table(rows, len(parts), style="Table Grid")
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        widths = [Cm(self.width * part) for part in parts]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = width
        return table


def saved(doc: Any) -> bytes:
    """The bytes of a document of python-docx."""
    out = BytesIO()
    doc.save(out)
    return out.getvalue()


def name_fonts(doc: Any, east_asian: str) -> None:
    """Give a document's defaults and its body style fonts by name; what its theme says is too little."""
    styles = doc.styles.element
    for properties in styles.iter(qn("w:rPrDefault")):
        _fonts(_child(_child(properties, "w:rPr"), "w:rFonts"), east_asian)
    normal = doc.styles["Normal"].element
    _fonts(_child(normal.get_or_add_rPr(), "w:rFonts"), east_asian)
    for language in styles.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def write(paragraph: Paragraph, text: str, *, size: float, font: str, bold: bool = False) -> None:
    """Add text in a font that is named for Chinese as well; line feeds become breaks."""
    run = paragraph.add_run(writable(text))
    run.font.size, run.font.bold = Pt(size), bold or None
    _fonts(run._r.get_or_add_rPr().get_or_add_rFonts(), font)


def _fonts(fonts: Any, east_asian: str) -> None:
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name, value in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{name}"), value)


def _child(parent: Any, tag: str) -> Any:
    found = parent.find(qn(tag))
    if found is None:
        found = OxmlElement(tag)
        parent.insert(0, found)
    return found


def _edges(row: Sequence[tuple[str, float, bool]]) -> list[float]:
    total, at, edges = sum(share for _, share, _ in row), 0.0, []
    for _text, share, _label in row:
        at += share / total
        edges.append(at)
    return edges


def _fill(cell: _Cell, text: str, size: float, font: str, align: Align) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = _ALIGN[align]
    paragraph.paragraph_format.space_after = Pt(0)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    write(paragraph, text, size=size, font=font)


def _height(table: Table, at: int, least: float) -> None:
    table.rows[at].height = Cm(least)
    _set(table.rows[at]._tr.get_or_add_trPr(), "w:cantSplit")


def _set(properties: Any, tag: str) -> None:
    properties.append(OxmlElement(tag))


def _foot(paragraph: Paragraph, mark: str) -> None:
    """``第 1 页 共 3 页`` and the mark, centred and small."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for piece in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", f" 页　　内部资料　注意保管　{mark}"):
        if piece.isupper() and piece.isascii():
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), piece)
            write(paragraph, "1", size=8, font=SONG)
            field.append(paragraph.runs[-1]._r)
            paragraph._p.append(field)
        else:
            write(paragraph, piece, size=8, font=SONG)
