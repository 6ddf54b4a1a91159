"""G1: each act on plans, notices, templates and prints leaves exactly one entry in the audit."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from service.county_time import today
from tests.architecture.routes import UNSAFE, methods, rules
from tests.service.notices.papers import template
from tests.service.plans.steps import persuading
from tests.service.runs.county import Site

DAY, BACK = "{day}", "{back}"
"""Today, and ten days ago, when it is sent: the day in which tests are collected may have ended by then."""

PLAN = {
    "version": "0",
    "government_id": "6",
    "government_person": "王镇长",
    "education_id": "1",
    "education_person": "李主任",
}
MEASURE = {"code": "P01", "planned": DAY, "person": "班主任"}
RETURN = {"returned_on": BACK, "school": "中心小学", "grade": "5", "why": "商定"}
SERVED = {"day": DAY, "how": "S01", "to": "其父"}
INQUIRY = {"kind": "inquiry", "recipient": "某县教育局"}
GONE = {"day": DAY, "attending": "0", "said": "又未到校", "method": "M01", "reasons": "R04"}

DONE = (
    ("plans.save", "verifier", "/cases/{case}/plan", PLAN),
    ("plans.add_measure", "verifier", "/cases/{case}/measures", MEASURE),
    ("plans.finish_measure", "verifier", "/cases/{case}/measures/1", {"done": DAY, "result": "未同意"}),
    ("notices.save_letterhead", "verifier", "/notices/letterhead", {"word": "城关控辍"}),
    ("notices.issue", "verifier", "/cases/{case}/notices", {"kind": "persuade"}),
    ("notices.serve", "verifier", "/notices/1/served", SERVED),
    ("notices.withdraw", "verifier", "/notices/1/withdraw", {"why": "姓名写错"}),
    ("notices.issue_many", "verifier", "/notices/batch", {"kind": "persuade", "case": "{case}"}),
    ("notices_api.issue", "officer", "/api/v1/cases/{case}/notices", INQUIRY),
    ("notices_api.delivered", "officer", "/api/v1/notices/2/delivery", SERVED),
    ("notices.pack", "verifier", "/notices/print", {"purpose": "送达文书"}),
    ("notices.add_template", "officer", "/notices/templates/order", {"file": "模板.docx"}),
    ("notices.withdraw_template", "officer", "/notices/templates/1/withdraw", {}),
    ("prints.print_one", "verifier", "/cases/{case}/print", {"purpose": "入户核查"}),
    ("prints.print_round", "officer", "/prints/summary", {"round": "1", "purpose": "联席会议研判"}),
    ("plans.come_back", "verifier", "/cases/{case}/return", RETURN),
    ("plans.look", "verifier", "/cases/{case}/follow-ups/1", {"day": DAY, "attending": "1"}),
    ("plans.look", "verifier", "/cases/{case}/follow-ups/2", GONE),
)  # fmt: skip
"""Endpoint, who, address, what is sent."""

HEAD = "select number from audit_head"


def test_g1_what_is_done_leaves_one_entry(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    wrong, browsers = {}, {login: site.browser(login) for login in {each[1] for each in DONE}}
    for endpoint, login, address, form in DONE:
        who, path = browsers[login], address.format(case=number)
        who.get("/me")
        days = {"day": today().isoformat(), "back": (today() - timedelta(days=10)).isoformat()}
        sent = {name: str(value).format(case=number, **days) for name, value in form.items()}
        headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
        if path.startswith("/api/"):
            version = site.one("select version from child_case where id = :n", n=number)
            told = {"json": sent | ({"version": version} if "kind" in sent else {})}
        else:
            file = {"file": (BytesIO(template()), sent["file"])} if "file" in sent else {}
            told = {"data": {"csrf_token": who.token, **sent, **file}}
        before = site.one(HEAD)
        answer = who.client.post(path, base_url=who.base, headers=headers, **told)
        answer.get_data()
        left = site.one(HEAD) - before
        if answer.status_code >= 400 or left != 1:
            wrong[endpoint] = (answer.status_code, left)
        answer.close()
    assert wrong == {}
    there = {
        rule.endpoint
        for rule in rules(site.app)
        if rule.endpoint.split(".")[0] in {each[0].split(".")[0] for each in DONE}
        and set(methods(rule)) & set(UNSAFE)
    }
    assert there == {each[0] for each in DONE}
