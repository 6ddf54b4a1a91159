"""One plan a child: two lines in charge, measures with what came of them, history; by its pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from service.agencies.models import Agency
from service.cases.rules import case_of
from service.errors import ConflictError, InvalidError
from service.plans import rules
from service.plans.rules import Charge, PlanStaleError
from service.privacy.custody import cipher_of
from service.rounds.views import today
from tests.service.plans.steps import entered, persuading, rename
from tests.service.runs.county import Site
from tests.web import Browser, statements

DAY = date(2026, 10, 1)


def agency(site: Site, kind: str) -> int:
    with site.acting("officer", "case.view") as (session, _):
        return session.query(Agency.id).filter_by(kind=kind).order_by(Agency.id).first()[0]


def charge(site: Site, **changes: Any) -> Charge:
    told = {
        "government_id": agency(site, "township"),
        "government_person": "王镇长 13800000000",
        "education_id": agency(site, "education"),
        "education_person": "李主任",
        "aim": "国庆前返校",
    }
    return Charge(**{**told, **changes})


def save(site: Site, number: int, said: Charge, seen: int = 0, login: str = "verifier") -> int:
    with site.acting(login, "plan.edit") as (session, who):
        cipher = cipher_of(site.settings)
        return rules.save(session, cipher, who, case_of(session, number), said, seen).version


def test_a_plan_is_made_once_and_changed_by_who_saw_it(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    version = save(site, number, charge(site))
    assert version == 1
    with pytest.raises(PlanStaleError):
        save(site, number, charge(site, aim="别的"))
    later = save(site, number, charge(site, aim="月底前返校"), version)
    assert later > version
    with pytest.raises(PlanStaleError):
        save(site, number, charge(site), version)
    assert site.one("select count(*) from plan") == 1
    sealed = site.rows("select government_person, aim from plan")[0]
    assert all("镇长".encode() not in bytes(each) and "返校".encode() not in bytes(each) for each in sealed)
    assert site.one("select count(*) from case_event where kind = 'plan'") == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"government_id": None}, "government_person"),
        ({"government_person": " "}, "government_person"),
        ({"education_person": ""}, "education_person"),
        ({"government_id": 999_999}, "government_id"),
        ({"education_person": "长" * 61}, "education_person"),
        ({"aim": "长" * 1001}, "aim"),
    ],
)
def test_half_a_plan_is_sent_back(cases_seen: Site, changes: dict[str, Any], field: str) -> None:
    (number,) = entered(cases_seen, 1, state="persuading")
    with pytest.raises(InvalidError) as refused:
        save(cases_seen, number, charge(cases_seen, **changes))
    assert refused.value.details["field"] == field


def test_a_case_that_nobody_holds_has_no_plan(cases_seen: Site) -> None:
    for state in ("open", "carried"):
        (number,) = entered(cases_seen, 1, state=state)
        with pytest.raises(ConflictError, match="不能办理"):
            save(cases_seen, number, charge(cases_seen))


def test_a_measure_without_result_raises_the_tier_at_the_third(cases_site: Site) -> None:
    """Persuasions that failed count; help with lessons does not. What a person has set stays."""
    site, cipher = cases_site, cipher_of(cases_site.settings)
    number, by_hand = entered(site, 2, state="persuading", reasons=["R01"])
    officer = site.identity("officer").account_id
    tiers = []
    with site.acting("officer", "case.verify") as (session, _):
        case_of(session, by_hand).tier_by = officer
    for case_id in (number, by_hand):
        for code in ("P04", "P01", "P02", "P03"):
            with site.acting("verifier", "plan.edit") as (session, who):
                case = case_of(session, case_id)
                made = rules.add_measure(session, cipher, who, case, code, DAY, "班主任")
                rules.finish_measure(session, cipher, who, case, made, DAY, False, "未同意", DAY)
                tiers.append(case.tier)
    assert tiers == ["low", "middle", "middle", "high", "low", "low", "low", "low"]


def test_what_came_of_a_measure_is_recorded_once_and_not_before(cases_site: Site) -> None:
    site, cipher, number = cases_site, cipher_of(cases_site.settings), persuading(cases_site)
    with site.acting("verifier", "plan.edit") as (session, who):
        case = case_of(session, number)
        with pytest.raises(InvalidError, match="措施"):
            rules.add_measure(session, cipher, who, case, "P00", DAY, "班主任")
        with pytest.raises(InvalidError, match="由谁"):
            rules.add_measure(session, cipher, who, case, "P01", DAY, " ")
        made = rules.add_measure(session, cipher, who, case, "P01", DAY, "班主任")
        with pytest.raises(InvalidError, match="晚于今天"):
            rules.finish_measure(session, cipher, who, case, made, DAY + timedelta(days=1), True, "同意", DAY)
        with pytest.raises(InvalidError, match="效果"):
            rules.finish_measure(session, cipher, who, case, made, DAY, True, " ", DAY)
        rules.finish_measure(session, cipher, who, case, made, DAY, True, "同意", DAY)
        with pytest.raises(ConflictError, match="已由他人登记"):
            rules.finish_measure(session, cipher, who, case, made, DAY, True, "同意", DAY)


def come_back(who: Browser, number: int) -> None:
    """Record by the page that the child has been back for twenty days."""
    back = {"returned_on": (today() - timedelta(days=20)).isoformat(), "school": "中心小学", "grade": "5"}
    assert who.post(f"/cases/{number}/return", **back, why="商定").status_code == 303


def found_gone(site: Site, who: Browser, number: int) -> None:
    """Record by the page that the first follow-up has found the child out of school again."""
    first = site.one("select min(id) from follow_up")
    look = {
        "day": today().isoformat(),
        "attending": "0",
        "said": "又未到校",
        "method": "M01",
        "reasons": "R04",
    }
    assert who.post(f"/cases/{number}/follow-ups/{first}", **look).status_code == 303


def test_by_its_pages_a_plan_is_made_done_and_looked_after(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="<阿依>&“古丽”")
    who, here = site.browser("verifier"), f"/cases/{number}/plan"
    page = who.get(here)
    assert page.status_code == 200
    assert "&lt;阿依&gt;&amp;" in page.text
    told = vars_of(charge(site))
    assert who.post(here, version="0", **told).status_code == 303
    page = who.get(here).text
    for said in ("城关镇人民政府 王镇长", "国庆前返校", "玉树办法", "劝返中", "制定、修改方案"):
        assert said in page, said
    assert (
        who.post(f"/cases/{number}/measures", code="P01", planned="2026-09-01", person="班主任").status_code
        == 303
    )
    assert "已逾期" in who.get(here).text
    done = {"done": today().isoformat(), "worked": "1", "result": "家长同意 <b>"}
    assert who.post(f"/cases/{number}/measures/1", **done).status_code == 303
    assert "家长同意 &lt;b&gt;" in who.get(here).text
    come_back(who, number)
    page = who.get(here).text
    assert "D08" in page
    assert "稳定期还没有满" in page
    listed = who.get("/plans").text
    assert "逾期 13 天" in listed
    assert f"/cases/{number}/plan" in listed
    found_gone(site, who, number)
    page = who.get(here).text
    assert "D09" in page
    assert "再次离校" in page
    actions = site.rows("select action from audit_entry where subject = 'case' order by number")
    assert ("plan.edit",) in actions
    assert ("case.verify",) in actions


@pytest.mark.parametrize(
    ("state", "advice"), [("closed", "请审核人员重新打开"), ("submitted", "请审核人员退回")]
)
def test_who_finds_a_child_gone_again_is_told_what_to_do_with_its_case(
    cases_site: Site, state: str, advice: str
) -> None:
    site, number = cases_site, persuading(cases_site)
    who, here = site.browser("verifier"), f"/cases/{number}/plan"
    who.get(here)
    come_back(who, number)
    # Only the state: how a case comes there is told elsewhere.
    site.rows_changed("update child_case set state = :s where id = :n", s=state, n=number)
    found_gone(site, who, number)
    assert advice in who.get(here).text


def vars_of(said: Charge) -> dict[str, str]:
    return {name: str(getattr(said, name)) for name in Charge.__slots__}


def test_a_form_that_is_wrong_or_too_late_comes_back_with_what_was_said(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    who, here = site.browser("verifier"), f"/cases/{number}/plan"
    who.get(here)
    told = vars_of(charge(site))
    looks = f"select count(*) from audit_entry where action = 'child.view' and subject_id = 'case/{number}'"
    before = site.one(looks)
    wrong = who.post(here, version="0", **{**told, "education_person": ""})
    assert wrong.status_code == 422
    assert site.one(looks) == before + 1, "it shows the child"
    assert "请填写教育线" in wrong.text
    assert "王镇长" in wrong.text
    assert who.post(here, version="0", **told).status_code == 303
    late = who.post(here, version="0", **{**told, "aim": "我的改法"})
    assert late.status_code == 409
    assert "我的改法" in late.text, "mine"
    assert "国庆前返校" in late.text, "and what stands there now"
    assert who.post(f"/cases/{number}/measures", code="P01", planned="x", person="我").status_code == 422
    assert who.post(f"/cases/{number}/return", returned_on="", school="").status_code == 422


@pytest.mark.parametrize(
    ("login", "page", "post"),
    [
        ("officer", 200, 422),
        ("verifier", 200, 422),
        ("verifier_1", 404, 404),
        ("leader", 200, 403),
        ("member", 200, 403),
        ("auditor", 200, 403),
        ("clerk", 404, 403),
        ("sysadmin", 403, 403),
    ],
)
def test_who_may_see_a_plan_and_who_may_write_it(planned: tuple[Site, int], login, page, post) -> None:
    site, number = planned
    who = site.browser(login)
    assert who.get(f"/cases/{number}/plan").status_code == page
    who.get("/me")
    assert who.post(f"/cases/{number}/measures", code="", planned="", person="").status_code == post


@pytest.fixture(scope="module")
def planned(cases_seen: Site) -> tuple[Site, int]:
    """A case with a plan and a measure whose result names the family."""
    site, cipher, number = cases_seen, cipher_of(cases_seen.settings), persuading(cases_seen)
    rename(site, number, name="欧阳犇骉", guardian="上官猋羴")
    save(site, number, charge(site))
    with site.acting("verifier", "plan.edit") as (session, who):
        case = case_of(session, number)
        made = rules.add_measure(session, cipher, who, case, "P01", DAY, "班主任")
        rules.finish_measure(session, cipher, who, case, made, DAY, False, "其母上官猋羴不同意", DAY)
    return site, number


def test_the_page_shows_each_role_its_fields_alone(planned: tuple[Site, int]) -> None:
    site, number = planned
    for login, name, text in (("verifier", True, True), ("member", False, False), ("leader", False, False)):
        page = site.browser(login).get(f"/cases/{number}/plan").text
        assert ("欧阳犇骉" in page) == name, login
        assert ("上官猋羴" in page) == text, login
        assert ("国庆前返校" in page) == text, login


def test_pages_ask_the_database_a_fixed_number_of_questions(planned: tuple[Site, int]) -> None:
    site, number = planned
    who, counts = site.browser("verifier"), []
    who.get(f"/cases/{number}/plan")  # what a session asks once is asked
    for _ in range(2):
        with statements(site) as said:
            assert who.get(f"/cases/{number}/plan").status_code == 200
        counts.append(len(said))
        with site.acting("verifier", "plan.edit") as (session, person):
            for _each in range(5):
                case = case_of(session, number)
                rules.add_measure(session, cipher_of(site.settings), person, case, "P01", DAY, "班主任")
    assert counts[1] == counts[0]
    assert counts[0] < 45
    assert not re.search(r"Traceback", who.get("/plans").text)
