"""One quarter from its worklist to its signed end over ``/api/v1``, by signed-in people; the truth is known.

How they sign in with a second factor, send lists and start the run is played by docs/api.md
(tests/contract/test_api_document.py).
"""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pandas as pd
import pytest

from service.cases.children import Vault
from service.cases.models import Case, Child
from service.county_time import today
from service.db import Scope, transaction
from service.demo.answers import Answers, Finding, back_at_school
from service.demo.people import make_people
from service.demo.truth import settle
from tests.service.runs.county import TOWNSHIPS, Site, township_code
from tests.web import PASSWORD, Browser

OUT = "2026-05-20"


class Program:
    """Somebody's own program: their session, and its token with what changes something."""

    def __init__(self, site: Site, login: str) -> None:
        self.browser: Browser = site.browser(login)
        self.token = self.get("/me")["token"]

    def get(self, path: str) -> Any:
        answer = self.browser.client.get(f"/api/v1{path}", base_url=self.browser.base)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, said: dict[str, Any] | None = None, refused: int = 0) -> Any:
        headers = {"X-CSRFToken": self.token, "Referer": f"{self.browser.base}/"}
        to = f"/api/v1{path}"
        answer = self.browser.client.post(to, base_url=self.browser.base, json=said or {}, headers=headers)
        assert answer.status_code == refused or (not refused and answer.status_code in (200, 201)), (
            path,
            answer.text,
        )
        return answer.json

    def step(self, case: int, path: str, **said: Any) -> Any:
        """A step of a case with the version that it has now."""
        return self.post(f"/cases/{case}/{path}", {"version": self.get(f"/cases/{case}")["version"], **said})

    def evidence(self, case: int, kind: str) -> None:
        headers = {"X-CSRFToken": self.token, "Referer": f"{self.browser.base}/"}
        form = {"kind": kind, "number": "1号"}
        to = f"/api/v1/cases/{case}/evidence"
        sent = self.browser.client.post(to, base_url=self.browser.base, data=form, headers=headers)
        assert sent.status_code == 201, sent.text


def test_a_quarter_by_api(cases_site: Site) -> None:
    site = cases_site
    logins = ("officer", "leader", "member", "clerk", "verifier", "verifier_1")
    people = {login: Program(site, login) for login in logins}
    county = make_people(400, 1)
    settle(county)
    answers = Answers(
        county, pd.DataFrame({"file": [], "sheet": [], "row": [], "child_id": []}, dtype=str), 2
    )
    found = {case: answers.of(child) for case, child in _children(site, county.children).items()}
    holders = _assign(site, people["officer"])
    assert set(holders) == set(found)
    for case, login in holders.items():
        _report(people[login], case, found[case])
        if login != "officer":
            people[login].post(f"/cases/{case}/decision", {"version": 1, "step": "approve"}, refused=403)
        people["leader" if login == "officer" else "officer"].step(case, "decision", step="approve")
    _ask_back(site, people)
    returned = []
    for case, finding in found.items():
        if finding.outcome[0] == "D":
            _persuade(people[holders[case]], case)
            if answers.returns(finding.child):
                _bring_back(people, holders[case], case, finding)
                found[case] = back_at_school(finding.child)
                returned.append(finding.child)
    assert returned, "nobody of this county is brought back: choose another seed"
    figures = _meet(people)

    assert figures["outcomes"] == dict(Counter(each.outcome for each in found.values()))
    table = county.children
    missing = (table["status"] == "missing") & table["registered"] & table["school_age"]
    absent = table["on_roll"] & ~table["attends"] & table["school_age"]
    shown = {each.child for each in found.values()}
    outside = set(table.index[missing]) | set(table.index[absent]) & shown
    assert set(table.index[missing]) <= shown, "a child in no school has no case"
    assert figures["total"]["out_of_school"] == len(outside - set(returned))
    states = Counter(state for (state,) in site.rows("select state from child_case"))
    assert states["carried"] == len(outside)
    last = people["officer"].post(
        f"/cases/{next(iter(found))}/tier", {"tier": "high", "note": "试"}, refused=409
    )
    assert last["error"]["code"]


