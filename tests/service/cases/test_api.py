"""Cases for programs: what a person does on the page, by the same rules."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from service.cases.tasks import every_minute
from tests.service.cases.desk import JPG, PAPER, RESULT, agency_of, facts
from tests.service.plans.steps import entered
from tests.service.runs.county import Site, township_code
from tests.service.worksheets.program import Filled
from tests.web import Browser


def call(who: Browser, path: str, **body: Any) -> Any:
    """Post JSON; gives the answer."""
    headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
    return who.client.post(f"/api/v1{path}", base_url=who.base, headers=headers, json=body)


@pytest.fixture(scope="module")
def people(cases_seen: Site) -> tuple[Site, Browser, Browser]:
    """The county, for tests that each take a case of their own, and two people of it."""
    return cases_seen, cases_seen.browser("officer"), cases_seen.browser("verifier")


def test_a_case_goes_its_way_by_program(people) -> None:
    site, officer, verifier = people
    (case_id,) = entered(site, 1)
    body = {"round_id": 1, "cases": [case_id], "agency_id": agency_of(site, "verifier")}
    seen = call(officer, "/cases/assignments", **body).json
    assert (seen["done"], seen["left"], seen["receipt_id"]) == (1, 0, None)
    assert facts(site, case_id)[0] == "open"
    done = call(officer, "/cases/assignments", **body, apply=True).json
    assert officer.get(f"/api/v1/worksheets/receipts/{done['receipt_id']}").json["done"] == 1
    again = call(officer, "/cases/assignments", **body, apply=True).json
    assert (again["done"], again["lines"][0]["said"]) == (0, "已由他人办理(待签收)")

    def told(**more: Any) -> dict[str, Any]:
        return {"version": facts(site, case_id)[1], **more}

    taken = call(verifier, f"/cases/{case_id}/verification", **told(step="accept"))
    assert taken.json["state"] == "verifying"
    submit = {"step": "submit", **RESULT}
    refused = call(verifier, f"/cases/{case_id}/verification", **told(**submit))
    assert (refused.status_code, PAPER in refused.json["error"]["message"]) == (409, True)
    headers = {"X-CSRFToken": verifier.token, "Referer": f"{verifier.base}/"}
    sent = verifier.client.post(
        f"/api/v1/cases/{case_id}/evidence",
        base_url=verifier.base,
        headers=headers,
        data={"kind": PAPER, "file": (io.BytesIO(JPG), "截图.jpg")},
    )
    assert (sent.status_code, sent.json["file"], sent.json["file_name"]) == (201, True, "截图.jpg")
    stale = call(verifier, f"/cases/{case_id}/verification", **{**told(**submit), "version": 1})
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "stale")
    assert stale.json["error"]["details"] == {"seen": 1, "now": facts(site, case_id)[1]}
    assert call(verifier, f"/cases/{case_id}/verification", **told(**submit)).json["state"] == "submitted"
    assert call(verifier, f"/cases/{case_id}/decision", **told(step="approve")).status_code == 403
    approved = call(officer, f"/cases/{case_id}/decision", **told(step="approve"))
    assert approved.json["state"] == "closed"
    one = officer.get(f"/api/v1/cases/{case_id}").json
    assert [each["kind"] for each in one["events"]][:2] == ["approve", "submit"]
    assert one["evidence"][0]["kind"] == PAPER


def test_the_list_is_paged_by_number_and_narrowed(people) -> None:
    site, officer, verifier = people
    numbers, after = [], 0
    while after is not None:
        page = officer.get(f"/api/v1/cases/?round_id=1&limit=3&after={after}").json
        numbers += [each["no"] for each in page["cases"]]
        after = page["after"]
    assert numbers == [row[0] for row in site.rows("select no from child_case order by no")]
    assert page["total"] == len(numbers)
    own = verifier.get("/api/v1/cases/?round_id=1").json["cases"]
    assert {each["region_code"] for each in own} == {township_code(0)}
    assert all("*" in each["id_number"] for each in own if each["id_number"])
    for kind in {row[0] for row in site.rows("select distinct kind from child_case")}:
        found = officer.get(f"/api/v1/cases/?round_id=1&kind={kind}").json["cases"]
        assert {each["kind"] for each in found} == {kind}
    for name, value in (("state", "x"), ("outcome", "Q"), ("assignee", "x"), ("limit", "0")):
        assert officer.get(f"/api/v1/cases/?round_id=1&{name}={value}").status_code in (400, 422), name


def test_requests_contacts_and_tier_by_program(people) -> None:
    site, officer, _ = people
    (case_id,) = entered(site, 1)
    clerk = site.browser("clerk")
    body = {"kind": "help", "agency_id": agency_of(site, "clerk"), "question": "请查户籍去向"}
    asked = call(officer, f"/cases/{case_id}/requests", **body)
    assert (asked.status_code, asked.json["state"]) == (201, "asked")
    answered = call(clerk, f"/cases/{case_id}/requests/{asked.json['id']}/answer", answer="已迁往外县")
    assert answered.json["requests"][0]["answer"] == "已迁往外县"
    taken = call(officer, f"/cases/{case_id}/requests/{asked.json['id']}/withdraw")
    assert taken.status_code == 409, "it is answered"
    told = {
        "day": "2026-09-03",
        "method": "M01",
        "whom": "祖母",
        "said": "随父外出",
        "reached": True,
        "out": True,
    }
    made = call(officer, f"/cases/{case_id}/contacts", **told)
    assert (made.status_code, made.json["whom"]) == (201, "祖母")
    one = officer.get(f"/api/v1/cases/{case_id}").json
    assert {"书面报告", "当日上报"} <= {each["what"] for each in one["clocks"]}
    assert call(officer, f"/cases/{case_id}/report", note="书面报县教育局").status_code == 200
    raised = call(officer, f"/cases/{case_id}/tier", tier="high", note="多次劝返无果").json
    assert (raised["tier"], raised["tier_by_hand"]) == ("high", True)


def test_a_child_found_on_foot_by_program(people) -> None:
    site, _, verifier = people
    body = {
        "round_id": 1,
        "name": "山间新来",
        "birth_date": "2017-04-05",
        "township": township_code(0),
        "why": "走访发现",
    }
    assert call(verifier, "/cases/children", **body).json == {"found": [], "case_id": None}
    made = call(verifier, "/cases/children", **body, enter=True).json
    assert facts(site, made["case_id"])[0] == "open"
    again = call(verifier, "/cases/children", **body).json
    assert again["found"][0]["case_id"] == made["case_id"]


def test_a_worksheet_by_program(people) -> None:
    site, officer, verifier = people
    (case_id,) = entered(site, 1)
    body = {"round_id": 1, "cases": [case_id], "agency_id": agency_of(site, "verifier")}
    assert call(officer, "/cases/assignments", **body, apply=True).json["done"] == 1
    issued = call(verifier, "/worksheets/issue", round_id=1, purpose="离线核查").json
    own = "assignee_id = :agency and state in ('assigned', 'verifying')"
    query = f"select no from child_case where {own} order by id"
    numbers = [row[0] for row in site.rows(query, agency=agency_of(site, "verifier"))]
    assert issued["rows"] == len(numbers)
    filled = Filled(base64.b64decode(issued["content"]))
    row = filled.rows()[f"2026-09-{numbers[-1]:04d}"]
    filled.put(row, {"处理": "暂存", "核查结果": "D01 失学(从未入学)", "原因一": "R03 家庭经济困难"})
    headers = {"X-CSRFToken": verifier.token, "Referer": f"{verifier.base}/"}
    sent = verifier.client.post(
        "/api/v1/worksheets/",
        base_url=verifier.base,
        headers=headers,
        data={"round_id": "1", "file": (io.BytesIO(filled.data()), "x.xlsx")},
    )
    assert sent.status_code == 201, sent.json
    (changed,) = [each for each in sent.json["rows"] if each["state"] != "same"]
    assert (changed["case_id"], changed["state"]) == (case_id, "change")
    assert {each["column"] for each in changed["fields"]} == {"处理", "核查结果", "原因一"}
    done = call(verifier, f"/worksheets/{sent.json['id']}/take", decisions=[])
    assert (done.json["done"], facts(site, case_id)[0]) == (1, "verifying")
    assert verifier.get(f"/api/v1/worksheets/{sent.json['id']}").json["state"] == "taken"
    assert call(verifier, f"/worksheets/{sent.json['id']}/drop").status_code == 409


def test_what_was_explained_for_a_time_comes_back_by_the_clock(people) -> None:
    site = people[0]
    (case_id,) = entered(site, 1)
    officer = site.identity("officer").account_id
    site.rows_changed(
        "update child_case set state = 'watching', outcome = 'C03', approved_by = :a,"
        " expires = current_date - 2 where id = :n",
        a=officer,
        n=case_id,
    )
    assert every_minute(site.settings) == 1
    assert every_minute(site.settings) == 0
    assert facts(site, case_id)[0] == "verifying"
    assert site.one("select count(*) from audit_entry where action = 'case.expire'") == 1
