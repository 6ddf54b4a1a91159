"""Meaning of columns: the content has the last say, and one field has one column."""

from __future__ import annotations

import pytest

from connectors.read import read
from connectors.reading import Reading
from tests.connectors import files

KIDS = [files.child(at) for at in range(20)]
ADULTS = [files.adult(at) for at in range(20)]


def fields(reading: Reading, sheet: int = 0) -> dict[str, str]:
    return {column.column: column.field for column in reading.sheets[sheet].columns if column.field}


def listing(header: list[str], *columns: list[str]) -> bytes:
    return files.csv([header, *map(list, zip(*columns, strict=True))])


NAMES = [name for name, _ in KIDS]
NUMBERS = [number for _, number in KIDS]
WELFARE = [f"5300000{at:05d}" for at in range(20)]
STUDENT = [f"G{number}" for number in NUMBERS]
CERTIFICATES = [f"{number}{at % 7 + 1}{at % 4 + 1}" for at, number in enumerate(NUMBERS)]


def test_a_number_of_the_welfare_book_is_no_identity_number() -> None:
    reading = read(listing(["姓名", "证件号", "户口性质"], NAMES, WELFARE, ["农业"] * 20), "农村低保.csv")
    assert "id_number" not in fields(reading).values()
    assert set(reading.records["id_number"]) == {""}
    issue = next(issue for issue in reading.issues if issue.code == "column.content_mismatch")
    assert (issue.column, issue.sheet) == ("B", 1)
    assert "证件号" in issue.message()


def test_the_true_number_is_found_beside_it_under_an_unknown_header() -> None:
    reading = read(listing(["姓名", "证件号", "sfz18"], NAMES, WELFARE, NUMBERS), "农村低保.csv")
    assert fields(reading) == {"A": "name", "C": "id_number"}
    assert list(reading.records["id_number"]) == NUMBERS


@pytest.mark.parametrize(
    ("values", "field"), [(NUMBERS, "id_number"), (STUDENT, "student_no"), (CERTIFICATES, "disability_no")]
)
def test_one_header_three_contents(values: list[str], field: str) -> None:
    reading = read(
        listing(["姓名", "身份证号", "住址"], NAMES, values, ["清溪镇"] * 20),
        "残疾儿童.csv",
        kind="disability",
    )
    assert fields(reading)["B"] == field
    assert list(reading.records["id_number"]) == NUMBERS


def test_a_number_carried_by_another_fills_only_what_is_empty() -> None:
    own = ["" if at % 2 else number for at, number in enumerate(NUMBERS)]
    other = [f"G{NUMBERS[at - 1]}" for at in range(20)]
    header = ["姓名", "身份证号", "学籍号", "学校", "年级"]
    reading = read(listing(header, NAMES, own, other, ["一小"] * 20, ["三年级"] * 20), "学籍.csv")
    assert list(reading.records["id_number"]) == [
        NUMBERS[at - 1] if at % 2 else NUMBERS[at] for at in range(20)
    ]


def test_numbers_of_head_guardian_and_child_are_kept_apart() -> None:
    header = [
        "姓名",
        "身份证号",
        "户主姓名",
        "户主身份证号",
        "监护人",
        "监护人身份证号",
        "经办人",
        "经办人身份证号",
    ]
    heads, head_numbers = map(list, zip(*ADULTS, strict=True))
    data = listing(header, NAMES, NUMBERS, heads, head_numbers, heads, head_numbers, heads, head_numbers)
    reading = read(data, "孤儿.csv")
    assert list(fields(reading).values()) == [
        "name",
        "id_number",
        "head_name",
        "head_id",
        "guardian_name",
        "guardian_id",
    ]
    assert list(reading.records["id_number"]) == NUMBERS
    assert list(reading.records["guardian_id"]) == head_numbers


def test_short_names_of_schools_and_codes_of_places() -> None:
    """一小 is a school; a region code under 户口所在地 is no address."""
    header = ["姓名", "身份证号", "学校", "年级", "户口所在地"]
    reading = read(
        listing(header, NAMES, NUMBERS, ["一小"] * 20, ["3"] * 20, ["659999000000"] * 20), "学籍.csv"
    )
    assert set(reading.records["school"]) == {"一小"}
    assert set(reading.records["address"]) == {""}


def test_two_columns_for_one_field_the_better_wins_and_the_other_is_reported() -> None:
    bad = ["" if at % 3 else number[:-1] for at, number in enumerate(NUMBERS)]
    reading = read(listing(["姓名", "身份证", "身份证号码"], NAMES, bad, NUMBERS), "孤儿.csv")
    assert list(reading.records["id_number"]) == NUMBERS
    assert [(i.code, i.column) for i in reading.issues if i.code == "column.second_claim"] == [
        ("column.second_claim", "B")
    ]


def test_every_used_column_says_why_with_its_test() -> None:
    reading = read(files.csv(files.roll_rows()), "学籍信息.csv")
    for column in reading.sheets[0].columns:
        assert 0.5 < column.confidence <= 1
        assert column.header in column.why
        assert "%" in column.why
    assert "校验通过" in next(each.why for each in reading.sheets[0].columns if each.field == "id_number")


def test_an_empty_column_keeps_its_meaning_with_less_confidence() -> None:
    reading = read(listing(["姓名", "身份证号", "监护人"], NAMES, NUMBERS, [""] * 20), "孤儿.csv")
    column = reading.sheets[0].columns[2]
    assert (column.field, column.confidence < 0.7) == ("guardian_name", True)


def test_issues_stand_at_the_cell_that_a_spreadsheet_shows() -> None:
    broken = list(NUMBERS)
    broken[6] = broken[6][:17] + ("1" if broken[6][17] != "1" else "2")
    rows = [
        ["孤儿名单"],
        [],
        ["", "姓名", "身份证号"],
        *[["", *pair] for pair in zip(NAMES, broken, strict=True)],
    ]
    reading = read(files.xlsx({"名单": rows}), "孤儿.xlsx")
    assert [(i.sheet, i.row, i.column) for i in reading.issues if i.code == "id_number.check_digit"] == [
        (1, 10, "C")
    ]


def test_merged_cells_and_once_written_households_are_filled_down() -> None:
    relations = ["户主", "配偶", "子", "女"]
    rows = [["乡镇", "户主姓名", "户号", "姓名", "身份证号", "与户主关系"]]
    for at in range(12):
        first = at % 4 == 0
        head, household = (ADULTS[at // 4][0], f"H{at // 4}") if first else ("", "")
        rows.append(["清溪镇" if at == 0 else "", head, household, *KIDS[at], relations[at % 4]])
    reading = read(files.xlsx({"户籍": rows}, {"户籍": [(1, 0, 12, 0)]}), "户籍人口.xlsx")
    records = reading.records
    assert set(records["township"]) == {"清溪镇"}
    assert list(records["household_no"]) == [f"H{at // 4}" for at in range(12)]
    assert list(records["head_name"]) == [ADULTS[at // 4][0] for at in range(12)]
    assert {i.column for i in reading.issues if i.code == "column.filled_down"} == {"A", "B", "C"}


def test_values_that_are_merely_missing_are_not_filled() -> None:
    rows = [["乡镇", "户主姓名", "姓名", "身份证号", "与户主关系"]]
    for at in range(12):
        rows.append(["清溪镇" if at % 3 else "", ADULTS[at][0] if at % 2 == 0 else "", *KIDS[at], "子"])
    records = read(files.csv(rows), "户籍人口.csv").records
    assert (records["township"] == "").sum() == 4
    assert (records["head_name"] == "").sum() == 6
