"""A household a row: head and members in alternating columns become records of their own."""

from __future__ import annotations

import pandas as pd
import pytest

from connectors.read import read
from tests.connectors import files

KIDS = [files.child(at) for at in range(24)]
ADULTS = [files.adult(at) for at in range(12)]


def households(header: list[str], before: int = 0, head: bool = True) -> list[list[str]]:
    """Twelve households of a head and one or two children."""
    rows = [header]
    for at in range(12):
        second = KIDS[at + 12] if at % 2 else ("", "")
        rows.append([*[str(at + 1)] * before, *(ADULTS[at] if head else ()), *KIDS[at], *second])
    return rows


LAYOUTS = {
    "counted members": [
        "户主姓名",
        "户主身份证号",
        "成员1姓名",
        "成员1身份证号",
        "成员2姓名",
        "成员2身份证号",
    ],
    "counted at the end": ["户主", "身份证号码", "姓名1", "身份证号1", "姓名2", "身份证号2"],
    "counted in Chinese": [
        "户主",
        "户主证件号",
        "家庭成员一",
        "家庭成员一证件号",
        "家庭成员二",
        "家庭成员二证件号",
    ],
    "names counted, numbers bare": ["户主姓名", "身份证号", "姓名", "身份证号", "姓名", "身份证号"],
    "blank headers": ["户主姓名", "户主身份证号", "", "", "", ""],
    "repeated without a head": ["姓名", "身份证号", "姓名", "身份证号", "姓名", "身份证号"],
}


def expected() -> list[tuple[int, int, str, str]]:
    result = []
    for at in range(12):
        result.append((at + 2, 0, *ADULTS[at]))
        result.append((at + 2, 1, *KIDS[at]))
        if at % 2:
            result.append((at + 2, 2, *KIDS[at + 12]))
    return result


def persons(records: pd.DataFrame) -> list[tuple[int, int, str, str]]:
    return list(records[["row", "member", "name", "id_number"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_member_is_a_record_at_its_row(layout: str) -> None:
    for data in (
        files.xls({"汇总": [["农村低保"]], "备案": households(LAYOUTS[layout])}),
        files.csv(households(LAYOUTS[layout])),
    ):
        reading = read(data, "2026年农村低保备案表.xls")
        sheet = reading.sheets[-1]
        assert (sheet.kind, sheet.layout) == ("civil_affairs", "household")
        assert (sheet.rows.records, sheet.rows.rejected) == (12, 0)
        assert persons(reading.records) == expected()
        members = reading.records[reading.records["member"] > 0]
        assert list(members["head_name"]) == [ADULTS[row - 2][0] for row in members["row"]]
        assert list(members["head_id"]) == [ADULTS[row - 2][1] for row in members["row"]]
        assert set(reading.records["group"]) == {"农村低保"}


def test_the_head_is_the_head_and_members_share_the_place() -> None:
    rows = [["乡镇", *LAYOUTS["counted members"], "联系电话"]]
    rows += [["清溪镇", *row, "13800138000"] for row in households([])[1:]]
    records = read(files.csv(rows), "农村低保.csv").records
    assert set(records["township"]) == {"清溪镇"}
    assert set(records.loc[records["member"] == 0, "relation"]) == {"户主"}
    assert set(records.loc[records["member"] > 0, "relation"]) == {""}


def test_only_heads_are_a_list_of_heads() -> None:
    rows = [
        ["序号", "户主姓名", "身份证号", "低保证号"],
        *[[str(at), *ADULTS[at], f"53000{at:06d}"] for at in range(12)],
    ]
    records = read(files.csv(rows), "农村低保.csv").records
    assert [tuple(pair) for pair in records[["name", "id_number"]].to_numpy()] == ADULTS


@pytest.mark.parametrize("kind", ["roll", "civil_affairs"])
def test_members_beside_a_child_are_parents(kind: str) -> None:
    """成员1 of a registry form is a parent; so is it in any list where its numbers are a generation older."""
    school = ["第一小学", "三年级"] if kind == "roll" else []
    header = [
        "姓名",
        "身份证号",
        *(["学校", "年级"] if school else []),
        "成员1姓名",
        "成员1身份证号",
        "成员1联系电话",
        "成员2姓名",
    ]
    rows = [header]
    for at in range(12):
        rows.append([*KIDS[at], *school, *ADULTS[at], "13800138000", ADULTS[at - 1][0]])
    reading = read(files.csv(rows), "名单.csv", kind=kind)
    assert reading.sheets[0].layout == "person"
    assert len(reading.records) == 12
    assert list(reading.records["guardian_name"]) == [name for name, _ in ADULTS]
    assert list(reading.records["guardian_id"]) == [number for _, number in ADULTS]
    assert set(reading.records["phone"]) == {"13800138000"}


def test_a_member_without_a_name_is_reported_and_the_row_still_counts() -> None:
    rows = households(LAYOUTS["counted members"])
    rows[4][2] = ""
    reading = read(files.csv(rows), "农村低保.csv")
    assert [(i.code, i.row) for i in reading.issues if i.code == "row.no_name"] == [("row.no_name", 5)]
    assert reading.sheets[0].rows.records == 12
    assert len(reading.records) == len(expected()) - 1


def test_pupils_side_by_side_share_no_household() -> None:
    rows = [
        ["姓名", "性别", "姓名", "性别"],
        *[[KIDS[at][0], "男", KIDS[at + 12][0], "女"] for at in range(12)],
    ]
    reading = read(files.csv(rows), "第一小学三年级花名册.csv")
    assert reading.kind == "attendance"
    assert len(reading.records) == 24
    assert set(reading.records["head_name"]) == {""}
    assert set(reading.records["school"]) == {"第一小学"}
    assert set(reading.records["grade"]) == {"三年级"}


def test_one_sheet_a_township() -> None:
    rows = [["姓名", "身份证号", "村"], *[[*KIDS[at], "光明村"] for at in range(6)]]
    more = [["姓名", "身份证号", "村"], *[[*KIDS[at], "光明村"] for at in range(6, 12)]]
    reading = read(files.xlsx({"红旗镇": rows, "青山乡": more}), "户籍适龄儿童.xlsx")
    assert reading.records.groupby("township").size().to_dict() == {"红旗镇": 6, "青山乡": 6}
    assert "sheet.place_from_title" in {issue.code for issue in reading.issues}


def test_two_groups_on_separate_sheets_of_one_file() -> None:
    header = ["序号", "儿童姓名", "身份证号码", "监护人"]
    orphans = [
        ["发放花名册"],
        ["单位:元"],
        header,
        *[[str(at), *KIDS[at], "某某"] for at in range(5)],
        ["合计"],
    ]
    others = [
        ["发放花名册"],
        ["单位:元"],
        header,
        *[[str(at), *KIDS[at], "某某"] for at in range(5, 12)],
        ["合计"],
    ]
    data = files.xls({"孤儿": orphans, "汇总": [["共12人"]], "事实无人抚养儿童": others})
    records = read(data, "孤儿及事实无人抚养儿童花名册.xls").records
    assert records.groupby(["sheet", "group"]).size().to_dict() == {(1, "孤儿"): 5, (3, "事实无人抚养"): 7}