def _children(site: Site, table: pd.DataFrame) -> dict[int, int]:
    """Case -> row of its child in the truth, by number, else by name."""
    vault = Vault.of(site.settings)
    with transaction(site.settings.database_url, Scope("all")) as session:
        rows = session.query(Case.id, Child).join(Child, Child.id == Case.child_id).order_by(Case.id).all()
        persons = {case: vault.person(child) for case, child in rows}
    found = {}
    for case, person in persons.items():
        same = table.index[(table["id_no"] == person.id_number) & (person.id_number != "")]
        same = same if len(same) == 1 else table.index[table["name"] == person.name]
        found[case] = int(same[0]) if len(same) == 1 else -1
    return found


def _assign(site: Site, officer: Program) -> dict[int, str]:
    """Give each case to its township, the others to the bureau; gives who holds each."""
    holders: dict[int, str] = {}
    cases = officer.get("/cases/?round_id=1&limit=500")["cases"]
    for case in cases:
        here = {township_code(0): "verifier", township_code(1): "verifier_1"}
        holders[case["id"]] = here.get(case["region_code"], "officer")
    for login in ("verifier", "verifier_1", "officer"):
        mine = [case for case, holder in holders.items() if holder == login]
        if mine:
            told = {"round_id": 1, "cases": mine, "agency_id": site.identity(login).agency_id}
            assert officer.post("/cases/assignments", told)["done"] == len(mine)
            done = officer.post("/cases/assignments", {**told, "apply": True})
            assert (done["done"], done["left"]) == (len(mine), 0)
            assert done["receipt_id"]
    return holders


def _report(who: Program, case: int, finding: Finding) -> None:
    who.step(case, "verification", step="accept")
    result = {"outcome": finding.outcome, "method": finding.method, "reasons": list(finding.reasons)}
    result |= {"school_now": finding.school} if finding.school else {}
    result |= {"out_since": OUT} if finding.outcome[0] == "D" else {}
    for _ in range(finding.contacts):
        who.post(
            f"/cases/{case}/contacts",
            {"day": today().isoformat(), "method": finding.method, "whom": "监护人"},
        )
    for paper in finding.papers:
        who.evidence(case, paper)
    assert who.step(case, "verification", step="submit", **result)["state"] == "submitted"


def _ask_back(site: Site, people: dict[str, Program]) -> None:
    """The bureau asks the police to look at their own record, who answer."""
    police = site.identity("clerk").agency_id
    said = {"kind": "check_back", "agency_id": police, "question": "户籍登记与实际不符，请核对"}
    open_case = site.one("select id from child_case where state <> 'closed' order by id limit 1")
    asked = people["officer"].post(f"/cases/{open_case}/requests", said)
    people["clerk"].post(f"/cases/{open_case}/requests/{asked['id']}/answer", {"answer": "已核对并更正"})
    assert people["officer"].get(f"/cases/{open_case}")["requests"][0]["state"] == "answered"


def _persuade(who: Program, case: int) -> None:
    """A plan, a measure with its effect, a notice that is delivered; the next step may not be taken yet."""
    told = {"government_person": "李明", "education_person": "王芳", "aim": "返校"}
    agencies = {"government_id": 1, "education_id": 1}
    assert who.post(f"/cases/{case}/plan", {"version": 0, **told, **agencies})["version"]
    who.post(f"/cases/{case}/plan", {"version": 0, **told, **agencies}, refused=409)
    plan = who.post(
        f"/cases/{case}/measures", {"code": "P01", "planned": today().isoformat(), "person": "李明"}
    )
    effect = {"done": today().isoformat(), "worked": True, "result": "家长同意返校"}
    plan = who.post(f"/cases/{case}/measures/{plan['measures'][0]['id']}", effect)
    assert plan["measures"][0]["worked"]
    notice = who.step(case, "notices", kind="persuade")
    who.post(f"/notices/{notice['id']}/delivery", {"day": today().isoformat(), "how": "S01", "to": "母亲"})
    steps = {each["name"]: each["why"] for each in who.get(f"/cases/{case}/notices")["steps"]}
    assert steps["return_by"], "not before the days of the first notice are over"


