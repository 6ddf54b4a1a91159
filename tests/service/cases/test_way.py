"""The way of a case through the pages, by each who has a hand in it; every test takes a case of its own."""

from __future__ import annotations

import html
import io
import re
from collections import Counter

from sqlalchemy import select

from service.db import SYSTEM, transaction
from service.privacy.custody import cipher_of
from service.runs.child import known_of
from service.runs.models import Run, RunChild
from tests.service.cases.desk import (
    JPG,
    PAPER,
    RESULT,
    accepted,
    acted,
    agency_of,
    facts,
    give,
    picture,
    shown,
    step,
)
from tests.service.plans.steps import entered, taken
from tests.service.runs.county import Site


def asked(site: Site, case_id: int) -> tuple[int, int]:
    """The number of what was asked about a case, and in how many days it is due."""
    return site.rows("select id, due - current_date from case_request where case_id = :n", n=case_id)[0]


def test_a_clerk_sees_what_the_agency_is_asked_and_may_only_answer(cases_seen: Site) -> None:
    site = cases_seen
    verifier, clerk, case_id = site.browser("verifier"), site.browser("clerk"), taken(site)
    others = shown(clerk.get("/rounds/1/cases?mine=1").text)
    verifier.get(f"/cases/{case_id}")
    said = {"kind": "check_back", "agency": str(agency_of(site, "clerk")), "question": "请核对该户是否已迁出"}
    assert verifier.post(f"/cases/{case_id}/requests", **said).status_code == 303
    number, due = asked(site, case_id)
    assert 5 <= due <= 9, "five working days"
    assert "请核对该户是否已迁出" in clerk.get(f"/cases/{case_id}").text
    assert shown(clerk.get("/rounds/1/cases?mine=1").text) - others == {case_id}
    assert step(site, clerk, case_id, "verify/submit", **RESULT) == 403
    assert step(site, clerk, case_id, f"requests/{number}/answer", answer="") == 400
    assert step(site, clerk, case_id, f"requests/{number}/answer", answer="户籍仍在本县") == 303
    assert step(site, clerk, case_id, f"requests/{number}/answer", answer="再答一次") == 409
    assert "户籍仍在本县" in verifier.get(f"/cases/{case_id}").text


def test_an_agency_that_is_asked_is_told_its_own_rows_alone(cases_seen: Site) -> None:
    """It sees the child masked; where its own record stands it must know, where others' stand it must not."""
    site = cases_seen
    officer, clerk = site.browser("officer"), site.browser("clerk")
    query = "select id, run_no from child_case where state = 'open' and run_no is not null order by no"
    told: Counter[bool] = Counter()
    for case_id, no in site.rows(query)[:6]:
        asked_of = {"kind": "check_back", "agency": str(agency_of(site, "clerk")), "question": "请核对"}
        assert step(site, officer, case_id, "requests", **asked_of) == 303
        page = clerk.get(f"/cases/{case_id}").text
        for own, file, sheet, row in rows_of(site, no, agency_of(site, "clerk")):
            assert (f"{file}，工作表 {sheet}，第 {row} 行" in page) is own
            told[own] += 1
    assert told[True] >= 3 <= told[False]


def rows_of(site: Site, no: int, agency_id: int) -> list[tuple[bool, str, str, str]]:
    """Each record of a child of the run: whether it is of the agency, its file, sheet and row."""
    with transaction(site.settings.database_url, SYSTEM) as session:
        run = session.get_one(Run, 1)
        own = {each["id"] for each in run.lists if each["agency_id"] == agency_id}
        child = session.scalars(select(RunChild).where(RunChild.run_id == 1, RunChild.no == no)).one()
        found = known_of(session, 1, child, cipher_of(site.settings)).places()
    split = [(number in own, *re.split("[#:]", source)) for _, source, number, _ in found]
    return [each for each in split if len(each) == 4]


def test_a_township_that_is_asked_for_help_may_not_verify(cases_seen: Site) -> None:
    site = cases_seen
    officer, other, case_id = site.browser("officer"), site.browser("verifier_1"), taken(site)
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
    assert step(site, other, case_id, f"requests/{asked(site, case_id)[0]}/answer", answer="不在") == 303


def test_no_path_closes_without_evidence_and_a_second_person(cases_seen: Site) -> None:
    """The way of a case through the web, with every shortcut tried on the way."""
    site = cases_seen
    officer, verifier, leader = (site.browser(login) for login in ("officer", "verifier", "leader"))
    (case_id,) = entered(site, 1)
    assert step(site, officer, case_id, "verify/submit", **RESULT) == 409
    assert step(site, leader, case_id, "decide/approve") == 409
    give(site, officer, case_id)
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 409, "not accepted yet"
    assert step(site, verifier, case_id, "verify/accept") == 303
    assert step(site, verifier, case_id, "decide/approve") == 403
    refused = acted(site, verifier, case_id, "verify/submit", **RESULT, note="在校门口见到了")
    assert (refused.status_code, facts(site, case_id)[0]) == (409, "verifying"), "no evidence"
    assert f"还缺佐证：{PAPER}" in refused.text
    assert RESULT["school_now"] in refused.text, "what was typed stays"
    assert "在校门口见到了" in refused.text
    assert f"还缺佐证：{PAPER}" in verifier.get(f"/cases/{case_id}?outcome=B01").text
    assert picture(verifier, case_id) == 303
    assert step(site, verifier, case_id, "verify/submit", **{**RESULT, "school_now": ""}) == 400
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 303
    paper = site.one("select max(id) from evidence where case_id = :n", n=case_id)
    assert step(site, verifier, case_id, f"evidence/{paper}/withdraw", note="放错了") == 303
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


def test_evidence_may_come_with_the_result(cases_seen: Site) -> None:
    """Whichever of the two lacks something, what was given of the other stays; the look is in the audit."""
    site = cases_seen
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier, entered(site, 1)[0])
    kept = "select count(*), count(blob_id) from evidence where case_id = :n"
    looks = f"select count(*) from audit_entry where action = 'child.view' and subject_id = 'case/{case_id}'"
    before = site.one(looks)
    typed = {**RESULT, "note": "在校门口见到了"}
    for wrong, status, said in (
        ({"file": (io.BytesIO(b"MZ"), "x.exe"), "paper": PAPER}, 400, "不能识别这种文件"),
        ({"paper": PAPER, "paper_number": "学籍2026-1", "school_now": ""}, 400, "佐证已保存"),
    ):
        refused = acted(site, verifier, case_id, "verify/submit", **{**typed, **wrong})
        assert (refused.status_code, facts(site, case_id)[0]) == (status, "verifying")
        assert said in refused.text
        assert "在校门口见到了" in refused.text
    assert site.rows(kept, n=case_id) == [(1, 0)], "the number, and not the program"
    assert site.one(looks) >= before + 2
    photo = {"file": (io.BytesIO(JPG), "学籍.jpg"), "paper": PAPER}
    assert step(site, verifier, case_id, "verify/submit", **typed, **photo) == 303
    assert facts(site, case_id)[0] == "submitted"
    assert site.rows(kept, n=case_id) == [(2, 1)]


def test_nobody_approves_the_own_report(cases_seen: Site) -> None:
    site = cases_seen
    officer = site.browser("officer")
    (case_id,) = entered(site, 1)
    give(site, officer, case_id, "officer")
    assert step(site, officer, case_id, "verify/accept") == 303
    assert picture(officer, case_id) == 303
    assert step(site, officer, case_id, "verify/submit", **RESULT) == 303
    assert "由另一位有权限的人员审核" in officer.get(f"/cases/{case_id}").text
    assert step(site, officer, case_id, "decide/approve") == 403
    assert step(site, site.browser("leader"), case_id, "decide/approve") == 303


def test_an_agency_hands_back_what_is_not_its_own(cases_seen: Site) -> None:
    """Once nobody holds it the agency does not see it any more, not even while it hands it back."""
    site = cases_seen
    officer, clerk = site.browser("officer"), site.browser("clerk")
    (case_id,) = entered(site, 1)
    give(site, officer, case_id, "clerk")
    assert step(site, clerk, case_id, "verify/accept") == 303
    assert step(site, clerk, case_id, "verify/hand_back", note="") == 400
    assert step(site, clerk, case_id, "verify/hand_back", note="应由乡镇入户") == 303
    assert clerk.get(f"/cases/{case_id}").status_code == 404
    assert facts(site, case_id)[0] == "open"
    assert "应由乡镇入户" in officer.get(f"/cases/{case_id}").text


def test_who_was_slower_sees_both_versions(cases_seen: Site) -> None:
    site = cases_seen
    officer, verifier, case_id = site.browser("officer"), site.browser("verifier"), taken(site)
    assert picture(verifier, case_id) == 303
    seen = facts(site, case_id)[1]
    assert step(site, officer, case_id, "verify/hand_back", note="改派县民政局") == 303
    verifier.get("/rounds/1/cases")
    looks = f"select count(*) from audit_entry where action = 'child.view' and subject_id = 'case/{case_id}'"
    before = site.one(looks)
    answer = verifier.post(f"/cases/{case_id}/verify/submit", version=str(seen), **RESULT)
    assert answer.status_code == 409
    assert site.one(looks) == before + 1, "it shows the child"
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


