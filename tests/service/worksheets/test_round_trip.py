"""A worksheet goes out, is filled in by a spreadsheet program, comes back, is shown, and then counts."""

from __future__ import annotations

import io
import re
from typing import Any

import pandas as pd
import pytest

from tests.service.cases.desk import agency_of, facts, give, picture, step
from tests.service.runs.county import Site, township_code
from tests.service.worksheets.program import META, Filled, write
from tests.web import Browser

SUBMIT = {
    "处理": "上报",
    "核查结果": "B06 省外就读,无学籍",
    "核查方式": "M02 电话",
    "核查日期": "2026-09-18",
    "联系对象": "父亲",
    "是否联系上": "是",
    "情况说明": '=HYPERLINK("x")随父在外省上学',
    "现就读学校": "外省某市第三小学四年级",
}


def taken_out(who: Browser, **form: str) -> Filled:
    who.get("/rounds/1/worksheet")
    with who.post("/rounds/1/worksheet/download", **{"purpose": "离线核查", **form}) as sent:
        assert sent.status_code == 200, sent.text
        return Filled(sent.data)


def sent_back(who: Browser, data: bytes, round_id: int = 1) -> Any:
    who.get(f"/rounds/{round_id}/worksheet")
    return who.post(f"/rounds/{round_id}/worksheet", file=(io.BytesIO(data), "填好.xlsx"))


def looked_at(who: Browser, data: bytes) -> tuple[str, str]:
    """Where the changes are shown, and the page."""
    answer = sent_back(who, data)
    assert answer.status_code == 303, answer.text
    return answer.location, who.get(answer.location).text


def read_excel(data: bytes) -> list[str]:
    """What a receipt says of each case."""
    table = pd.read_excel(io.BytesIO(data), header=2, dtype=str, engine="calamine")
    return list(table["说明"])


@pytest.fixture
def desk(cases_site: Site) -> tuple[Site, Browser, Browser, list[int]]:
    """The county, its officer, a township with its two cases."""
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    own = [
        row[0]
        for row in site.rows(
            "select id from child_case where region_code in (:a, :b) order by no",
            a=township_code(0),
            b=township_code(0)[:6],
        )
    ][:2]
    if len(own) < 2:
        other = site.one("select id from child_case where id <> :n order by no limit 1", n=own[0])
        site.rows_changed(f"update child_case set region_code = '{township_code(0)}' where id = {other}")
        own.append(other)
    for case_id in own:
        give(site, officer, case_id)
    return site, officer, verifier, own


def number(site: Site, case_id: int) -> str:
    return f"2026-09-{site.one('select no from child_case where id = :n', n=case_id):04d}"


def test_the_worksheet_holds_the_own_cases_locked_and_with_lists(desk) -> None:
    site, officer, verifier, own = desk
    filled = taken_out(verifier)
    assert set(filled.rows()) == {number(site, each) for each in own}
    assert "sheetProtection" in str([each.tag for each in filled.sheet])
    row = filled.rows()[number(site, own[0])]
    assert filled.locked(row, "姓名")
    assert not filled.locked(row, "核查结果")
    assert filled.hidden("校验")
    wanted = {"处理", "核查结果", "原因一", "原因二", "核查方式", "是否联系上", "佐证种类"}
    assert {filled.heads[each] for each in wanted} <= filled.lists()
    assert filled.states[META] == "veryHidden"
    numbers = {filled.at(each, "证件号码") for each in filled.rows().values()}
    assert not any(re.fullmatch(r"\d{17}[\dX]", each or "") for each in numbers), "masked"
    assert site.one("select purpose from audit_entry where action = 'case.export'") == "离线核查"
    with officer.post(
        "/rounds/1/worksheet/download", purpose="离线核查", agency=str(agency_of(site, "verifier"))
    ) as sent:
        assert sent.status_code == 200
    assert site.browser("clerk").get("/rounds/1/worksheet").status_code == 403
    other = site.browser("verifier_1")
    other.get("/rounds/1/worksheet")
    assert other.post("/rounds/1/worksheet/download", purpose="离线核查").status_code == 400, (
        "nothing to fill in"
    )


