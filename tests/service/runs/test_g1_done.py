"""G1: what is done leaves exactly one entry: a table of every route that changes something, in their order.

Features of which a route stands here have all of theirs here, or it is said which test counts its entries.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from service.accounts import sealing
from service.accounts.models import Account, AccountRole
from service.db import SYSTEM, transaction
from tests.architecture.routes import UNSAFE, methods, rules
from tests.service.runs.county import COUNTY, Site
from tests.web import CHEAP, PASSWORD

NEW = "Seven lanterns-9 down"
Form = dict[str, object]

DONE: tuple[tuple[str, str, str, Form], ...] = (
    ("accounts.change_language", "officer", "/me/language", {"language": "zh"}),
    ("accounts.make_key", "clerk", "/me/keys", {"name": "程序", "days": "30", "actions": "list.view"}),
    ("accounts.revoke_key", "clerk", "/me/keys/1/revoke", {}),
    ("accounts_api.make_key", "clerk", "/api/v1/keys", {"name": "程序", "actions": ["list.view"]}),
    ("accounts_api.revoke_key", "clerk", "DELETE /api/v1/keys/2", {}),
    ("accounts.change_password", "auditor", "/me/password", {"present": PASSWORD, "new": NEW, "again": NEW}),
    (
        "accounts.new_account_post",
        "sysadmin",
        "/accounts/new",
        {"login": "fresh", "name": "新", "agency_id": "1"},
    ),
    ("accounts.disable", "sysadmin", "/accounts/4/disable", {}),
    ("accounts.enable", "sysadmin", "/accounts/4/enable", {}),
    ("accounts.unlock", "sysadmin", "/accounts/4/unlock", {}),
    ("accounts.reset_password", "sysadmin", "/accounts/4/password", {}),
    ("accounts.reset_factor", "secadmin", "/accounts/4/factor", {}),
    ("accounts.set_roles", "secadmin", "/accounts/4/roles", {"roles": "member", "before": "member"}),
    ("agencies.add_region", "sysadmin", "/regions", {"code": f"{COUNTY}777", "name": "新镇"}),
    ("agencies.rename_region", "sysadmin", f"/regions/{COUNTY}777/name", {"name": "新新镇"}),
    (
        "agencies.add_agency",
        "sysadmin",
        "/agencies",
        {"kind": "school", "name": "小学", "region_code": COUNTY},
    ),
    ("agencies.rename_agency", "sysadmin", "/agencies/3/name", {"name": "民政局"}),
    ("agencies.set_active", "sysadmin", "/agencies/4/active", {"active": "0"}),
    ("rounds.new", "officer", "/rounds/new", {"name": "又一批", "as_of": "2027-03-01"}),
    ("rounds_api.create", "officer", "/api/v1/rounds/", {"name": "第三批", "as_of": "2027-06-01"}),
    ("uploads.upload", "clerk", "/lists/new", {"round": "2", "file": "户籍.csv"}),
    ("uploads.act", "clerk", "/lists/{last}/cancel", {}),
    ("lists_api.send", "clerk", "/api/v1/lists/", {"round_id": "2", "file": "户籍.csv"}),
    ("lists_api.cancel", "clerk", "/api/v1/lists/{last}/cancel", {}),
    ("lists_api.withdraw", "clerk", "/api/v1/lists/{own}/withdraw", {}),
    ("uploads.mark", "clerk", "/lists/{own}/marked", {}),
    ("runs.start", "officer", "/runs", {"round": "1"}),
    ("runs.act", "officer", "/runs/2/cancel", {}),
    ("runs_api.start", "officer", "/api/v1/runs/", {"round_id": 1}),
    ("runs_api.stop", "officer", "/api/v1/runs/3/cancel", {}),
    ("runs.search", "officer", "/runs/1/children/search", {"name": "王小明", "birth_date": "2015-01-02"}),
    (
        "runs_api.search",
        "officer",
        "/api/v1/runs/1/children/search",
        {"name": "王小明", "birth_date": "2015-01-02"},
    ),
    ("runs.export", "officer", "/runs/1/children/export", {"format": "csv", "purpose": "联席会议研判"}),
    ("runs.file", "officer", "/runs/1/files", {"name": "children.csv", "purpose": "联席会议研判"}),
    (
        "runs.unmask",
        "officer",
        "/runs/1/children/1/unmask",
        {"fields": "id_number", "reason": "入户核实身份信息"},
    ),
    ("privacy.decide_one", "leader", "/unmasking/1/decide", {"decision": "grant"}),
    ("rounds.push", "officer", "/rounds/1/move", {"to": "matching"}),
    ("rounds_api.push", "officer", "/api/v1/rounds/1/move", {"to": "collecting"}),
)
"""Endpoint, who, address (POST unless said), what is sent; ``file`` is sent as a small file of that name."""

ELSEWHERE = {
    "accounts.login_post": "tests/service/accounts/test_e5_withdrawal.py",
    "accounts.logout": "tests/service/accounts/test_e5_withdrawal.py",
    "accounts.first_password_post": "tests/service/accounts/test_d1_passwords.py",
    "accounts.second_post": "tests/service/accounts/test_d3_second_factor.py",
    "accounts.enrol_post": "tests/service/accounts/test_d3_second_factor.py",
    "accounts.offer_factor": "changes nothing that lasts: an offer in the own session",
    "accounts.confirm_factor": "tests/service/accounts/test_d3_second_factor.py",
    "accounts.end_session": "tests/service/accounts/test_d4_sessions.py",
    "lists_api.confirm": "as uploads.act: tests/service/uploads/test_pages.py",
    "lists_api.replace": "as uploads.act: tests/service/uploads/test_pages.py",
    "uploads.forget_layout": "tests/service/uploads/test_clerk.py",
    "uploads.add": "tests/service/uploads/test_feeds.py",
    "uploads.change": "tests/service/uploads/test_feeds.py",
    "runs.compare_runs": "needs a second finished run: tests/service/runs/test_compare.py",
}
IDS = {
    "last": "select max(id) from agency_list",
    "own": (
        "select min(l.id) from agency_list l join account a on a.agency_id = l.agency_id"
        " where a.login = 'clerk'"
    ),
}
"""What a name in an address stands for."""

HEAD = "select number from audit_head"


@pytest.fixture
def site(run_site: Site) -> Site:
    """The county with a finished run, a security administrator, and no broker to ring."""
    settings = replace(run_site.settings, unmask_approval=True)
    with transaction(settings.database_url, SYSTEM) as session:
        made = Account(agency_id=1, login="secadmin", name="secadmin", must_change_password=False)
        made.password_changed_at = datetime.now(UTC)
        made.roles.append(AccountRole(role="security_admin"))
        session.add(made)
        session.flush()
        made.password_sealed = sealing.seal(settings, "password_sealed", made.id, CHEAP.hash(PASSWORD))
    return Site(settings, run_site.database)


def _end_jobs(site: Site) -> None:
    with transaction(site.settings.database_url, SYSTEM) as session:
        session.execute(text("update job set state = 'cancelled', ended_at = now() where state = 'queued'"))


def test_g1_what_is_done_leaves_one_entry(site: Site) -> None:
    wrong, browsers = {}, {login: site.browser(login) for login in {each[1] for each in DONE}}
    for endpoint, login, address, form in DONE:
        method, _, path = address.rpartition(" ")
        path = path.format(**{name: site.one(query) for name, query in IDS.items()})
        who, sent = browsers[login], dict(form)
        who.get("/me")
        if "file" in sent:
            # Another file each time: the same bytes again are the list that they are, and nothing is done.
            sent["file"] = (io.BytesIO(f"姓名,{endpoint}\n王小明,1\n".encode()), str(sent["file"]))
        as_json = path.startswith("/api/") and "file" not in sent
        how = (
            {"json": sent}
            if as_json
            else {"data": sent if path.startswith("/api/") else {"csrf_token": who.token, **sent}}
        )
        headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
        if endpoint == "runs_api.start":
            _end_jobs(site)  # one run of a round goes on at a time
        before = site.one(HEAD)
        answer = who.client.open(path, method=method or "POST", base_url=who.base, headers=headers, **how)
        answer.get_data()
        left = site.one(HEAD) - before
        if answer.status_code >= 400 or left != 1:
            wrong[endpoint] = (answer.status_code, left, answer.text[-300:] if as_json else "")
        answer.close()
    assert wrong == {}


def test_every_route_of_these_features_is_here(site: Site) -> None:
    covered = {each[0] for each in DONE} | set(ELSEWHERE)
    features = {each.split(".")[0] for each in covered}
    there = {
        rule.endpoint
        for rule in rules(site.app)
        if rule.endpoint.split(".")[0] in features and set(methods(rule)) & set(UNSAFE)
    }
    assert there == covered
