"""Saved layouts: drafted from a reading, corrected by a person, used before recognition."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.layout import LayoutError, draft_of, load, parse
from connectors.read import read
from tests.connectors import files

KIDS = [files.child(at) for at in range(8)]

STRANGE = """
name = "县妇联摸排表"
kind = "civil_affairs"
file_name = "*摸排*"

[[sheet]]
sheet = 1
header_rows = [2]
layout = "household"
group = "困境"
[sheet.columns]
A = "head_name"
B = ""
C = "member1.name"
D = "member1.id_number"
"""


def strange_rows() -> list[list[str]]:
    return [["x"], ["甲", "乙", "丙", "丁"], *[[files.adult(at)[0], "?", *KIDS[at]] for at in range(8)]]


def test_a_layout_takes_precedence_and_asks_nothing() -> None:
    reading = read(files.csv(strange_rows()), "2026摸排.csv", layouts=[parse(STRANGE)])
    assert (reading.kind, reading.confidence) == ("civil_affairs", 1.0)
    assert len(reading.records) == 16
    children = reading.records[reading.records["member"] == 1]
    assert list(children["name"]) == [name for name, _ in KIDS]
    assert set(reading.records["group"]) == {"困境"}
    assert reading.sheets[0].rows.balanced


def test_without_it_the_same_file_is_asked_about() -> None:
    reading = read(files.csv(strange_rows()), "2026摸排.csv")
    assert reading.records.empty
    assert any(issue.severity == "error" for issue in reading.issues)


def test_a_layout_is_used_for_its_files_only() -> None:
    reading = read(files.csv(files.roll_rows()), "学籍信息.csv", layouts=[parse(STRANGE)])
    assert reading.kind == "roll"


def test_sheets_that_it_does_not_name_are_reported() -> None:
    data = files.xlsx({"一": strange_rows(), "二": files.roll_rows()})
    reading = read(data, "摸排.xlsx", layouts=[parse(STRANGE)])
    assert [(i.code, i.sheet) for i in reading.issues if i.code == "sheet.not_in_layout"] == [
        ("sheet.not_in_layout", 2)
    ]


DRAFTED = {
    "person": files.csv(files.roll_rows()),
    "household": files.xls(
        {
            "封面": [["农村低保"]],
            "备案": [
                ["户主姓名", "户主身份证号", "成员1姓名", "成员1身份证号"],
                *[[*files.adult(at), *KIDS[at]] for at in range(8)],
            ],
        }
    ),
}


@pytest.mark.parametrize("name", DRAFTED)
def test_a_draft_reads_the_file_as_it_was_understood(name: str) -> None:
    file = "农村低保备案表202609.xls" if name == "household" else "学籍信息.csv"
    first = read(DRAFTED[name], file)
    layout = parse(draft_of(first))
    again = read(DRAFTED[name], file, layouts=[layout])
    assert again.records.drop(columns="group").equals(first.records.drop(columns="group"))
    assert layout.matches(file.replace("202609", "202612"))


def test_a_draft_of_a_file_nobody_understood_lists_its_columns() -> None:
    text = draft_of(read(files.csv([["姓名", "身份证号"], *map(list, KIDS)]), "名单.csv"))
    assert 'A = "name"' in text
    with pytest.raises(LayoutError, match="kind"):
        parse(text)  # the kind is what a person must say


BROKEN = [
    ("name = ", "TOML"),
    ('kind = "roll"', "sheet"),
    (STRANGE.replace('"civil_affairs"', '"poor"'), "kind"),
    (STRANGE.replace("file_name", "filename"), "filename"),
    (STRANGE.replace("[2]", '"2"'), r"sheet\[1\].header_rows"),
    (STRANGE.replace('"household"', '"family"'), r"sheet\[1\].layout"),
    (STRANGE.replace('A = "head_name"', 'A1 = "head_name"'), r"columns\.A1"),
    (STRANGE.replace('"head_name"', '"headname"'), r"columns\.A.*headname"),
    (STRANGE.replace('"member1.name"', '"memberx.name"'), r"columns\.C"),
    (STRANGE.replace("sheet = 1\n", 'sheet = "一"\n'), r"sheet\[1\].sheet"),
    (STRANGE.replace('group = "困境"', "group = 3"), r"sheet\[1\].group"),
]


@pytest.mark.parametrize(("text", "where"), BROKEN)
def test_errors_name_the_line_or_the_key(text: str, where: str, tmp_path: Path) -> None:
    path = tmp_path / "摸排.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(LayoutError, match=where) as caught:
        load(path)
    assert "摸排.toml" in str(caught.value)


def test_a_toml_error_names_its_line() -> None:
    with pytest.raises(LayoutError, match="line 3"):
        parse('name = "a"\nkind = "roll"\nfile_name = \n')
