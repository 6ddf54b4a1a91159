"""Charts of Word itself, drawn by whoever opens the document: no browser, no font and no library of pictures.

python-docx has none, so the part is written here as the standard has it (ECMA-376, DrawingML charts), with
the workbook of its numbers inside, as Word does it: in Word, WPS and LibreOffice the chart is sharp in print,
its text is in the reader's fonts, and its numbers can be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from xml.sax.saxutils import escape

import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Cm
from docx.text.paragraph import Paragraph
from xlsxwriter.utility import xl_range_abs

COLOURS = ("B8432F", "E0A030", "8E6BA8", "1F5F8B", "B5C3CE", "5B9A68")
"""Of the series, in their order; neighbours are apart by lightness too, for who prints in grey."""

ALONE = "1F5F8B"
"""Of a series that has the chart for itself."""

_DARK = ("B8432F", "8E6BA8", "1F5F8B", "5B9A68")

_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_SHEET = "Sheet1"


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart. ``values``: one a category, None where there is none (or it is not shown)."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        title: said to who cannot see it; it stands in no picture, a caption above says it.
        kind: ``bars`` lie, one a category from the top; ``columns`` stand; ``lines`` go from left to right.
        stacked: bars or columns of several series lie end to end. form: of numbers, as a spreadsheet has it;
            nothing is written at a zero.
    """

    title: str
    kind: Literal["bars", "columns", "lines"]
    categories: Sequence[str]
    series: Sequence[Series]
    stacked: bool = False
    form: str = "#,##0;;"


def add_chart(document: Any, paragraph: Paragraph, chart: Chart, width: float, height: float) -> None:
    """Put a chart into a paragraph of a document of python-docx, so many centimetres wide and high."""
    package = document.part.package
    number = 1 + sum(each.reltype == RELATIONSHIP_TYPE.CHART for each in document.part.rels.values())
    sheet = PackURI(f"/word/embeddings/chart{number}.xlsx")
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    held = part.relate_to(Part(sheet, _XLSX, _workbook(chart), package), RELATIONSHIP_TYPE.PACKAGE)
    part._blob = _xml(chart, held).encode()
    paragraph.add_run()._r.append(
        parse_xml(
            _inline(chart, number, document.part.relate_to(part, RELATIONSHIP_TYPE.CHART), width, height)
        )
    )


