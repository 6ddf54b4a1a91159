"""The reports as files: numbers, charts, fonts, and what is written down about taking them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from python_calamine import load_workbook

from tests.service.played import Played

PURPOSE = "提交联席会议"


@pytest.fixture(scope="module")
def papers(played: Played) -> dict[str, bytes]:
    who = played.site.browser("officer")
    who.get("/figures")
    told = {
        name: who.post("/figures/1/report", purpose=PURPOSE, edition=name) for name in ("exact", "others")
    }
    told["matching"] = who.post("/figures/1/matching-report", purpose=PURPOSE)
    assert {name: each.status_code for name, each in told.items()} == dict.fromkeys(told, 200)
    return {name: each.data for name, each in told.items()}


def texts(paper: bytes) -> str:
    document: Any = Document(io.BytesIO(paper))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


def rows(paper: bytes, head: str) -> list[list[str]]:
    """The rows of the table whose first heading is this."""
    document: Any = Document(io.BytesIO(paper))
    found = next(each for each in document.tables if each.rows[0].cells[0].text == head)
    return [[cell.text for cell in row.cells] for row in found.rows]


def test_the_report_says_what_the_page_says(played: Played, papers) -> None:
    answer = played.site.browser("officer").get("/api/v1/rounds/1/figures").json
    total = rows(papers["exact"], "乡镇")[-1]
    assert total[0] == "合计"
    for name, at in (("children", 1), ("all_cases", 6), ("out_of_school", 8), ("closed", 12)):
        assert total[at] == answer["total"]["texts"][name]
    said = texts(papers["exact"])
    numbers = answer["total"]["texts"]
    assert f"共有学龄儿童{numbers['children']}名" in said
    assert f"确认失学辍学{numbers['out_of_school']}名" in said
    assert "九年前的一年级招生数" in said, "what cannot be computed says what it would need"
    assert "适龄儿童在校比例" in said


def test_charts_are_words_own_with_their_numbers_inside(papers) -> None:
    with zipfile.ZipFile(io.BytesIO(papers["exact"])) as parts:
        charts = [name for name in parts.namelist() if re.fullmatch(r"word/charts/chart\d+\.xml", name)]
        assert len(charts) == 3, "a first round has no trend to draw"
        assert parts.read("word/document.xml").count(b'drawingml/2006/chart"') >= 3
        for name in charts:
            xml = parts.read(name).decode()
            assert '<a:ea typeface="宋体"/>' in xml
            inside = parts.read(name.replace("charts/", "embeddings/").replace(".xml", ".xlsx"))
            sheet = load_workbook(io.BytesIO(inside)).get_sheet_by_index(0).to_python()
            cache = re.findall(r"<c:numCache>.*?</c:numCache>", xml)[0]
            drawn = [float(each) for each in re.findall(r"<c:v>([\d.]+)</c:v>", cache)]
            kept = [row[1] for row in sheet[1:] if row[1] != ""]
            assert kept == drawn, name


def test_every_run_names_its_chinese_font(papers) -> None:
    for paper in papers.values():
        document: Any = Document(io.BytesIO(paper))
        runs = [each for each in document.element.body.iter(qn("w:r")) if each.findall(qn("w:t"))]
        fonts = {each.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) for each in runs}
        assert fonts <= {"宋体", "黑体", "仿宋"}
        assert len(runs) > 50


def test_a9_what_goes_to_other_agencies_has_no_small_number(papers) -> None:
    small = {str(number) for number in range(1, 5)}
    assert {cell for row in rows(papers["exact"], "乡镇")[1:] for cell in row[1:]} & small
    for head, columns in (("乡镇", slice(1, None)), ("代码", slice(3, None)), ("人群类别", slice(1, None))):
        shown = {cell for row in rows(papers["others"], head)[1:] for cell in row[columns]}
        assert shown & small == set(), head
    with zipfile.ZipFile(io.BytesIO(papers["others"])) as parts:
        for name in ("word/charts/chart1.xml", "word/charts/chart2.xml"):
            cache = "".join(re.findall(r"<c:numCache>.*?</c:numCache>", parts.read(name).decode()))
            drawn = {f"{float(each):g}" for each in re.findall(r"<c:v>([\d.]+)</c:v>", cache)}
            assert drawn & small == set(), name


def test_the_matching_report_has_each_file_with_its_digest(played: Played, papers) -> None:
    said = texts(papers["matching"])
    (lists,) = played.site.rows("select lists from run where id = 1")[0]
    for each in lists:
        assert each["sha256"] in said
        assert each["name"] in said
    assert "2011-09-01 至 2020-08-31 出生" in said


def test_taking_a_report_is_written_down_and_needs_a_reason(played: Played, papers) -> None:
    taken = played.site.rows(
        "select purpose, detail->>'file', detail->>'exact' from audit_entry"
        " where detail->>'file' like '%.docx' order by number"
    )
    assert ("提交联席会议", "quarterly.docx", "true") in taken
    assert ("提交联席会议", "quarterly.docx", "false") in taken
    assert ("提交联席会议", "matching.docx", None) in taken
    who = played.site.browser("leader")
    assert who.post("/figures/1/report", edition="exact").status_code == 400
    member = played.site.browser("member")
    paper = member.post("/figures/1/report", purpose=PURPOSE, edition="exact")
    assert paper.status_code == 200
    assert "小数字已隐去" in texts(paper.data), "who may not see small numbers takes none away"
