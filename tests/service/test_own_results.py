"""Results that come back among the lists, by folder, by copy or by page, are never read as a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from python_calamine import load_workbook

from connectors.read import read
from schemas.own import AUTHOR
from service.demo import make_county
from service.screening import Job, screen_lists
from tests.architecture.sources import ROOT, modules
from tests.connectors import files

AS_OF = date(2026, 9, 1)
COPIES: dict[str, Callable[[files.Rows], bytes]] = {
    "csv": lambda rows: files.csv(
        [[str(cell).replace("\n", " ").replace(",", ";") for cell in row] for row in rows]
    ),
    "ods": lambda rows: files.ods({"名单": [[str(cell) for cell in row] for row in rows]}),
    "xls": lambda rows: files.xls({"名单": rows}),
    "xlsx": lambda rows: files.xlsx({"名单": rows}),
}


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small county, and the results of one screening in a folder among them."""
    folder = tmp_path_factory.mktemp("county")
    make_county(900, 5, folder)
    screen_lists(Job([folder / "files"], AS_OF, folder / "files" / "结果"))
    return folder / "files"


def test_results_among_the_lists_change_nothing(lists: Path, tmp_path: Path) -> None:
    again = screen_lists(Job([lists], AS_OF, tmp_path / "again"))
    assert (tmp_path / "again" / "children.csv").read_bytes() == (
        lists / "结果" / "children.csv"
    ).read_bytes()
    told = {
        each.file: {issue.code for issue in each.issues} for each in again.readings if not len(each.records)
    }
    assert set(told) == {path.name for path in (lists / "结果").iterdir()}
    books = {name for name in told if name.endswith((".xlsx", ".html"))}
    assert {"核查名单.xlsx", "比对报告.html"} < books
    assert all(told[name] == {"file.own"} for name in books)
    assert all("sheet.own" in told[name] for name in ("children.csv", "links.csv"))


@pytest.mark.parametrize("form", COPIES)
def test_a_sheet_of_results_copied_into_another_file_is_refused(lists: Path, form: str) -> None:
    refused = 0
    for path in sorted((lists / "结果").glob("*.xlsx")):
        book = load_workbook(path)
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            reading = read(COPIES[form](rows), f"{name}.{form}")
            assert not len(reading.records), (path.name, name)
            refused += "sheet.own" in {issue.code for issue in reading.issues}
    assert refused >= 6, "three sheets of the worklist, and the corrections of three bureaus"


def test_no_kind_that_is_said_and_no_layout_lets_results_in(lists: Path) -> None:
    path = lists / "结果" / "核查名单.xlsx"
    for kind in ("household", "roll", "attendance"):
        assert not len(read(path.read_bytes(), path.name, kind=kind).records)


def test_one_place_in_a_remark_makes_no_list_a_result() -> None:
    header, *rows = files.roll_rows()
    marked = [
        [*header, "备注"],
        *([*row, "见 户籍.xlsx#1:7" if at == 3 else ""] for at, row in enumerate(rows)),
    ]
    reading = read(files.xlsx({"学籍": marked}), "学籍信息.xlsx")
    assert (reading.kind, len(reading.records)) == ("roll", len(rows))


def test_a_page_that_was_saved_is_known() -> None:
    page = (ROOT / "service" / "web" / "templates" / "layout.html").read_text("utf-8")
    table = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in files.roll_rows()
    )
    saved = (
        page[page.index("<!doctype") : page.index("<link")]
        + f"</head><body><table>{table}</table></body></html>"
    )
    assert {issue.code for issue in read(saved.encode(), "学籍名单.xls").issues} == {"file.own"}
    other = saved.replace(AUTHOR, "某某系统")
    assert len(read(other.encode(), "学籍名单.xls").records) == len(files.roll_rows()) - 1


WITHOUT_AUTHOR = {
    "service/demo/sheets.py": "lists as agencies send them",
    "service/export/marked_rows.py": "an agency's list, marked: it is to be mended and sent again",
    "service/export/word_chart.py": "the figures behind a drawing in a document",
}


def test_every_writer_of_workbooks_says_who_wrote_them() -> None:
    writers = {
        path: path.read_text("utf-8")
        for path in modules("service")
        if "xlsxwriter.Workbook(" in path.read_text("utf-8")
    }
    named = {path.relative_to(ROOT).as_posix(): "AUTHOR" in text for path, text in writers.items()}
    assert {name for name, has in named.items() if not has} == set(WITHOUT_AUTHOR)