def _workbook(chart: Chart) -> bytes:
    """The numbers of a chart: a category a row, a series a column."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_SHEET)
        for row, name in enumerate(chart.categories, start=1):
            sheet.write_string(row, 0, name)
        for column, series in enumerate(chart.series, start=1):
            sheet.write_string(0, column, series.name)
            for row, value in enumerate(series.values, start=1):
                if value is not None:
                    sheet.write_number(row, column, value)
    return out.getvalue()


def _inline(chart: Chart, number: int, held: str, width: float, height: float) -> str:
    said = _quoted(chart.title)
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        f" {_SPACES}>"
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{Cm(width)}" cy="{Cm(height)}"/>'
        f'<wp:docPr id="{1000 + number}" name="{said}" descr="{said}"/><wp:cNvGraphicFramePr/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
        f'<c:chart r:id="{held}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _xml(chart: Chart, held: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace {_SPACES}><c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart>'
        f'<c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{_plot(chart)}{_axes(chart)}</c:plotArea>'
        f'{_legend(chart)}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        '<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr>'
        f'{_text(900)}<c:externalData r:id="{held}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _plot(chart: Chart) -> str:
    series = "".join(_series(chart, at, each) for at, each in enumerate(chart.series))
    axes = '<c:axId val="111111111"/><c:axId val="222222222"/>'
    if chart.kind == "lines":
        return (
            f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}<c:marker val="1"/>'
            f"{axes}</c:lineChart>"
        )
    way, grouping = "bar" if chart.kind == "bars" else "col", "stacked" if chart.stacked else "clustered"
    return (
        f'<c:barChart><c:barDir val="{way}"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>{series}'
        f'<c:gapWidth val="50"/><c:overlap val="{100 if chart.stacked else 0}"/>{axes}</c:barChart>'
    )


def _series(chart: Chart, at: int, series: Series) -> str:
    colour = COLOURS[at % len(COLOURS)] if len(chart.series) > 1 else ALONE
    last = len(chart.categories)
    name = f"{_SHEET}!{xl_range_abs(0, at + 1, 0, at + 1)}"
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    line = chart.kind == "lines"
    look = f'<a:ln w="25400">{fill}</a:ln>' if line else fill
    marker = (
        f'<c:marker><c:symbol val="circle"/><c:size val="6"/><c:spPr>{fill}</c:spPr></c:marker>'
        if line
        else '<c:invertIfNegative val="0"/>'
    )
    smooth = '<c:smooth val="0"/>' if line else ""
    ink = "FFFFFF" if chart.stacked and colour in _DARK else "222222"
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/><c:tx><c:strRef><c:f>{name}</c:f>'
        f"{_strings([series.name])}</c:strRef></c:tx><c:spPr>{look}</c:spPr>{marker}{_numbers_on(chart, ink)}"
        f"<c:cat><c:strRef><c:f>{_SHEET}!{xl_range_abs(1, 0, last, 0)}</c:f>{_strings(chart.categories)}"
        f"</c:strRef></c:cat><c:val><c:numRef><c:f>{_SHEET}!{xl_range_abs(1, at + 1, last, at + 1)}</c:f>"
        f"{_numbers(series.values, chart.form)}</c:numRef></c:val>"
        f"{smooth}</c:ser>"
    )


def _numbers_on(chart: Chart, ink: str) -> str:
    place = {"lines": "t"}.get(chart.kind, "ctr" if chart.stacked else "outEnd")
    return (
        f'<c:dLbls><c:numFmt formatCode="{_quoted(chart.form)}" sourceLinked="0"/>{_text(800, ink)}'
        f'<c:dLblPos val="{place}"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
    )


def _strings(texts: Sequence[str]) -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{escape(each)}</c:v></c:pt>' for at, each in enumerate(texts))
    return f'<c:strCache><c:ptCount val="{len(texts)}"/>{points}</c:strCache>'


def _numbers(values: Sequence[float | None], form: str) -> str:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{each}</c:v></c:pt>' for at, each in enumerate(values) if each is not None
    )
    return (
        f"<c:numCache><c:formatCode>{escape(form)}</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points}</c:numCache>'
    )


def _axes(chart: Chart) -> str:
    lying = chart.kind == "bars"
    # The first category stands at the top of lying bars; the axis of numbers stays at their foot.
    order, crosses = ("maxMin", "max") if lying else ("minMax", "autoZero")
    plain = chart.form.split(";")[0]
    sides = "lb" if lying else "bl"
    line = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="8A94A3"/></a:solidFill></a:ln></c:spPr>'
    grid = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="DDE3E9"/></a:solidFill></a:ln></c:spPr>'
    ticks = '<c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
    return (
        f'<c:catAx><c:axId val="111111111"/><c:scaling><c:orientation val="{order}"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{sides[0]}"/>'
        f'<c:numFmt formatCode="General" sourceLinked="0"/>{ticks}<c:tickLblPos val="low"/>{line}{_text(900)}'
        '<c:crossAx val="222222222"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/>'
        '<c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>'
        '<c:valAx><c:axId val="222222222"/>'
        '<c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{sides[1]}"/><c:majorGridlines>{grid}</c:majorGridlines>'
        f'<c:numFmt formatCode="{_quoted(plain)}" sourceLinked="0"/>{ticks}'
        f'<c:tickLblPos val="nextTo"/>{line}{_text(800)}<c:crossAx val="111111111"/>'
        f'<c:crosses val="{crosses}"/><c:crossBetween val="between"/></c:valAx>'
    )


def _legend(chart: Chart) -> str:
    if len(chart.series) < 2:
        return ""
    return f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_text(900)}</c:legend>'


def _text(size: int, ink: str = "222222") -> str:
    """How text looks: ``size`` in hundredths of a point; its Chinese font is named beside the other one."""
    return (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{size}" b="0"><a:solidFill>'
        f'<a:srgbClr val="{ink}"/></a:solidFill><a:latin typeface="Times New Roman"/><a:ea typeface="宋体"/>'
        '</a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )
