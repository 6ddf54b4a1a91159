"""Pages of cases, as each role sees them, and the way of a case through them."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from service.privacy.custody import blobs_of
from service.runs.orphans import remove_orphans
from tests.service.cases.desk import (
    JPG,
    PAPER,
    RESULT,
    accepted,
    agency_of,
    facts,
    give,
    open_case,
    picture,
    step,
)
from tests.service.runs.county import Site, township_code
from tests.web import statements

ROLES = ("officer", "leader", "auditor", "member", "verifier", "verifier_1", "clerk", "sysadmin")
SEE = {"officer", "leader", "auditor", "member", "verifier", "verifier_1", "clerk"}
CASE = re.compile(r'href="/cases/(\d+)"')


def shown(page: str) -> set[int]:
    return {int(each) for each in CASE.findall(page)}


def test_each_role_sees_its_cases_alone(cases_site: Site) -> None:
    """The whole county, one township, or nothing; a filter does not widen it, nor does an address."""
    site = cases_site
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


def test_a_clerk_sees_what_the_agency_is_asked_and_may_only_answer(cases_site: Site) -> None:
    site = cases_site
    officer, verifier, clerk = (site.browser(login) for login in ("officer", "verifier", "clerk"))
    case_id = accepted(site, officer, verifier)
    verifier.get(f"/cases/{case_id}")
    said = {"kind": "check_back", "agency": str(agency_of(site, "clerk")), "question": "请核对该户是否已迁出"}
    assert verifier.post(f"/cases/{case_id}/requests", **said).status_code == 303
    due = site.one("select due - current_date from case_request")
    assert 5 <= due <= 9, "five working days"
    assert "请核对该户是否已迁出" in clerk.get(f"/cases/{case_id}").text
    assert shown(clerk.get("/rounds/1/cases?mine=1").text) == {case_id}
    assert step(site, clerk, case_id, "verify/submit", **RESULT) == 403
    assert step(site, clerk, case_id, "requests/1/answer", answer="") == 400
    assert step(site, clerk, case_id, "requests/1/answer", answer="户籍仍在本县") == 303
    assert step(site, clerk, case_id, "requests/1/answer", answer="再答一次") == 409
    assert "户籍仍在本县" in verifier.get(f"/cases/{case_id}").text


def test_a_township_that_is_asked_for_help_may_not_verify(cases_site: Site) -> None:
    site = cases_site
    officer, verifier, other = (site.browser(login) for login in ("officer", "verifier", "verifier_1"))
    case_id = accepted(site, officer, verifier)
    assert other.get(f"/cases/{case_id}").status_code == 404
    assert (
        step(
            site,
            officer,
            case_id,
            "requests",
            kind="help",
            agency=str(agency_of(site, "verifier_1")),
            question="请到外婆家看看",
        )
        == 303
    )
    assert other.get(f"/cases/{case_id}").status_code == 200
    assert step(site, other, case_id, "verify/submit", **RESULT) == 403
    assert step(site, other, case_id, "verify/hand_back", note="不是我们的") == 403
    assert (
        step(site, other, case_id, "contacts", day="2026-09-02", method="M01", said="不在外婆家", reached="1")
        == 303
    )
    assert step(site, other, case_id, "requests/1/answer", answer="不在") == 303


def test_no_path_closes_without_evidence_and_a_second_person(cases_site: Site) -> None:
    """The way of a case through the web, with every shortcut tried on the way."""
    site = cases_site
    officer, verifier, leader = (site.browser(login) for login in ("officer", "verifier", "leader"))
    case_id = open_case(site)
    assert step(site, officer, case_id, "verify/submit", **RESULT) == 409
    assert step(site, leader, case_id, "decide/approve") == 409
    give(site, officer, case_id)
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 409, "not accepted yet"
    assert step(site, verifier, case_id, "verify/accept") == 303
    assert step(site, verifier, case_id, "decide/approve") == 403
    refused = step(site, verifier, case_id, "verify/submit", **RESULT)
    assert (refused, facts(site, case_id)[0]) == (409, "verifying"), "no evidence"
    assert f"还缺佐证：{PAPER}" in verifier.get(f"/cases/{case_id}?outcome=B01").text
    assert picture(verifier, case_id) == 303
    assert step(site, verifier, case_id, "verify/submit", **{**RESULT, "school_now": ""}) == 400
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 303
    assert step(site, verifier, case_id, "evidence/1/withdraw", note="放错了") == 303
    assert step(site, officer, case_id, "decide/approve") == 409, "the evidence was withdrawn"
    assert step(site, officer, case_id, "decide/refuse") == 400, "no reason"
    assert step(site, officer, case_id, "decide/refuse", note="佐证撤回了") == 303
    assert picture(verifier, case_id) == 303
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 303
    assert step(site, officer, case_id, "decide/approve") == 303
    assert facts(site, case_id)[0] == "closed"
    page = officer.get(f"/cases/{case_id}").text
    assert "已销号" in page
    assert picture(verifier, case_id) == 409, "nothing is added to a closed case"
    assert step(site, officer, case_id, "decide/reopen", note="家长说已退学") == 303
    assert facts(site, case_id)[0] == "verifying"


def test_nobody_approves_the_own_report(cases_site: Site) -> None:
    site = cases_site
    officer = site.browser("officer")
    case_id = open_case(site)
    give(site, officer, case_id, "officer")
    assert step(site, officer, case_id, "verify/accept") == 303
    assert picture(officer, case_id) == 303
    assert step(site, officer, case_id, "verify/submit", **RESULT) == 303
    assert "由另一位有权限的人员审核" in officer.get(f"/cases/{case_id}").text
    assert step(site, officer, case_id, "decide/approve") == 403
    assert step(site, site.browser("leader"), case_id, "decide/approve") == 303


def test_an_agency_hands_back_what_is_not_its_own(cases_site: Site) -> None:
    """Once nobody holds it the agency does not see it any more, not even while it hands it back."""
    site = cases_site
    officer, clerk = site.browser("officer"), site.browser("clerk")
    case_id = open_case(site)
    give(site, officer, case_id, "clerk")
    assert step(site, clerk, case_id, "verify/accept") == 303
    assert step(site, clerk, case_id, "verify/hand_back", note="") == 400
    assert step(site, clerk, case_id, "verify/hand_back", note="应由乡镇入户") == 303
    assert clerk.get(f"/cases/{case_id}").status_code == 404
    assert facts(site, case_id)[0] == "open"
    assert "应由乡镇入户" in officer.get(f"/cases/{case_id}").text


def test_who_was_slower_sees_both_versions(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier)
    assert picture(verifier, case_id) == 303
    seen = facts(site, case_id)[1]
    assert step(site, officer, case_id, "verify/hand_back", note="改派县民政局") == 303
    verifier.get("/rounds/1/cases")
    answer = verifier.post(f"/cases/{case_id}/verify/submit", version=str(seen), **RESULT)
    assert answer.status_code == 409
    for said in (
        "您填写的",
        "青禾县城关镇中心小学三年级",
        f"第 {seen} 版",
        f"第 {seen + 1} 版",
        "改派县民政局",
    ):
        assert said in answer.text, said
    assert facts(site, case_id)[0] == "open"
    assert "仍按我填写的办理" not in answer.text, "the state does not allow it any more"
    assert verifier.post(f"/cases/{case_id}/verify/submit", **RESULT).status_code == 400, "no version"


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (JPG, "照片.jpg", 303),
        (JPG, "照片.exe", 303),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64 + b"IEND\xaeB`\x82", "x.png", 303),
        (b"%PDF-1.7\n" + b"0" * 200 + b"\n%%EOF\n", "证明.pdf", 303),
        (b"%PDF-1.7\n/OpenAction << /S /JavaScript >>\n%%EOF\n", "证明.pdf", 400),
        (b"%PDF-1.7\n" + b"0" * 200, "断的.pdf", 400),
        (JPG[:-2], "断的.jpg", 400),
        (b"MZ\x90\x00" + b"\0" * 200, "照片.jpg", 400),
        (b"<svg onload=alert(1)>", "照片.svg", 400),
        (b"PK\x03\x04" + b"\0" * 100, "证明.docx", 400),
        (b"", "空.jpg", 400),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_evidence_is_known_by_its_content(case_at_work, data: bytes, name: str, status: int) -> None:
    site, who, case_id = case_at_work
    before = site.one("select count(*) from evidence")
    assert picture(who, case_id, data=data, name=name) == status
    assert site.one("select count(*) from evidence") - before == (status == 303)


@pytest.fixture(scope="module")
def case_at_work(kept_cases, tmp_path_factory):
    """A case that a township works on, for tests that do not mind what others did to it."""
    site = kept_cases.lend(tmp_path_factory.mktemp("evidence"))
    who = site.browser("verifier")
    yield site, who, accepted(site, site.browser("officer"), who)
    kept_cases.servers.drop(site.database)


def test_a_file_that_is_too_large_is_not_kept(case_at_work) -> None:
    site, _, case_id = case_at_work
    small = Site(replace(site.settings, evidence_mib=0), site.database)
    assert picture(small.browser("verifier"), case_id) == 413


def test_evidence_goes_out_as_a_file_and_to_those_who_may(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id, name="../../母亲王某的照片.png") == 303
    number = site.one("select max(id) from evidence")
    sent = who.get(f"/cases/{case_id}/evidence/{number}")
    assert sent.data == JPG
    assert "attachment" in sent.headers["Content-Disposition"]
    assert sent.headers["Content-Type"] == "image/jpeg"
    sent.close()
    auditor = site.browser("auditor")
    assert auditor.get(f"/cases/{case_id}/evidence/{number}").status_code == 403
    assert "王某" not in auditor.get(f"/cases/{case_id}").text
    assert site.browser("verifier_1").get(f"/cases/{case_id}/evidence/{number}").status_code == 404
    stored = site.one("select octet_length(file_name) from evidence where id = :n", n=number)
    assert stored > 32, "encrypted"


def test_a_judicial_paper_is_kept_by_its_number_alone(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id, kind="司法文书编号") == 400
    assert step(site, who, case_id, "evidence", kind="司法文书编号", number="(2026)青刑字第3号") == 303
    assert step(site, who, case_id, "evidence", kind="学籍截图", number="") == 400


def test_a_child_out_of_school_starts_the_clock_of_the_report(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier)
    assert step(site, verifier, case_id, "report", note="口头") == 409, "nobody found anything"
    today = site.one("select (now() at time zone 'Asia/Shanghai')::date").isoformat()
    told = {"day": today, "method": "M01", "whom": "母亲", "said": "已外出打工", "reached": "1", "out": "1"}
    assert step(site, verifier, case_id, "contacts", **told) == 303
    page = verifier.get(f"/cases/{case_id}").text
    assert "书面报告" in page
    assert "当日上报" in page
    site.rows_changed("update case_event set at = at - interval '25 hours' where kind = 'found_out'")
    assert case_id in shown(verifier.get("/rounds/1/cases?overdue=1").text)
    assert step(site, verifier, case_id, "report", note="向校领导小组书面报告") == 303
    assert case_id not in shown(verifier.get("/rounds/1/cases?overdue=1").text)
    assert step(site, verifier, case_id, "contacts", **{**told, "day": "2099-01-01"}) == 400
    assert "王" not in str(site.rows("select detail from case_event"))


def test_what_is_late_is_on_the_list_of_the_late(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier)
    assert shown(verifier.get("/rounds/1/cases?overdue=1").text) == set()
    site.rows_changed(f"update child_case set due = current_date - 2 where id = {case_id}")
    page = verifier.get("/rounds/1/cases?overdue=1&mine=1")
    assert shown(page.text) == {case_id}
    assert "逾期" in officer.get(f"/cases/{case_id}").text


def test_the_tier_is_computed_until_a_person_sets_it(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier)
    told = {"day": "2026-09-02", "method": "M02", "said": "电话无人接听"}
    assert step(site, verifier, case_id, "contacts", **told) == 303
    assert facts(site, case_id)[4:] == ("high", None), "the guardian cannot be reached"
    assert step(site, verifier, case_id, "tier", tier="low", note="") == 400
    assert step(site, verifier, case_id, "tier", tier="middle", note="祖父母可以联系") == 303
    assert facts(site, case_id)[4:] == ("middle", site.identity("verifier").account_id)
    assert step(site, verifier, case_id, "contacts", **told) == 303
    assert facts(site, case_id)[4] == "middle"
    assert step(site, verifier, case_id, "tier", tier="", note="按规则") == 303
    assert facts(site, case_id)[4:] == ("high", None)


def test_names_and_notes_are_masked_by_role(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier)
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


STATEMENTS = {"/rounds/1/cases": 19, "/rounds/1/cases?state=open&overdue=1": 19, "/cases/7": 32, "/limits": 6}


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
    assert officer.post("/limits/request", amount="-1", source="青教字〔2026〕8号").status_code == 400
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


def test_the_sweep_of_files_leaves_evidence_alone(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id) == 303
    number = site.one("select max(id) from evidence")
    blobs = blobs_of(site.settings)
    stray = blobs.put(io.BytesIO(b"nobody names it"))
    for blob in (site.one("select blob_id from evidence where id = :n", n=number), stray.id):
        path = next(Path(site.settings.state).rglob(blob))
        os.utime(path, (0, 0))
    assert remove_orphans(site.settings, blobs) == 1
    with who.get(f"/cases/{case_id}/evidence/{number}") as sent:
        assert sent.data == JPG


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
