"""Headers: found by content, merged levels joined, and everything around a list told from persons."""

from __future__ import annotations

import pytest

from connectors.headings import interpret, normalise
from connectors.read import read
from connectors.reading import Reading, SheetReading
from tests.connectors import files

KIDS = [files.child(at) for at in range(20)]


def only_sheet(reading: Reading) -> SheetReading:
    assert all(sheet.rows.balanced for sheet in reading.sheets)
    return reading.sheets[0]


def fields(sheet: SheetReading) -> dict[str, str]:
    return {column.column: column.field for column in sheet.columns if column.field}


HEADERS = [
    ("姓名", "name"),
    ("★ 学生姓名 *", "name"),
    ("姓　名", "name"),
    ("儿童\n姓名：", "name"),
    ("被监护人姓名", "name"),
    ("公民身份号码或残疾号码", "id_number"),
    ("身份证件号（18位）", "id_number"),
    ("sfzjh", "id_number"),
    ("户主", "head_name"),
    ("户主的身份证号码", "head_id"),
    ("申请人姓名", "head_name"),
    ("监护人", "guardian_name"),
    ("父亲身份证号", "guardian_id"),
    ("家长电话", "phone"),
    ("成员3姓名", "member3.name"),
    ("家庭成员二身份证号", "member2.id_number"),
    ("身份证号码4", "member4.id_number"),
    ("共同生活家庭成员1/姓名", "member1.name"),
    ("基本信息/姓名", "name"),
    ("监护人信息/姓名", "guardian_name"),
    ("县(市、区)", "county"),
    ("乡（镇、街道）", "township"),
    ("与户主关系", "relation"),
    ("残疾人证号", "disability_no"),
    ("全国学籍号", "student_no"),
    ("學校名稱", "school"),
    ("班主任姓名", ""),
    ("联系人姓名", ""),
    ("开户人身份证号", ""),
    ("经办人", ""),
    ("编号", ""),
    ("低保证号", ""),
    ("学籍辅号", ""),
    ("学号", ""),
    ("毕业学校", ""),
    ("市/州", ""),
    ("年龄", ""),
    ("一卡通账号", ""),
    ("户名", ""),
]


@pytest.mark.parametrize(("header", "field"), HEADERS)
def test_words_of_headers(header: str, field: str) -> None:
    assert interpret(header).field == field


def test_normalise_folds_widths_marks_and_traditional_characters() -> None:
    assert normalise(" ★身份證件\n號： ") == "身份证件号"


def test_title_unit_note_total_and_signature_lines_are_no_persons() -> None:
    rows = [
        ["清溪县2026年孤儿基本生活费发放花名册"],
        ["填报单位：清溪县民政局", "", "", "单位：元"],
        ["序号", "姓名", "身份证号", "监护人"],
        *[[str(at + 1), *KIDS[at], "王某"] for at in range(5)],
        ["小计", "", "", ""],
        ["序号", "姓名", "身份证号", "监护人"],
        *[[str(at + 1), *KIDS[at], "李某"] for at in range(5, 9)],
        ["合计", "9人", "", ""],
        ["注：本表一式三份，报县财政局一份。"],
        ["单位负责人：张某", "", "制表人：李某", ""],
        ["清溪县民政局", "", "（盖章）", "2026年9月1日"],
    ]
    sheet = only_sheet(read(files.xlsx({"孤儿": rows}), "孤儿.xlsx"))
    count = sheet.rows
    assert sheet.header_rows == (3,)
    assert (count.title, count.header, count.repeated, count.total, count.note) == (2, 1, 1, 2, 1)
    assert (count.records, count.rejected, count.signature) == (9, 0, 2)
    assert sheet.title.startswith("清溪县2026年孤儿")


def test_two_level_header_with_merges_and_without() -> None:
    rows = [
        ["特困人员备案表"],
        ["序号", "基本信息", "", "照料人", ""],
        ["", "姓名", "身份证号码", "姓名", "联系电话"],
        *[[str(at + 1), *KIDS[at], "王某某", "13800138000"] for at in range(8)],
    ]
    merged = {"备案": [(0, 0, 0, 4), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)]}
    for data in (files.xlsx({"备案": rows}, merged), files.csv(rows, "gb18030")):
        sheet = only_sheet(read(data, "特困人员.x"))
        assert sheet.header_rows == (2, 3)
        assert fields(sheet) == {"B": "name", "C": "id_number", "D": "guardian_name", "E": "phone"}


def test_three_level_header() -> None:
    rows = [
        ["序号", "人员信息", "", "", "照料人", ""],
        ["", "姓名", "证件", "", "姓名", "电话"],
        ["", "", "证件类型", "证件号码", "", ""],
        *[[str(at + 1), KIDS[at][0], "居民身份证", KIDS[at][1], "王某某", "13800138000"] for at in range(8)],
    ]
    ranges = [
        (0, 0, 2, 0),
        (0, 1, 0, 3),
        (0, 4, 0, 5),
        (1, 1, 2, 1),
        (1, 2, 1, 3),
        (1, 4, 2, 4),
        (1, 5, 2, 5),
    ]
    sheet = only_sheet(read(files.xlsx({"特困": rows}, {"特困": ranges}), "特困.xlsx"))
    assert sheet.header_rows == (1, 2, 3)
    assert fields(sheet) == {
        "B": "name",
        "C": "id_type",
        "D": "id_number",
        "E": "guardian_name",
        "F": "phone",
    }


def test_cover_sheet_and_empty_sheet_are_named_and_the_list_behind_them_read() -> None:
    data = files.xlsx(
        {"封面": [["清溪县民政局"], ["二〇二六年九月"]], "Sheet2": [], "名单": files.roll_rows()}
    )
    reading = read(data, "学籍信息.xlsx")
    assert [(s.sheet, s.rows.records) for s in reading.sheets] == [(1, 0), (2, 0), (3, 12)]
    assert {(i.sheet, i.code) for i in reading.issues} >= {(1, "sheet.no_list"), (2, "sheet.empty")}
    assert set(reading.records["sheet"]) == {3}


def test_one_list_over_sheets_with_its_header_on_the_first_only() -> None:
    rows = files.roll_rows(20)
    reading = read(files.xlsx({"一": rows[:10], "二": rows[10:]}), "学籍信息.xlsx")
    assert [sheet.rows.records for sheet in reading.sheets] == [9, 11]
    assert [i.sheet for i in reading.issues if i.code == "sheet.header_from_before"] == [2]


def test_hidden_list_is_read_and_reported() -> None:
    reading = read(
        files.xlsx({"一": files.roll_rows(4), "二": files.roll_rows(9)}, hidden=["二"]), "学籍信息.xlsx"
    )
    assert [(s.visible, s.rows.records) for s in reading.sheets] == [(True, 4), (False, 9)]
    assert [i.sheet for i in reading.issues if i.code == "sheet.hidden"] == [2]


def test_without_a_header_content_decides_and_says_so() -> None:
    reading = read(files.csv([[*kid, "男"] for kid in KIDS]), "在校学生花名册.csv")
    assert fields(only_sheet(reading)) == {"A": "name", "B": "id_number", "C": "sex"}
    assert "sheet.no_header" in {issue.code for issue in reading.issues}
    assert list(reading.records["row"]) == list(range(1, 21))


def test_table_that_nobody_understands_asks_for_a_header() -> None:
    reading = read(files.csv([[f"x{at}", f"y{at}", str(at)] for at in range(30)]), "数据.csv")
    assert "sheet.header_not_found" in {issue.code for issue in reading.issues}
    assert only_sheet(reading).rows.nonempty == 30