def test_a_filled_worksheet_is_shown_then_taken(desk) -> None:
    """The outcome goes in by the same rules; what lacks evidence is put aside and said plainly."""
    site, _, verifier, own = desk
    filled = taken_out(verifier)
    rows = filled.rows()
    paper = {"佐证种类": "就读证明", "佐证编号": "外校证字12号"}
    filled.put(rows[number(site, own[0])], SUBMIT | paper)
    place, page = looked_at(verifier, filled.data())
    for said in ("B06 省外就读,无学籍", "外省某市第三小学四年级", "现在还没有改动任何个案", "外校证字12号"):
        assert said in page, said
    assert facts(site, own[0])[0] == "assigned", "nothing is taken yet"
    done = verifier.post(f"{place}/take")
    assert done.status_code == 303
    assert facts(site, own[0])[:3:2] == ("verifying", None), "B06 needs a telephone number on paper too"
    with verifier.get(f"{done.location}/file") as sent:
        told = read_excel(sent.data)
    assert any("缺佐证（联系方式），已暂存" in str(each) for each in told)
    assert site.one("select count(*) from contact") == 1
    assert verifier.post(f"{place}/take").status_code == 409, "taken once"
    assert "外省某市第三小学四年级" in verifier.get(f"/cases/{own[0]}").text, "the form holds the draft"
    filled = taken_out(verifier)
    row = filled.rows()[number(site, own[0])]
    assert filled.at(row, "核查结果") == SUBMIT["核查结果"]
    filled.put(row, {"处理": "上报", "佐证种类": "联系方式", "佐证编号": "13900000000"})
    place, _ = looked_at(verifier, filled.data())
    assert verifier.post(f"{place}/take").status_code == 303
    assert facts(site, own[0])[:3:2] == ("submitted", "B06")
    assert facts(site, own[1])[0] == "assigned", "an empty row changes nothing"


def test_a_row_changed_on_both_sides_is_a_conflict_to_decide(desk) -> None:
    site, _, verifier, own = desk
    filled = taken_out(verifier)
    row = filled.rows()[number(site, own[0])]
    filled.put(row, {"处理": "暂存", "核查结果": "E04 名单信息不全无法核实", "核查方式": "M02 电话"})
    assert step(site, verifier, own[0], "verify/accept") == 303
    assert picture(verifier, own[0]) == 303
    told = {"outcome": "B01", "method": "M04", "school_now": "青禾县城关镇中心小学"}
    assert step(site, verifier, own[0], "verify/submit", **told) == 303
    assert step(site, site.browser("leader"), own[0], "decide/refuse", note="再核") == 303
    place, page = looked_at(verifier, filled.data())
    assert "冲突" in page
    assert "审核退回" in page, "what happened meanwhile is said"
    assert "分派，" not in page, "and nothing of before"
    version = facts(site, own[0])[1]
    undecided = verifier.post(f"{place}/take")
    assert undecided.status_code == 303
    assert facts(site, own[0])[1] == version
    for decision, changed in (("theirs", False), ("mine", True)):
        place, _ = looked_at(verifier, filled.data())
        done = verifier.post(f"{place}/take", **{f"row-{own[0]}": decision})
        assert done.status_code == 303
        assert (facts(site, own[0])[1] > version) == changed, decision
    kinds = [
        row[0] for row in site.rows("select kind from case_event where case_id = :n order by id", n=own[0])
    ]
    assert kinds[-1] == "draft"