def test_a_child_out_of_school_starts_the_clock_of_the_report(cases_seen: Site) -> None:
    site = cases_seen
    verifier = site.browser("verifier")
    case_id = accepted(site, site.browser("officer"), verifier, *entered(site, 1))
    assert step(site, verifier, case_id, "report", note="口头") == 409, "nobody found anything"
    today = site.one("select (now() at time zone 'Asia/Shanghai')::date").isoformat()
    told = {"day": today, "method": "M01", "whom": "母亲", "said": "已外出打工", "reached": "1", "out": "1"}
    assert step(site, verifier, case_id, "contacts", **told) == 303
    page = verifier.get(f"/cases/{case_id}").text
    assert "书面报告" in page
    assert "当日上报" in page
    site.rows_changed(
        "update case_event set at = at - interval '25 hours' where kind = 'found_out' and case_id = :n",
        n=case_id,
    )
    assert case_id in shown(verifier.get("/rounds/1/cases?overdue=1").text)
    assert step(site, verifier, case_id, "report", note="向校领导小组书面报告") == 303
    assert case_id not in shown(verifier.get("/rounds/1/cases?overdue=1").text)
    assert step(site, verifier, case_id, "contacts", **{**told, "day": "2099-01-01"}) == 400
    assert not re.search("赵|母亲|打工", str(site.rows("select detail from case_event")))


def test_what_is_late_is_on_the_list_of_the_late(cases_seen: Site) -> None:
    site = cases_seen
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = accepted(site, officer, verifier, *entered(site, 1))
    others = shown(verifier.get("/rounds/1/cases?overdue=1").text)
    assert case_id not in others
    site.rows_changed(f"update child_case set due = current_date - 2 where id = {case_id}")
    page = verifier.get("/rounds/1/cases?overdue=1&mine=1")
    assert shown(page.text) - others == {case_id}
    assert "逾期" in officer.get(f"/cases/{case_id}").text


TILE = re.compile(r'<div><dt>([^<]+)</dt>\s*<dd[^>]*><a href="([^"]+)">([\d,]+)</a>')


def test_a_figure_leads_to_the_cases_that_it_counts(cases_seen: Site) -> None:
    site = cases_seen
    officer, verifier, clerk = (site.browser(login) for login in ("officer", "verifier", "clerk"))
    late, soon, owed, free = (accepted(site, officer, verifier, *entered(site, 1)) for _ in range(4))
    day = "(now() at time zone 'Asia/Shanghai')::date"
    for case_id, days in ((late, -2), (soon, 1), (owed, 60), (free, 60)):
        site.rows_changed(f"update child_case set due = {day} + {days} where id = {case_id}")
    told = {
        "day": site.one(f"select {day}").isoformat(),
        "method": "M01",
        "whom": "母亲",
        "said": "已外出打工",
    }
    assert step(site, verifier, owed, "contacts", **told, reached="1", out="1") == 303
    asks = {"kind": "check_back", "agency": str(agency_of(site, "clerk")), "question": "请核对是否已迁出"}
    assert verifier.post(f"/cases/{free}/requests", **asks).status_code == 303
    counts: dict[tuple[str, str], int] = {}
    for login, who in (("officer", officer), ("verifier", verifier), ("clerk", clerk)):
        tiles = TILE.findall(who.get("/rounds/1/cases").text)
        assert tiles, login
        for label, address, count in tiles:
            page = who.get(html.unescape(address)).text
            assert f"共 {count} 个" in page, (login, label)
            counts[login, label] = int(count)
    assert counts["verifier", "快到期"] >= 1
    assert counts["verifier", "待书面报告"] >= 1
    assert counts["verifier", "已逾期"] >= 1
    assert counts["clerk", "请本单位答复"] >= 1
    assert shown(verifier.get("/rounds/1/cases?overdue=soon").text) & {late, soon, owed, free} == {soon}
    assert shown(verifier.get("/rounds/1/cases?overdue=report").text) & {late, soon, owed, free} == {owed}


def test_the_tier_is_computed_until_a_person_sets_it(cases_seen: Site) -> None:
    site = cases_seen
    verifier, case_id = site.browser("verifier"), taken(site)
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
