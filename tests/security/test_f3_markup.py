"""F3: a name, header, file name or school that is markup is text on every page, whatever an address asks."""

from __future__ import annotations

import io
import re

import pytest

from schemas.permission import PUBLIC, reach_of
from service.accounts.guard import action_of
from service.jobs.perform import perform
from tests.architecture.routes import methods, path_of, rules
from tests.security.conftest import ROLES, World

PAYLOAD = "<svg onload=alert(1)>"
SCHOOL = "<svg onload=alert(2)>小学"
ASKED = (
    f"q={PAYLOAD}&next={PAYLOAD}&_scheme=javascript&_external=1&_anchor=x&_method=PUT&endpoint=x&round_id=2"
)
"""What pages ask for, and what the builder of addresses would take for its own."""

RAW = re.compile(r"<svg[^>]*\bonload", re.I)
READ = ("officer", "clerk", "leader", "auditor", "sysadmin", "secadmin", "auditadmin", "verifier")


@pytest.fixture(scope="module")
def loaded(world: World) -> World:
    """The payload in every text that somebody can send."""
    rows = f"学校名称,姓名,性别,身份证件号,年级,班级,{PAYLOAD}\n"
    rows += "".join(
        f"{SCHOOL},{PAYLOAD},男,65992120120{at}112{at}3{at},三年级,{PAYLOAD},x\n" for at in range(1, 6)
    )
    who = world.browser("officer")
    who.get("/lists/new")
    sent = who.post(
        "/lists/new",
        round="1",
        kind="roll",
        catalogue=PAYLOAD,
        basis=PAYLOAD,
        file=(io.BytesIO(rows.encode()), f"{PAYLOAD}.csv"),
    )
    assert sent.status_code == 303, sent.text
    for (job_id,) in world.site.rows("select id from job where state = 'queued'"):
        perform(world.site.settings, job_id)
    admin = world.browser("sysadmin")
    admin.get("/agencies")
    admin.post("/agencies", kind="school", name=PAYLOAD, region_code="659901")
    admin.post("/accounts/new", login="markup", name=PAYLOAD, agency_id="1")
    who.post("/rounds/new", name=PAYLOAD, as_of="2027-03-01")
    who.get("/runs/1/children/2")
    who.post("/runs/1/children/2/unmask", fields="id_number", reason=f"核实{PAYLOAD}")
    return world


@pytest.mark.parametrize("login", READ)
def test_no_page_has_it_as_markup(loaded: World, login: str) -> None:
    who, app = loaded.browser(login), loaded.site.app
    last = loaded.site.one("select max(id) from agency_list")
    given = {"run_id": 1, "no": 2, "round_id": 2, "list_id": last, "account_id": 11}
    seen = refused = 0
    for rule in rules(app):
        if "GET" not in methods(rule):
            continue
        action = str(action_of(app, rule.endpoint))
        if action != PUBLIC and reach_of((ROLES[login],), action) is None:
            # Nothing of the view is run, and every refusal is the same page: a few of them will do.
            refused += 1
            if refused > 3:
                continue
        for path in (path_of(app, rule, given), f"{path_of(app, rule, given)}?{ASKED}"):
            answer = who.get(path)
            assert answer.status_code < 500, path
            assert not str(answer.location).startswith("javascript"), path
            if answer.mimetype == "text/html":
                assert not RAW.search(answer.text), path
                assert '="javascript' not in answer.text, path
                seen += "&lt;svg onload" in answer.text
            answer.close()
    assert login not in ("officer", "leader", "sysadmin") or seen >= 1, "the payload is on no page"
    assert ROLES[login]