def test_each_wrong_cell_is_named_with_what_to_do(desk) -> None:
    site, _, verifier, own = desk
    filled = taken_out(verifier)
    row = filled.rows()[number(site, own[0])]
    wrong = {
        "处理": "上报", "核查结果": "Z99 别的", "原因一": "R77", "核查方式": "", "核查日期": "昨天",
        "是否联系上": "可能",
        "佐证种类": "学籍截图", "说明有效期至": "2026-13-01",
    }  # fmt: skip
    filled.put(row, wrong)
    filled.put(filled.rows()[number(site, own[1])], {"处理": "退回"})
    place, page = looked_at(verifier, filled.data())
    for head in (
        "核查结果",
        "原因一",
        "核查方式",
        "核查日期",
        "是否联系上",
        "佐证编号",
        "说明有效期至",
        "退回理由",
    ):
        assert f"<strong>{head}</strong>" in page, head
    assert f"第 {row} 行" in page
    assert "确认采用" not in page
    assert verifier.post(f"{place}/take").status_code == 303
    assert [facts(site, each)[0] for each in own] == ["assigned", "assigned"]


def test_rows_that_were_moved_are_refused(desk) -> None:
    """Names sorted without their numbers would give one child's answer to another."""
    site, _, verifier, own = desk
    filled = taken_out(verifier)
    one, two = (filled.rows()[number(site, each)] for each in own)
    names = filled.at(one, "姓名"), filled.at(two, "姓名")
    filled.put(one, {"姓名": names[1]})
    filled.put(two, {"姓名": names[0]})
    filled.put(one, {"处理": "暂存", "情况说明": "x"})
    _, page = looked_at(verifier, filled.data())
    assert page.count("锁定内容被改动") == 2


def test_hand_back_by_worksheet(desk) -> None:
    site, _, verifier, own = desk
    filled = taken_out(verifier)
    filled.put(filled.rows()[number(site, own[1])], {"处理": "退回", "退回理由": "不在本镇"})
    place, _ = looked_at(verifier, filled.data())
    assert verifier.post(f"{place}/take").status_code == 303
    assert facts(site, own[1])[0] == "open"


def test_files_that_are_not_this_worksheet_are_refused_with_words(desk) -> None:
    site, officer, verifier, _ = desk
    filled = taken_out(verifier)
    good = filled.data()
    into = io.BytesIO()
    pd.DataFrame({"姓名": ["甲"]}).to_excel(into, engine="xlsxwriter")
    forged = Filled(good)
    write(forged.cells(4, META)[2], str(agency_of(site, "verifier_1")))
    headless = Filled(good)
    headless.drop_column("核查结果")
    for data, said in (
        (into.getvalue(), "这不是本系统发出的核查表"),
        (b"a,b\n1,2\n", "不是完好的 xlsx"),
        (good[:2000], "不是完好的 xlsx"),
        (forged.data(), "这不是本系统发出的核查表"),
        (headless.data(), "核查表缺少列：核查结果"),
    ):
        answer = sent_back(verifier, data)
        assert (answer.status_code, said in answer.text) == (400, True), said
    other = site.browser("verifier_1")
    answer = sent_back(other, good)
    assert (answer.status_code, "发给其他单位" in answer.text) == (400, True)
    site.rows_changed(
        "insert into round (name, region_code, as_of, school_year, state, created_by, version)"
        " select '另一批', region_code, as_of, school_year, 'verifying', created_by, 1 from round"
    )
    answer = sent_back(verifier, good, 2)
    assert (answer.status_code, "另一批次" in answer.text) == (400, True)
    assert site.one("select count(*) from worksheet_return") == 0
    place, _ = looked_at(officer, good)
    assert verifier.get(place).status_code == 404, "nobody takes what somebody else sent"
    assert officer.post(f"{place}/drop").status_code == 303
    assert officer.post(f"{place}/take").status_code == 409


def test_what_looks_like_a_formula_stays_text(desk) -> None:
    site, _, verifier, own = desk
    site.rows_changed(f"update child_case set school = '=1+1', village = '@SUM(A1)' where id = {own[0]}")
    filled = taken_out(verifier)
    row = filled.rows()[number(site, own[0])]
    assert filled.at(row, "最后就读学校") == "=1+1"
    assert not [cell for cell in filled.sheet.iter() if cell.tag.endswith("}f")], "no formula anywhere"
