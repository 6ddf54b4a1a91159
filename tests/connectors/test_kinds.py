"""Kinds and groups: told from names, titles, headers and columns; doubt is asked about."""

from __future__ import annotations

import pytest

from connectors.groups import groups_in, sheet_group
from connectors.kinds import THRESHOLD, recognise
from connectors.read import read
from tests.connectors import files

POVERTY = ["县", "乡", "村", "户编号", "人口编号", "姓名", "证件号码", "与户主关系", "户类型", "监测对象类别"]
REGISTER = ["户号", "姓名", "性别", "出生日期", "公民身份号码", "与户主关系", "户主姓名", "户籍地址"]

KINDS = [
    ("常住人口信息.xlsx", "", REGISTER, "household"),
    ("data.csv", "", [*REGISTER, "注销时间"], "household"),
    ("适龄儿童.xlsx", "", ["姓名", "性别", "公民身份号码", "户籍地址"], "household"),
    ("导出.xlsx", "", POVERTY, "poverty"),
    ("脱贫户信息.xlsx", "", ["乡", "村", "户编号", "姓名", "证件号码"], "poverty"),
    ("2026年城镇低保全部备案表.xls", "", ["姓名", "身份证号", "低保证号"], "civil_affairs"),
    ("低收入人口花名册.xlsx", "", ["姓名", "身份证号", "住址"], "civil_affairs"),
    ("花名册.xls", "孤儿基本生活费发放花名册", ["姓名", "身份证号", "监护人"], "civil_affairs"),
    ("名单.xlsx", "城乡特困人员备案表", ["姓名", "身份证号", "供养方式"], "civil_affairs"),
    ("持证名单.xlsx", "", ["姓名", "残疾人证号", "残疾类别", "残疾等级"], "disability"),
    ("在校生信息.csv", "", ["学生姓名", "身份证件号", "学校名称", "年级", "班级", "全国学籍号"], "roll"),
    ("data.csv", "", ["姓名", "身份证件号", "学校", "年级", "学籍状态", "入学年月", "就读方式"], "roll"),
    ("县外就读学生名册.xlsx", "", ["学籍号", "姓名", "身份证号码", "就读学校", "年级"], "roll"),
    ("县外就读回函.xlsx", "", ["姓名", "身份证号", "就读学校", "是否在校"], "attendance"),
    ("在校学生花名册.xlsx", "", ["学校", "年级", "班级", "姓名", "性别", "身份证号"], "attendance"),
    ("名册.xlsx", "", ["班级", "姓名", "性别", "是否到校"], "attendance"),
]


@pytest.mark.parametrize(("file", "title", "header", "kind"), KINDS)
def test_kind_is_recognised(file: str, title: str, header: list[str], kind: str) -> None:
    from connectors.headings import interpret

    fields = {interpret(each).field for each in header} - {""}
    guess = recognise(file, "Sheet1", title, header, fields, "person")
    assert guess.kind == kind
    assert guess.confidence >= THRESHOLD


@pytest.mark.parametrize("header", [["姓名", "身份证号"], ["姓名", "性别", "身份证号", "备注"]])
def test_a_bare_list_is_below_the_threshold(header: list[str]) -> None:
    assert (
        recognise("名单.xlsx", "Sheet1", "", header, {"name", "id_number"}, "person").confidence < THRESHOLD
    )


def test_what_the_user_says_counts() -> None:
    reading = read(files.csv(files.roll_rows()), "学籍信息.csv", kind="attendance")
    assert (reading.kind, reading.confidence) == ("attendance", 1.0)


def test_a_doubtful_sheet_follows_a_sure_one_of_the_same_columns() -> None:
    rows = [["姓名", "身份证号"], *[list(files.child(at)) for at in range(8)]]
    more = [["姓名", "身份证号"], *[list(files.child(at)) for at in range(8, 14)]]
    reading = read(files.xlsx({"农村低保": rows, "Sheet2": more}), "名单.xlsx")
    assert [sheet.kind for sheet in reading.sheets] == ["civil_affairs", "civil_affairs"]


GROUPS = [
    ("2026年9月份农村低保备案表", ("农村低保",)),
    ("城镇居民最低生活保障", ("城市低保",)),
    ("孤儿及事实无人抚养儿童", ("事实无人抚养", "孤儿")),
    ("城乡特困人员", ("特困",)),
    ("脱贫不稳定户", ("脱贫不稳定户",)),
    ("边缘易致贫户", ("边缘易致贫户",)),
    ("脱贫户", ("脱贫户",)),
    ("非脱贫户", ()),
    ("防止返贫致贫监测对象信息", ("监测对象",)),
    ("监测对象：突发严重困难户", ("突发严重困难户",)),
    ("建档立卡户", ("脱贫户",)),
    ("一般户", ()),
    ("", ()),
]


@pytest.mark.parametrize(("text", "groups"), GROUPS)
def test_groups_in_words(text: str, groups: tuple[str, ...]) -> None:
    assert groups_in(text) == groups


def test_the_nearest_place_that_names_one_group_decides() -> None:
    file = "孤儿及事实无人抚养儿童.xls"
    assert sheet_group("orphans", ("孤儿", "发放花名册", file)) == "孤儿"
    assert sheet_group("orphans", ("Sheet1", "事实无人抚养儿童花名册", file)) == "事实无人抚养"
    assert sheet_group("orphans", ("Sheet1", "", file)) == "困境"


def test_groups_of_each_row_come_before_the_group_of_the_list() -> None:
    said = ["脱贫户", "脱贫不稳定户", "", "一般户", "边缘易致贫户", "脱贫户"]
    rows = [
        ["姓名", "证件号码", "户编号", "户类型"],
        *[[*files.child(at), f"H{at}", each] for at, each in enumerate(said)],
    ]
    records = read(files.csv(rows), "脱贫户信息.csv").records
    assert list(records["group"]) == ["脱贫户", "脱贫不稳定户", "脱贫户", "", "边缘易致贫户", "脱贫户"]


def test_yes_under_a_header_that_names_a_group() -> None:
    rows = [["姓名", "身份证号", "是否建档立卡", "低保类别"]]
    rows += [[*files.child(at), "是" if at % 2 else "否", "农村低保"] for at in range(6)]
    records = read(files.csv(rows), "低保名单.csv").records
    assert list(records["group"]) == ["农村低保", "农村低保;脱贫户"] * 3


def test_disability_is_told_by_columns_or_by_the_number() -> None:
    name, number = files.child(3)
    rows = [
        ["姓名", "残疾人证号", "残疾类别", "残疾等级"],
        [name, number + "53", "", ""],
        [name, number + "44B1", "智力残疾", "贰级"],
    ]
    records = read(files.csv(rows), "持证残疾人.csv").records
    assert list(records["group"]) == ["残疾:智力三级", "残疾:智力二级"]
    assert list(records["id_number"]) == [number, number]


def test_a_sheet_that_is_sure_of_its_kind_does_not_follow_another() -> None:
    header, *rows = files.school_rows(files.ROSTER)
    sheets = {"学籍名单": rows, "在校学生花名册": rows[5:], "三(2)班": rows[10:]}
    reading = read(files.xlsx({name: [header, *each] for name, each in sheets.items()}), "第一小学.xlsx")
    assert [each.kind for each in reading.sheets] == ["roll", "attendance", "attendance"]
