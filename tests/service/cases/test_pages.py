"""Pages of cases, as each role sees them."""

from __future__ import annotations

import pytest

from tests.service.cases.desk import open_case, shown, step
from tests.service.runs.county import township_code
from tests.web import statements

ROLES = ("officer", "leader", "auditor", "member", "verifier", "verifier_1", "clerk", "sysadmin")
SEE = {"officer", "leader", "auditor", "member", "verifier", "verifier_1", "clerk"}


def test_each_role_sees_its_cases_alone(case_at_work) -> None:
    """The whole county, one township, or nothing; a filter does not widen it, nor does an address."""
    site = case_at_work[0]
    own = {row[0] for row in site.rows(f"select id from child_case where region_code = '{township_code(0)}'")}
    other = open_case(site, 1)
    everybody = {row[0] for row in site.rows("select id from child_case")}
    assert len(everybody) > len(own) > 0
    for login in ROLES:
        who = site.browser(login)
        page = who.get("/rounds/1/cases")
        assert page.status_code == (200 if login in SEE else 403), login
        there = shown(page.text)
        answer = who.get(f"/cases/{other}").status_code
        if login == "verifier":
            assert there <= own
            assert f"共 {len(own):,} 个" in page.text
            assert answer == 404
            assert shown(who.get(f"/rounds/1/cases?township={township_code(1)}").text) == set()
        elif login == "clerk":
            assert (there, answer) == (set(), 404)
        elif login == "verifier_1":
            assert (there & own, answer) == (set(), 200)
        elif login in SEE:
            assert (there, answer) == (everybody, 200)


def test_names_and_notes_are_masked_by_role(case_at_work) -> None:
    site, verifier, case_id = case_at_work
    assert (
        step(
            site,
            verifier,
            case_id,
            "contacts",
            day="2026-09-02",
            method="M01",
            whom="母亲",
            said="随父外出",
            reached="1",
        )
        == 303
    )
    number = site.one("select run_no from child_case where id = :n", n=case_id)
    name, id_number = next((row[3], row[4]) for row in site.children() if len(row) > 10 and row[0] == number)
    for login in ("officer", "leader", "auditor", "member", "verifier"):
        who = site.browser(login)
        page = who.get(f"/cases/{case_id}").text
        assert (name in page) == (login in ("officer", "verifier")), login
        assert id_number not in page, login
        assert ("随父外出" in page) == (login != "auditor"), login


STATEMENTS = {"/rounds/1/cases": 19, "/rounds/1/cases?state=open&overdue=1": 19, "/cases/7": 32, "/limits": 7}


@pytest.mark.parametrize("path", STATEMENTS)
def test_a_page_asks_the_database_so_often_and_no_more(case_at_work, path: str) -> None:
    site = case_at_work[0]
    who = site.browser("officer")
    who.get(path)
    with statements(site) as said:
        assert who.get(path).status_code == 200
    assert len(said) <= STATEMENTS[path], "\n".join(said)


@pytest.mark.parametrize(
    "path",
    [
        "/rounds/1/cases?state=x",
        "/rounds/1/cases?township=x",
        "/rounds/1/cases?assignee=x",
        "/rounds/1/cases?after=x",
    ],
)
def test_a_filter_that_is_none_is_said(case_at_work, path: str) -> None:
    assert case_at_work[0].browser("officer").get(path).status_code == 400


def test_a_group_that_is_not_seen_is_no_filter(case_at_work) -> None:
    site = case_at_work[0]
    assert site.browser("officer").get("/rounds/1/cases?group=残疾").status_code == 200
    assert site.browser("leader").get("/rounds/1/cases?group=残疾").status_code == 400


def test_a_limit_is_set_with_its_document(case_at_work) -> None:
    site = case_at_work[0]
    officer, verifier = site.browser("officer"), site.browser("verifier")
    officer.get("/limits")
    assert officer.post("/limits/request", amount="10", source="").status_code == 400
    for amount in ("-1", "²", "0000009999999"):
        assert officer.post("/limits/request", amount=amount, source="青教字〔2026〕8号").status_code == 400
    assert officer.post("/limits/lunch", amount="1", source="青教字〔2026〕8号").status_code == 400
    assert officer.post("/limits/request", amount="2", source="青教字〔2026〕8号").status_code == 303
    assert "青教字〔2026〕8号" in verifier.get("/limits").text
    verifier.get("/limits")
    assert verifier.post("/limits/request", amount="9", source="自定").status_code == 403


def test_a_page_of_a_case_works_on_a_phone(case_at_work) -> None:
    """The file field opens the camera, and everything is a plain form."""
    _, who, case_id = case_at_work
    page = who.get(f"/cases/{case_id}").text
    assert 'accept="image/*" capture="environment"' in page
    assert "hx-post" not in page


def test_pages_speak_english_too(case_at_work) -> None:
    site, _, case_id = case_at_work
    who = site.browser("officer")
    for path in ("/rounds/1/cases", f"/cases/{case_id}", "/limits", "/rounds/1/worksheet"):
        assert who.get(f"{path}?lang=en").status_code == 200


def test_a_number_is_unmasked_on_the_page_of_a_case(case_at_work) -> None:
    site, who, case_id = case_at_work
    query = "select run_no from child_case where id = :n"
    no = site.one(query, n=case_id)
    number = next(row[4] for row in site.children() if len(row) > 10 and row[0] == no)
    assert number
    assert step(site, who, case_id, "unmask", fields="id_number", reason="入户核实身份") == 303
    assert number not in who.get(f"/cases/{case_id}").text, "nobody has agreed yet"
    leader = site.browser("leader")
    assert f"/cases/{case_id}" in leader.get("/unmasking").text
    asked = site.one("select max(id) from unmask_request")
    assert leader.post(f"/unmasking/{asked}/decide", decision="grant").status_code == 303
    assert number in who.get(f"/cases/{case_id}").text
    assert number not in leader.get(f"/cases/{case_id}").text