def _bring_back(people: dict[str, Program], login: str, case: int, finding: Finding) -> None:
    who = people[login]
    back = {
        "returned_on": today().isoformat(),
        "school": f"{TOWNSHIPS[0]}中心小学",
        "grade": 3,
        "why": "按原班级编入",
    }
    plan = who.post(f"/cases/{case}/return", back)
    _report_back(who, case, back_at_school(finding.child))
    people["leader" if login == "officer" else "officer"].step(case, "decision", step="approve")
    first = plan["returns"][0]["follow_ups"][0]["id"]
    plan = who.post(
        f"/cases/{case}/follow-ups/{first}", {"day": today().isoformat(), "attending": True, "said": "在班"}
    )
    assert plan["returns"][0]["follow_ups"][0]["attending"]


def _report_back(who: Program, case: int, finding: Finding) -> None:
    for paper in finding.papers:
        who.evidence(case, paper)
    who.step(case, "verification", step="submit", outcome="D08", method=finding.method)


def _meet(people: dict[str, Program]) -> dict[str, Any]:
    """The meeting sits, decides, signs, and ends; gives the signed figures."""
    officer, leader = people["officer"], people["leader"]
    officer.post("/rounds/1/move", {"to": "meeting"})
    officer.post("/meetings/", {"round_id": 1})
    officer.post("/meetings/", {"round_id": 1}, refused=409)
    there = [{"agency_id": each["agency_id"]} for each in officer.get("/meetings/1/figures")["signers"]]
    sitting = officer.post(
        "/meetings/1/sittings", {"day": today().isoformat(), "place": "县政府", "present": there}
    )
    assert len(sitting["present"]) == len(there)
    first = officer.post("/meetings/1/agenda")["items"][0]
    seen = {"case_id": first["case_id"], "version": first["version"]}
    officer.post("/meetings/1/decisions", {**seen, "kind": "other", "text": "按方案办理"})
    assert officer.get("/meetings/1/agenda")["items"][0]["decided"] == 1
    officer.post("/meetings/1/signing")
    leader.post("/meetings/1/close", refused=409)
    digest = people["member"].get("/meetings/1/figures")["digest"]
    wrong = {"digest": digest, "secret": "not the password"}
    people["member"].post("/meetings/1/signature", wrong, refused=403)
    for login in ("member", "leader"):
        people[login].post("/meetings/1/signature", {"digest": digest, "secret": PASSWORD})
    leader.post("/meetings/1/close")
    for path, said in (
        ("/meetings/1/files/minutes.docx", {"purpose": "会议材料存档"}),
        ("/meetings/1/files/summary.xlsx", {"purpose": "会议材料存档"}),
        ("/rounds/1/report", {"purpose": "上报市教育局", "exact": True}),
    ):
        assert base64.b64decode(officer.post(path, said)["content"])[:2] == b"PK"
    leader.post("/rounds/1/move", {"to": "closed"})
    told = officer.get("/meetings/1/figures")
    assert (told["closed"], told["digest"]) == (True, digest)
    return dict(told["figures"])


@pytest.mark.parametrize("path", ["/meetings/", "/cases/1/plan", "/rounds/1/report"])
def test_without_the_sessions_token_nothing_is_done(cases_site: Site, path: str) -> None:
    browser = cases_site.browser("officer")
    sent = browser.client.post(f"/api/v1{path}", base_url=browser.base, json={"round_id": 1})
    assert sent.status_code == 400
    assert "已过期" in sent.json["error"]["message"]
