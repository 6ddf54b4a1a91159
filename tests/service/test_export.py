"""What leaves the program is shown by a spreadsheet and never run."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from math import ceil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from service.export import (
    Marked,
    SheetColumn,
    Workbook,
    decimals,
    display_width,
    escape,
    escape_column,
    read_csv,
    unescape,
    write_csv,
)
from service.export.widths import Lines

CREATED = datetime(2026, 9, 1)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-张", "'-张"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("|x", "'|x"),
        ("%x", "'%x"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\ttext", "'\ttext"),
        ("  =1", "'  =1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\x00=1", "'\x00=1"),
        ("\u3000＝1", "'\u3000＝1"),
        ("＠x", "'＠x"),
        ("-1.5", "-1.5"),
        ("+8613800000000", "+8613800000000"),
        ("0.9731", "0.9731"),
        ("659999201503180113", "659999201503180113"),
        ("张=三", "张=三"),
        ("买买提·艾力", "买买提·艾力"),
        ("'王", "'王"),
        ("", ""),
    ],
)
def test_only_text_that_would_run_is_escaped(text, written):
    assert escape(text) == written
    assert escape_column(pd.Series([text], dtype="str")).tolist() == [written]


@given(st.text(alphabet=st.sampled_from("'=+-@|%\t\r \ufeff\u3000＝1.张"), max_size=6) | st.text(max_size=12))
def test_escaping_can_be_undone(text):
    assert unescape(escape(text)) == text
    assert escape(text) == text or escape(text) == "'" + text


def test_csv_keeps_every_value_and_escapes_by_column(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["=1+1", '王"佳', "李,梅", "赵\n云", "", "'=1"],
            "probability": ["0.9000", "-1.5", "", "1", "2", "3"],
            "row": [1, -2, 3, 4, 5, 6],
        }
    )
    path = write_csv(table, tmp_path / "t.csv")
    raw = path.read_bytes()
    assert raw.startswith(b'\xef\xbb\xbfname,probability,row\r\n"\'=1+1"')
    assert b",-2\r\n" in raw
    assert b'"-1.5"' in raw
    back = read_csv(path)
    assert back["name"].tolist() == table["name"].tolist()
    assert back["probability"].tolist() == table["probability"].tolist()
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


def made(path, columns, **options):
    with Workbook(path, created=CREATED, **options) as book:
        book.choices("结果", ["A01 死亡", "B01 在校"])
        book.text_sheet("说明", "题目", [("怎样用", ""), ("口径", "=1+1")])
        book.table_sheet("名单", "名单一", columns, note="共若干人")
    return path


COLUMNS = [
    SheetColumn("姓名", ["=HYPERLINK(1)", "http://x", "-张"]),
    SheetColumn("证件号码", ["659999201503180113", "00123", "1E5"]),
    SheetColumn("人数", [1, 2, 3], kind="number"),
    SheetColumn("差异", [Marked((("王", False), ("佳", True))), Marked((("嘉", True),)), Marked(())]),
    SheetColumn("结果", choices="结果"),
]


def test_a_workbook_holds_typed_cells_and_no_formula(tmp_path):
    path = made(tmp_path / "名单.xlsx", COLUMNS)
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("名单").to_python()
    assert rows[2][:5] == ["姓名", "证件号码", "人数", "差异", "结果"]
    assert rows[3][:4] == ["=HYPERLINK(1)", "659999201503180113", 1.0, "王佳"]
    assert rows[4][:4] == ["http://x", "00123", 2.0, "嘉"]
    assert rows[5][:3] == ["-张", "1E5", 3.0]
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "/worksheets/sheet" in name]
    assert len(sheets) == 3
    for xml in sheets:
        assert "<f>" not in xml
        assert "<f " not in xml
        assert "hyperlink" not in xml


def test_a_sheet_is_ready_to_print(tmp_path):
    path = made(tmp_path / "名单.xlsx", COLUMNS)
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert '<pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/>' in xml
    assert '<autoFilter ref="A3:E6"/>' in xml
    assert 'paperSize="9"' in xml
    assert 'orientation="landscape"' in xml
    assert 'fitToHeight="0"' in xml
    assert "第 &amp;P 页 共 &amp;N 页" in xml
    assert '<dataValidation type="list"' in xml
    assert "'代码表'!$A$2:$A$3" in xml
    assert "名单!$3:$3" in book
    assert 'numFmtId="49"' in styles  # "@", text


def test_widths_follow_the_content_and_count_chinese_double(tmp_path):
    columns = [
        SheetColumn("甲", ["中文十个字的长姓名"]),
        SheetColumn("乙", ["abc"]),
        SheetColumn("丙", ["很长" * 99], widest=20),
    ]
    path = made(tmp_path / "w.xlsx", columns)
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet2.xml").decode()
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([0-9.]+)"', xml)]
    assert widths[0] > 18 > widths[1]
    assert 20 <= widths[2] < 22
    assert (display_width("王ab"), display_width("一\n二三"), display_width("")) == (4, 4, 0)


def test_the_same_content_gives_the_same_bytes(tmp_path):
    assert made(tmp_path / "a.xlsx", COLUMNS).read_bytes() == made(tmp_path / "a.xlsx", COLUMNS).read_bytes()


def test_a_table_too_long_for_a_sheet_goes_on_in_the_next(tmp_path):
    path = made(tmp_path / "long.xlsx", [SheetColumn("数", list(range(25)), kind="number")], row_limit=13)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["说明", "名单", "名单(2)", "名单(3)", "代码表"]
    numbers = [
        row[0] for name in book.sheet_names[1:4] for row in book.get_sheet_by_name(name).to_python()[3:]
    ]
    assert numbers == list(range(25))


def test_an_empty_table_still_has_its_header(tmp_path):
    path = made(tmp_path / "empty.xlsx", [SheetColumn("姓名", []), SheetColumn("结果", choices="结果")])
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("名单").to_python()
    assert rows[2][:2] == ["姓名", "结果"]
    assert len(rows) == 3


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path):
    path = made(tmp_path / "cut.xlsx", [SheetColumn("甲", ["长" * 40_000])])
    text = CalamineWorkbook.from_path(path).get_sheet_by_name("名单").to_python()[3][0]
    assert text.endswith("完整内容见 CSV 文件）")
    assert len(text) < 32_767


def test_nothing_is_left_behind_when_writing_fails(tmp_path):
    with (
        pytest.raises(ValueError, match="could not convert"),
        Workbook(tmp_path / "x.xlsx", created=CREATED) as book,
    ):
        book.table_sheet("名单", "名单", [SheetColumn("数", ["abc"], kind="number")])
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_looks_like_the_runs_of_a_rich_text_is_shown_as_it_is(tmp_path):
    hostile = "<r><t>坏</t></broken></r>"
    path = made(tmp_path / "r.xlsx", [SheetColumn("甲", [hostile]), SheetColumn("结果", choices="结果")])
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("名单").to_python()[3][0] == hostile


@given(st.floats(-1e6, 1e6) | st.sampled_from([0.5, 0.125, 0.0005, -0.0001, -0.0, 0.9999, 2.5, 1e-9]))
def test_decimals_are_those_of_format(value):
    for places in (3, 4):
        assert decimals(pd.Series([value, value]), places).tolist() == [f"{value:.{places}f}"] * 2


def test_no_number_is_no_text():
    assert decimals(pd.Series([float("nan"), 1.0]), 2).tolist() == ["", "1.00"]


@given(st.lists(st.text(alphabet="王a\n〇é，1"), max_size=5), st.integers(3, 40))
def test_widths_of_many_texts_are_those_of_each(texts, room):
    lines = Lines(texts)
    assert lines.widest() == max(map(display_width, texts), default=0)
    alone = [
        sum(max(1, ceil(display_width(line) * 1.08 / room)) for line in text.split("\n")) for text in texts
    ]
    assert lines.wrapped(room).tolist() == alone


@given(st.lists(st.lists(st.text(alphabet="王=a'\n ", max_size=4), max_size=4), min_size=1, max_size=4))
def test_pieces_make_the_file_of_the_whole(tmp_path_factory, pieces):
    folder = tmp_path_factory.mktemp("pieces")
    tables = [pd.DataFrame({"甲": pd.Series(texts, dtype="str")}) for texts in pieces]
    one = write_csv(iter(tables), folder / "a.csv")
    other = write_csv(pd.concat(tables, ignore_index=True), folder / "b.csv")
    assert one.read_bytes() == other.read_bytes()
