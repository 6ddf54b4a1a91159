"""Children in no class never come in as pupils, whatever the columns of their list."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.layout import Layout, SheetLayout, draft_of, load
from connectors.out_of_school import out_of_school, said_gone
from connectors.read import read
from connectors.reading import Reading
from tests.connectors import files


def refused(reading: Reading) -> bool:
    assert all(sheet.rows.balanced for sheet in reading.sheets)
    return "sheet.out_of_school" in {issue.code for issue in reading.issues}


OUT = [
    "疑似辍学学生名单",
    "流失学生花名册",
    "退学学生花名册",
    "转出学生名单",
    "死亡学生名单",
    "小学毕业生花名册",
    "失学儿童花名册",
    "名在人不在学生名单",
    "在籍不在校学生名单",
    "劝返学生名单",
    "小升初未报到学生名单",
    "初中招生录取学生名单",
    "延缓入学学生花名册",
    "开除学籍学生花名册",
]
NOT_THERE = ["休学学生名单", "长期缺课学生名单", "转学学生名单", "请假学生花名册"]
"""On a roll they may stand, and be enrolled; in class they are not."""

PUPILS = [
    "在校学生花名册",
    "在校学生花名册(不含休学、转出学生)",
    "学生名单（已剔除毕业、流失）",
    "毕业班学生花名册",
    "零辍学学校学生花名册",
    "控辍保学在校学生花名册",
    "停课不停学学生名单",
    "送教上门学生名单",
    "一年级新生花名册",
    "县招生办在籍学生名单",
]


@pytest.mark.parametrize("place", ["file", "sheet", "title"])
@pytest.mark.parametrize("name", [*OUT, *NOT_THERE, *PUPILS])
def test_a_roster_by_its_name(name: str, place: str) -> None:
    rows = files.school_rows(files.ROSTER)
    sheet, titles = (name if place == "sheet" else "Sheet1"), ([[name]] if place == "title" else [])
    sent = files.xlsx({sheet: [*titles, *rows]})
    reading = read(sent, f"{name}.xlsx" if place == "file" else "附件1.xlsx")
    if name in PUPILS:
        assert not refused(reading), reading.issues
    else:
        assert reading.records.empty
    if name in NOT_THERE or name in OUT:
        assert refused(reading) or reading.kind == ""


@pytest.mark.parametrize("name", OUT)
def test_no_roll_of_those_who_have_left_enrols_anybody(name: str) -> None:
    assert read(files.xlsx({"学籍": files.school_rows(files.ROLL)}), "学籍信息.xlsx").kind == "roll"
    assert refused(read(files.xlsx({"学籍": files.school_rows(files.ROLL)}), f"{name}-学籍信息.xlsx"))


def test_who_is_on_leave_is_on_the_roll() -> None:
    reading = read(files.xlsx({"休学": files.school_rows(files.ROLL)}), "学籍信息.xlsx")
    assert (reading.kind, len(reading.records)) == ("roll", 25)


BOOK = {
    "在校学生花名册": files.school_rows(files.ROSTER),
    "转出": [files.school_rows(files.ROSTER)[0], *files.school_rows(files.ROSTER)[20:]],
}


def test_a_sheet_of_those_who_left_beside_the_roster_is_left_out() -> None:
    reading = read(files.xlsx(BOOK), "第一小学.xlsx")
    assert refused(reading)
    assert set(reading.records["sheet"]) == {1}
    (issue,) = (each for each in reading.issues if each.code == "sheet.out_of_school")
    assert (issue.sheet, issue.values["word"], issue.values["n"]) == (2, "转出", 6)


def test_what_is_said_of_the_file_is_not_said_of_such_a_sheet() -> None:
    assert set(read(files.xlsx(BOOK), "第一小学.xlsx", kind="attendance").records["sheet"]) == {1}


def test_who_says_the_kind_has_looked() -> None:
    sent, name = files.xlsx({"Sheet1": files.school_rows(files.ROSTER)}), "劝返复学学生名单.xlsx"
    assert refused(read(sent, name))
    assert len(read(sent, name, kind="attendance").records) == 25
    sheets = tuple(SheetLayout(number, "", (1,), "person", kind="attendance") for number in (1, 2))
    said = Layout("第一小学", "attendance", "*", sheets)
    assert set(read(files.xlsx(BOOK), "第一小学.xlsx", layouts=[said]).records["sheet"]) == {1, 2}


def test_a_layout_says_it_of_one_sheet(tmp_path: Path) -> None:
    """The way out that the issue names: a draft, with the kind written under the sheet."""
    name = "第一小学.xlsx"
    sent = files.xlsx({"劝返复学": files.school_rows(files.ROSTER)})
    path = tmp_path / "layout.toml"
    path.write_text(draft_of(read(sent, name)).replace('kind = ""', 'kind = "attendance"', 1), "utf-8")
    assert refused(read(sent, name, layouts=[load(path)])), "of the file it is said, of the sheet it is not"
    path.write_text(draft_of(read(sent, name)).replace('kind = ""', 'kind = "attendance"'), "utf-8")
    assert len(read(sent, name, layouts=[load(path)]).records) == 25


def test_residents_in_no_school_are_what_is_looked_for() -> None:
    rows = [["户主姓名", "姓名", "公民身份号码", "户籍地址"]]
    rows += [[files.adult(at)[0], *files.child(at), f"清溪镇一村{at}号"] for at in range(25)]
    reading = read(files.xlsx({"失学儿童": rows}), "户籍人口(未入学).xlsx")
    assert (reading.kind, len(reading.records)) == ("household", 25)
    assert out_of_school("户籍人口(未入学)", "household") == ""


REMARKS = {
    "辍学": "辍学",
    "已转出": "转出",
    "2026年3月转出至县外": "转出",
    "转学到邻县": "转学",
    "该生已转学": "转学",
    "父母外出，本人失踪": "失踪",
    "随父母外出打工辍学": "辍学",
    "父母失联辍学在家": "辍学",
    "辍学，劝返未复学": "辍学",
    "转学返回原籍，已转出": "转出",
    "哥哥已退学": "",
    "病故": "病故",
    "父亲死亡，母亲失联": "",
    "母亲离校接送": "",
    "未流失": "",
    "无辍学风险": "",
    "辍学，已劝返复学": "",
    "从县外转入": "",
    "从县一小转出，转入我校": "",
    "转出，转入邻县小学": "转出",
    "转出后又转回": "",
    "留守儿童": "",
    "户口不在本县": "",
    "户口已转出": "",
    "学籍不在我校": "",
    "毕业于县幼儿园": "",
    "": "",
}
ABSENT = {
    "休学期满未复学": "休学",
    "开学未返校": "未返校",
    "未返校，待复学": "未返校",
    "查无此人": "查无",
    "非我校学生": "非我校",
    "未在我县就读": "未在我县",
    "休学": "休学",
    "开学未到校": "未到校",
    "长期请假": "长期请假",
    "请假": "",
    "不在校": "不在校",
}


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_that_says_a_pupil_has_gone(remark: str) -> None:
    assert said_gone(remark, "roll") == REMARKS[remark]
    assert said_gone(remark, "attendance") == REMARKS[remark]


@pytest.mark.parametrize("remark", ABSENT)
def test_a_remark_that_says_a_pupil_is_not_in_class(remark: str) -> None:
    assert said_gone(remark, "roll") == ""
    assert said_gone(remark, "attendance") == ABSENT[remark]


@pytest.mark.parametrize(
    ("header", "name", "column", "said"),
    [
        (files.ROSTER, "在校学生花名册", "attends", "否 备注:辍学"),
        (files.ROLL, "学籍信息", "status", "在读 备注:辍学"),
    ],
)
def test_what_a_remark_says_is_heeded_and_told(header: list[str], name: str, column: str, said: str) -> None:
    first, *rows = files.school_rows(header)
    states = ["学生状态"] if column == "status" else []
    sent = [[*first, *states, "备注"]]
    sent += [
        [*row, *(["在读"] if states else []), "辍学" if at in (3, 9) else "住校"]
        for at, row in enumerate(rows)
    ]
    reading = read(files.xlsx({"Sheet1": sent}), f"{name}.xlsx")
    found = reading.records.set_index("row")[column]
    assert set(found[[5, 11]]) == {said}
    assert set(found.drop([5, 11])) == {"在读" if states else ""}
    (issue,) = (each for each in reading.issues if each.code.startswith("sheet.gone_in"))
    assert "有 2 人的备注写着“辍学”(第 5、11 行" in issue.message()


ANSWERS = {
    "县外就读核实回函": (
        ["是", "是", "否", "", "是", ""],
        "核实结果",
        ["是", "是", "否", "未答复", "是", "未答复"],
    ),
    "县外就读反馈": (["", "", "", "查无此人", "", ""], "就读情况", ["", "", "", "查无此人", "", ""]),
    "在校学生花名册": (["是", "是", "否", "", "是", ""], "是否在校", ["是", "是", "否", "", "是", ""]),
}
"""Name of the list, what stands there, under which header, and what is read."""


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_county_does_not_answer_is_no_yes(name: str) -> None:
    answers, header, expected = ANSWERS[name]
    rows = [["姓名", "身份证号", "就读学校", "年级", header]]
    rows += [[*files.child(at), "邻县一小", "三年级", each] for at, each in enumerate(answers)]
    reading = read(files.xlsx({"Sheet1": rows}), f"{name}.xlsx")
    assert reading.kind == "attendance"
    assert reading.records["attends"].tolist() == expected
    assert ("sheet.unanswered" in {each.code for each in reading.issues}) == ("未答复" in expected)
