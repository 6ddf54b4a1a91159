"""One quarter from its worklist to its signed end, through pages and a spreadsheet, by those who do it."""

from __future__ import annotations

import io
from collections import Counter

from tests.service.cases.desk import agency_of, facts, step
from tests.service.runs.county import Site, township_code
from tests.service.worksheets.program import Filled
from tests.web import PASSWORD, Browser

AT_SCHOOL = {"outcome": "B01", "method": "M04", "school_now": "青禾县城关镇中心小学三年级"}
DROPPED = {"outcome": "D03", "method": "M01", "reasons": "R01"}
PAPERS = {"B01": "学籍截图", "D03": "报告表"}


def test_a_quarter_on_the_web(cases_site: Site) -> None:
    site = cases_site
    people = {
        login: site.browser(login) for login in ("officer", "leader", "member", "verifier", "verifier_1")
    }
    officer = people["officer"]
    ids = {0: _cases(site, township_code(0)), 1: _cases(site, township_code(1))}
    rest = [each for each in _cases(site) if each not in ids[0] + ids[1]]
    assert ids[0]
    assert ids[1]
    for cases, login in ((ids[0], "verifier"), (ids[1], "verifier_1"), (rest, "officer")):
        _assign(site, officer, cases, login)

    dropped = ids[0][0]
    for case_id in ids[0]:
        _report(site, people["verifier"], case_id, DROPPED if case_id == dropped else AT_SCHOOL)
    _by_spreadsheet(site, people["verifier_1"], ids[1])
    for case_id in rest:
        _report(site, officer, case_id, AT_SCHOOL)
    for case_id in ids[0] + ids[1]:
        assert step(site, officer, case_id, "decide/approve") == 303
    for case_id in rest:
        assert step(site, officer, case_id, "decide/approve") == 403, "nobody approves what they reported"
        assert step(site, people["leader"], case_id, "decide/approve") == 303
    _meet(site, people)

    states = Counter(state for (state,) in site.rows("select state from child_case"))
    assert states == {"carried": 1, "closed": len(ids[0] + ids[1] + rest) - 1}
    assert site.one("select state from round where id = 1") == "closed"
    assert facts(site, dropped)[0] == "carried"
    signed = site.one("select figures from meeting where id = 1")["total"]
    assert (signed["cases"], signed["out_of_school"]) == (len(ids[0] + ids[1] + rest), 1)
    assert step(site, officer, dropped, "tier", tier="high") == 409, "a signed round does not change"
    acts = {action for (action,) in site.rows("select distinct action from audit_entry")}
    assert {
        "case.assign",
        "case.verify",
        "case.approve",
        "meeting.edit",
        "meeting.sign",
        "meeting.close",
    } <= acts


def _cases(site: Site, region: str = "") -> list[int]:
    query = "select id from child_case where region_code like :code order by no"
    return [row[0] for row in site.rows(query, code=f"{region}%")]


def _assign(site: Site, officer: Browser, cases: list[int], login: str) -> None:
    officer.get("/rounds/1/cases")
    told = {"case": [str(each) for each in cases], "agency": str(agency_of(site, login)), "yes": "1"}
    sent = officer.post("/rounds/1/cases/assign", **told)
    assert sent.status_code == 303, sent.text
    assert "/receipts/" in sent.location


def _report(site: Site, who: Browser, case_id: int, result: dict[str, str]) -> None:
    assert step(site, who, case_id, "verify/accept") == 303
    assert step(site, who, case_id, "verify/submit", **result) == 409, "no result without its evidence"
    assert (
        who.post(f"/cases/{case_id}/evidence", kind=PAPERS[result["outcome"]], number="1号").status_code
        == 303
    )
    assert step(site, who, case_id, "verify/submit", **result) == 303


def _by_spreadsheet(site: Site, who: Browser, cases: list[int]) -> None:
    """The township takes its worksheet out, fills it in, sends it back, looks at it, and takes it."""
    who.get("/rounds/1/worksheet")
    with who.post("/rounds/1/worksheet/download", purpose="离线核查") as sent:
        filled = Filled(sent.data)
    assert len(filled.rows()) == len(cases)
    for row in filled.rows().values():
        filled.put(
            row,
            {
                "处理": "上报",
                "核查结果": "B01 本县在校,有学籍(比对遗漏)",
                "核查方式": "M04 学籍系统查询",
                "现就读学校": "青禾县清溪镇中心小学",
                "佐证种类": "学籍截图",
                "佐证编号": "2号",
            },
        )
    who.get("/rounds/1/worksheet")
    back = who.post("/rounds/1/worksheet", file=(io.BytesIO(filled.data()), "填好.xlsx"))
    assert back.status_code == 303, back.text
    assert "现就读学校" in who.get(back.location).text
    assert {facts(site, each)[0] for each in cases} == {"assigned"}, "nothing counts before it is taken"
    taken = who.post(f"{back.location}/take")
    assert taken.status_code == 303, taken.text
    assert {facts(site, each)[0] for each in cases} == {"submitted"}, who.get(taken.location).text


def _meet(site: Site, people: dict[str, Browser]) -> None:
    """The meeting sits, its figures are signed by each agency, the leader ends it and the round."""

    def post(login: str, path: str, **form: str) -> str:
        sent = people[login].post(path, **form)
        assert sent.status_code == 303, sent.text
        return str(sent.location)

    for who in people.values():
        who.get("/rounds")
    post("officer", "/rounds/1/move", to="meeting")
    post("officer", "/rounds/1/meeting")
    post("officer", "/meetings/1/sittings", place="县政府会议室", chair="副县长")
    post("officer", "/meetings/1/agenda")
    assert people["member"].get("/meetings/1/show/1").status_code == 200
    post("officer", "/meetings/1/signing")
    digest = site.one("select digest from meeting where id = 1")
    early = people["leader"].post("/meetings/1/close")
    assert early.status_code == 409, "a signature lacks"
    for login in ("member", "leader"):
        post(login, "/meetings/1/sign", secret=PASSWORD, digest=digest)
    post("leader", "/meetings/1/close")
    post("leader", "/meetings/1/end")
    for name in ("minutes.docx", "agenda.docx"):
        with people["officer"].post(f"/meetings/1/files/{name}", purpose="会议材料存档") as sent:
            assert sent.data[:2] == b"PK", name
