"""The papers of cases: opened, read back, counted against the database, masked for who takes them."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn
from python_calamine import CalamineWorkbook

from schemas.records import record_types
from service.cases.rules import Result
from service.notices.documents import text_of
from service.rounds.views import today
from tests.service.plans.steps import act, entered, give, persuading, rename, reported, taken
from tests.service.runs.county import Site

COLUMNS = (
    "序号", "乡镇", "村", "姓名", "性别", "民族", "出生日期", "公民身份号码",
    "户主及关系", "监护人及电话", "名单来源", "人群类别", "预期年级", "系统比对结果", "疑似学籍", "核查方式",
    "核查时间", "核查结果", "原因", "就读学校", "佐证材料编号", "核查人", "审核人", "派出所意见",
    "处理意见", "签字", "",
)  # fmt: skip
"""What a clerk expects on the form."""


def printed(site: Site, number: int, login: str = "verifier") -> bytes:
    who = site.browser(login)
    assert who.get(f"/cases/{number}/print").status_code == 200
    answer = who.post(f"/cases/{number}/print", purpose="入户核查签字")
    assert answer.status_code == 200, answer.text
    data = answer.data
    answer.close()
    return data


def sheet(data: bytes, at: int = 0) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(at).to_python()


def table(data: bytes, at: int = 0) -> list[dict[str, object]]:
    """The rows below title, note and head."""
    _title, _note, head, *rows = sheet(data, at)
    return [dict(zip(head, row, strict=True)) for row in rows]


def of_round(site: Site, what: str, login: str = "officer") -> bytes:
    who = site.browser(login)
    who.get("/prints")
    answer = who.post(f"/prints/{what}", round="1", purpose="联席会议研判")
    assert answer.status_code == 200, answer.text
    data = answer.data
    answer.close()
    return data


def test_the_form_of_a_child_says_what_is_known_of_it(cases_site: Site) -> None:
    site = cases_site
    number = site.one("select id from child_case where kind = 'not_enrolled' order by id limit 1")
    rename(site, number, name="<欧阳>&犇骉", guardian="上官猋羴", phone="18800659931")
    data = printed(site, number, "officer")
    text = text_of(data)
    for column in COLUMNS:
        assert column in text, column
    for said in ("<欧阳>&犇骉", "上官猋羴", "2026-09-", "2026年秋季", "适龄未在学籍", "内部资料"):
        assert said in text, said
    assert any(each.label in text for each in record_types().values() if each.side == "population")
    assert "18800659931" not in text, "masked: the officer asks to see it first"
    assert site.one("select purpose from audit_entry where action = 'case.export'") == "入户核查签字"


def test_the_form_of_a_child_found_by_foot_has_its_result_and_papers(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    text = text_of(printed(site, number))
    for said in ("D03 辍学", "厌学", "报告表 报告表1号", "上门走访", "铁脚板摸排", "verifier", "officer"):
        assert said in text, said
    waiting = taken(site)
    give(site, waiting, "B01")
    act(site, "verifier", waiting, "submit", result=Result("B01", "M04", school_now="城关镇中心小学"))
    assert "B01 本县在校,有学籍(比对遗漏)（待审核）" in text_of(printed(site, waiting))


def test_the_form_fits_a_page_and_is_set_in_chinese(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="阿卜杜热合曼·" * 12, guardian="买买提·" * 20)
    made = docx.Document(BytesIO(printed(site, number)))
    section = made.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    for each in made.tables:
        assert not each.autofit
        widths = [int(column.width) for column in each.columns]
        assert abs(sum(widths) - room) < 635 * len(widths)
    for run in made.element.body.iter(qn("w:r")):
        if any(text.text for text in run.iter(qn("w:t"))):
            assert run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}").get(qn("w:eastAsia")) in ("宋体", "黑体")
    foot = section.footer.paragraphs[0].text
    assert "verifier" in foot
    assert "内部资料" in foot


@pytest.mark.parametrize(
    ("login", "page", "post"),
    [
        ("officer", 200, 200),
        ("verifier", 200, 200),
        ("verifier_1", 404, 404),
        ("leader", 403, 403),
        ("clerk", 403, 403),
    ],
)
def test_who_may_print(cases_seen: Site, login: str, page: int, post: int) -> None:
    (number,) = entered(cases_seen, 1, state="persuading")
    who = cases_seen.browser(login)
    assert who.get(f"/cases/{number}/print").status_code == page
    who.get("/me")
    answer = who.post(f"/cases/{number}/print", purpose="入户核查")
    answer.close()
    assert answer.status_code == post
    may = 200 if login.startswith(("officer", "verifier")) else 403
    assert who.get("/prints").status_code == may


def test_nothing_is_printed_without_a_purpose(cases_seen: Site) -> None:
    (number,) = entered(cases_seen, 1, state="persuading")
    who = cases_seen.browser("officer")
    who.get("/prints")
    assert who.post(f"/cases/{number}/print", purpose="").status_code == 400
    assert who.post("/prints/summary", round="1", purpose="看").status_code == 400
    assert who.post("/prints/summary", round="99", purpose="联席会议研判").status_code == 404


def test_the_summary_counts_every_case_once(cases_site: Site) -> None:
    site = cases_site
    for outcome, given in (
        ("B01", {"school_now": "城关镇中心小学"}),
        ("B01", {"school_now": "城关镇中心小学"}),
        ("A01", {}),
        ("C03", {"expires": today() + timedelta(days=100)}),
        ("E01", {}),
    ):
        reported(site, taken(site), Result(outcome, "M01", **given))
    persuading(site)
    waiting = taken(site)
    give(site, waiting, "B01")
    act(site, "verifier", waiting, "submit", result=Result("B01", "M04", school_now="中心小学"))
    data = of_round(site, "summary")
    rows = {str(row["乡镇"]): row for row in table(data)}
    total = rows.pop("合计")
    assert total["个案数"] == site.one("select count(*) from child_case")
    for column in ("个案数", "未上报", "待审核", "B 已就学", "已销号"):
        assert total[column] == sum(int(row[column]) for row in rows.values()), column
    here = rows["城关镇"]
    groups = {"A 数据或户籍错误": 1, "B 已就学": 2, "C 合法不在校": 1, "D 失学辍学": 1, "E 失联待查": 1}
    states = {"待审核": 1, "已销号": 3, "劝返中": 1, "跟踪中": 1, "失联待查": 1}
    for column, count in {**groups, **states, "其中计入失学辍学": 1}.items():
        assert here[column] == count, column
    parts = ("未上报", "待审核", *(name for name in here if str(name)[:2] in ("A ", "B ", "C ", "D ", "E ")))
    assert here["个案数"] == sum(int(here[name]) for name in parts)  # type: ignore[call-overload]
    by_outcome = {str(row["乡镇"]): row for row in table(data, 1)}
    assert by_outcome["城关镇"]["B01 本县在校,有学籍(比对遗漏)"] == 2
    own = table(of_round(site, "summary", "verifier"))
    assert {str(row["乡镇"]) for row in own} == {"城关镇", "合计"}
    assert "联席会议研判" not in str(sheet(data)[1])
    assert "officer" in str(sheet(data)[1])


def test_the_ledger_of_approvals_has_its_papers_and_ends(cases_site: Site) -> None:
    site = cases_site
    ends = {"C03": today() + timedelta(days=10), "C04": today() + timedelta(days=200), "B09": None}
    numbers = {}
    for outcome, end in ends.items():
        numbers[outcome] = taken(site, groups=["残疾"])
        rename(site, numbers[outcome], name=f"=赵{outcome}")
        given = {"expires": end} if end else {"school_now": "城关镇中心小学(送教)"}
        reported(site, numbers[outcome], Result(outcome, "M01", **given))
    waiting = taken(site)
    give(site, waiting, "C04")
    act(site, "verifier", waiting, "submit", result=Result("C04", "M01", expires=date(2099, 1, 1)))
    rows = table(of_round(site, "approvals", "verifier"))
    assert [row["姓名"] for row in rows] == ["=赵B09", "=赵C03", "=赵C04"]
    assert [row["状态"] for row in rows] == ["长期", "30天内到期", "有效"]
    assert rows[1]["审批材料及编号"] == "批准表 批准表1号；医院证明 医院证明1号"
    assert rows[1]["有效期至"] == ends["C03"].isoformat()  # type: ignore[union-attr]
    assert rows[1]["审核人"] == "officer"
    assert "****" in str(rows[1]["身份证件号码"])
    assert table(of_round(site, "approvals", "verifier_1")) == []
