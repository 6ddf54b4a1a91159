"""Formats: the same list in every format and encoding gives the same records, at the same rows."""

from __future__ import annotations

import datetime
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import read_book
from connectors.formats.book import letter, number_of
from connectors.read import read
from tests.connectors import files

ROLL = files.roll_rows()

WRITTEN = {
    "xlsx": files.xlsx({"a": ROLL}),
    "xls": files.xls({"a": ROLL}),
    "ods": files.ods({"a": ROLL}),
    "utf-8": files.csv(ROLL),
    "utf-8 with mark": files.csv(ROLL, "utf-8-sig"),
    "gb18030": files.csv(ROLL, "gb18030"),
    "utf-16 with mark": files.csv(ROLL, "utf-16", "\t"),
    "utf-16-le": files.csv(ROLL, "utf-16-le", "\t"),
    "utf-16-be": files.csv(ROLL, "utf-16-be", "\t"),
    "semicolon": files.csv(ROLL, delimiter=";"),
    "pipe": files.csv(ROLL, delimiter="|"),
    "old mac lines": files.csv(ROLL, newline="\r"),
    "sep line": b"sep=;\r\n" + files.csv(ROLL, delimiter=";"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format_gives_the_same_records(name: str) -> None:
    expected = read(WRITTEN["utf-8"], "学籍信息.csv").records
    shift = 1 if name == "sep line" else 0
    for extension in ("xlsx", "xls", "csv", "dat"):  # the name is never believed
        records = read(WRITTEN[name], f"学籍信息.{extension}").records
        assert list(records["row"] - shift) == list(expected["row"])
        columns = ["name", "id_number", "birth_date", "school", "student_no"]
        assert records[columns].equals(expected[columns])


def test_typed_cells_become_the_text_that_was_typed() -> None:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row("C3", [20260001.0, 0.5, 13812345678, True, " 张三\xa0"])
    sheet.write_datetime("H3", datetime.datetime(2015, 3, 18), day)
    sheet.write_datetime("I3", datetime.datetime(2015, 3, 18, 8, 30), day)
    sheet.write_number("J3", 659999201503180014)
    sheet.write_number("K3", 65999920150318001453)
    book.close()
    read_sheet = read_book(buffer.getvalue()).sheets[0]
    assert read_sheet.rows[2][2:] == [
        "20260001",
        "0.5",
        "13812345678",
        "是",
        "张三",
        "2015-03-18",
        "2015-03-18 08:30:00",
        "659999201503180***",
        "659999201503180*****",
    ]
    assert read_sheet.rows[:2] == [[""] * 11, [""] * 11]
    assert read_sheet.lost == {(2, 9), (2, 10)}


def test_quoted_line_breaks_stay_in_their_row() -> None:
    rows = [
        ["姓名", "身份证号", "住址"],
        *[[n, i, f'"清溪镇\n{at}号"'] for at, (n, i) in enumerate(map(files.child, range(5)))],
    ]
    records = read(files.csv(rows), "户籍人口.csv").records
    assert list(records["row"]) == [2, 3, 4, 5, 6]
    assert records["address"].iloc[2] == "清溪镇 2号"


def test_columns_apart_by_blanks() -> None:
    rows = [["姓名", "身份证号", "监护人"], *[[*files.child(at), "某某"] for at in range(5)]]
    records = read(files.csv(rows, delimiter="   "), "孤儿.txt").records
    assert list(records["id_number"]) == [files.child(at)[1] for at in range(5)]


def test_a_quote_that_is_never_closed_swallows_no_rows() -> None:
    rows = [list(row) for row in ROLL]
    rows[3][4] = '"第一小学'
    assert list(read(files.csv(rows), "学籍信息.csv").records["row"]) == list(range(2, 14))


def test_numbers_written_as_formulas_of_text_are_read() -> None:
    rows = [ROLL[0], *[[row[0], f'="{row[1]}"', *row[2:]] for row in ROLL[1:]]]
    assert list(read(files.csv(rows), "学籍信息.csv").records["id_number"]) == [row[1] for row in ROLL[1:]]


def test_big5_is_told_by_its_header_words() -> None:
    rows = [
        ["姓名", "身份證號", "性別", "學校", "年級"],
        *[["陳大文", i, "男", "第一小學", "三年級"] for _, i in map(files.child, range(8))],
    ]
    reading = read(files.csv(rows, "big5"), "在校学生花名册.csv")
    assert reading.encoding == "big5"
    assert set(reading.records["name"]) == {"陳大文"}


def test_rare_characters_of_gb18030_survive() -> None:
    rows = [ROLL[0], ["张䶮", *ROLL[1][1:]], ["𠮷田", *ROLL[2][1:]], *ROLL[3:]]
    assert list(read(files.csv(rows, "gb18030"), "学籍信息.csv").records["name"][:2]) == ["张䶮", "𠮷田"]


def test_nul_bytes_are_removed_with_a_word() -> None:
    reading = read(files.csv(ROLL).replace(b"1\xe7\x8f\xad", b"1\0\xe7\x8f\xad"), "学籍信息.csv")
    assert "file.nul" in {issue.code for issue in reading.issues}
    assert set(reading.records["class_name"]) == {"1班"}


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)


@given(st.lists(HAN, min_size=3, max_size=12), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_any_han_name_comes_back_equal_from_any_encoding(names: list[str], encoding: str) -> None:
    rows = [
        ["姓名", "身份证号", "学校", "年级"],
        *[[name, files.child(at)[1], "一小", "三年级"] for at, name in enumerate(names)],
    ]
    sheet = read_book(files.csv(rows, encoding)).sheets[0]
    assert [row[0] for row in sheet.rows[1:]] == names


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    reading = read(data, "x.csv")
    assert all(sheet.rows.balanced for sheet in reading.sheets)
    assert len(reading.records) or reading.issues


@given(st.integers(0, 16383))
def test_letters_and_numbers_of_columns_are_inverse(column: int) -> None:
    assert number_of(letter(column)) == column
