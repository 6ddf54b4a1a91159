"""A regular file is read by columns: the same cells, records and issues as when it is read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.describe import describe
from connectors.formats import csv as delimited
from connectors.formats import regular
from connectors.formats.csv import split
from connectors.formats.regular import read_regular
from connectors.guard import Limits
from connectors.read import read
from connectors.reading import Reading
from tests.connectors import files

PIECES = [
    "姓名",
    "张三",
    "1",
    "2015",
    '"',
    '""',
    ",",
    ";",
    " ",
    "\u3000",
    "\xa0",
    "=",
    '="5"',
    "\n",
    "é",
    "𠮷",
    "",
    "x",
]
CELLS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
ROWS = st.lists(
    st.lists(CELLS, min_size=3, max_size=3) | st.lists(CELLS, max_size=6), min_size=1, max_size=30
)
RAW = st.lists(
    st.sampled_from([*PIECES, ",", ",", "\n", "\n", "\r\n", "\r", "a,b,c\n", '"a","b"\n']), max_size=60
)


def _bare(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows without the blanks at their ends, which a grid may have and a list of rows not."""
    bare = [list(row) for row in rows]
    for row in bare:
        while row and not row[-1]:
            row.pop()
    while bare and not bare[-1]:
        bare.pop()
    return bare


def _written(rows: Sequence[Sequence[str]], quoting: int, end: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return buffer.getvalue()


def _same_cells(text: str) -> bool:
    """Whether the text was read by columns; then its cells must be those of a reading by rows."""
    delimiter, declared = delimited._delimiter_of(text)
    if not delimiter or declared:
        return False
    grid = read_regular(text.encode("utf-8"), delimiter)
    if grid is not None:
        assert _bare(grid[:]) == _bare(split(text))
    return grid is not None


@given(
    rows=ROWS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_written_tables_have_the_same_cells(rows: list[list[str]], quoting: int, end: str) -> None:
    _same_cells(_written(rows, quoting, end))


@given(text=RAW.map("".join), block=st.sampled_from([1 << 22, 256]))
@example('a,b,c\n"1\n2",3,4\n\n5,"6""",7\n', 256)
@example('\ufeff"a",b\n1,2\n', 256)
@example('a,b\n"1","2\n3,4\n"5",6\n', 256)
@example('a,b\n="5",2\n3,4,5\n\n\n', 256)
def test_any_text_has_the_same_cells(text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular, "_BLOCK", block)
        _same_cells(text)


@pytest.mark.parametrize(
    "text",
    [
        "题目\n甲,乙,丙\n1,2,3\n\n4,5,6\n合计,2\n",
        '"甲","乙"\r\n"1,2","3""4"\r\n"5\n6","7"\r\n',
        '\ufeff"甲",乙\n1,2\n',
        '甲,乙\n="12",="34"\n5,6\n',
        "甲,乙\n 1 ,\u30002\u3000\n",
        "甲,乙\n1,2\n3,4,,,\n5\n",
    ],
)
def test_usual_files_are_read_by_columns(text: str) -> None:
    assert _same_cells(text)


@pytest.mark.parametrize(
    "text",
    ['甲,乙\n"1,2\n3,4\n', "甲,乙\n1,2\r3,4\n", '甲,乙\n"1"x,2\n3,"4"\n', "甲,乙\n1,2\n" * 5 + "3\n" * 500],
    ids=["torn quote", "bare return", "text behind a quote", "mostly odd rows"],
)
def test_doubtful_files_are_left_to_be_read_by_rows(text: str) -> None:
    assert read_regular(text.encode(), ",") is None


def test_a_row_of_very_many_cells_unfolds_to_no_columns_of_them() -> None:
    text = "甲,乙\n" + "1,2\n" * 500 + "," * 100_000 + "x\n"
    assert read_regular(text.encode(), ",") is None
    sheet = delimited.read(text.encode(), Limits(cells=20_000)).sheets[0]
    assert (len(sheet.rows), sheet.rows.width) == (501, 39)
    assert [code for code, *_ in sheet.findings] == ["sheet.too_many_columns"]


def _by_rows(data: bytes, name: str) -> Reading:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "read_regular", lambda *_: None)
        return read(data, name)


VALUES = st.sampled_from(
    ["", "无", "1 2", "王 五", "王•五", "5.32E+17", "'659999201503180017", "2015/3/18", "\t女", "合计"]
)


@given(
    changes=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 8), VALUES), max_size=12),
    between=st.lists(
        st.tuples(st.integers(0, 24), st.sampled_from([[], ["合计", "9"], ["审核人：王五"]])), max_size=3
    ),
    title=st.sampled_from([[], [["学籍信息表"]], [["单位：第一小学", "", ""], []]]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_both_ways_give_the_same_records_and_issues(
    changes: list[tuple[int, int, str]],
    between: list[tuple[int, list[str]]],
    title: list[list[str]],
    encoding: str,
) -> None:
    rows = [list(row) for row in files.roll_rows(24)]
    for at, column, value in changes:
        rows[at % len(rows)][column % len(rows[0])] = value
    for at, line in between:
        rows.insert(1 + at % len(rows), line)
    data = files.csv([*title, *rows], encoding)
    by_columns, by_rows = read(data, "学籍信息.csv"), _by_rows(data, "学籍信息.csv")
    assume(len(by_rows.records))
    assert describe(by_columns) == describe(by_rows)
    assert by_columns.issues == by_rows.issues
    assert replace(by_columns, records=by_rows.records) == by_rows
