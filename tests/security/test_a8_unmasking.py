"""A8: what is masked is shown by a reason, another's consent, for a while, and each time recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from service.db import SYSTEM, transaction
from tests.security.canaries import CHILD, OTHER
from tests.security.conftest import World

REASON = "入户核实身份信息"


@pytest.fixture
def path(world: World) -> Iterator[str]:
    """The page of the child, for which nobody has asked for anything."""
    yield f"/runs/1/children/{world.no_of(CHILD)}"
    _run(world, "delete from unmask_request")


def _run(world: World, statement: str) -> None:
    with transaction(world.site.database.admin_url, SYSTEM) as session:
        session.execute(text(statement))


def _ask(world: World, path: str, login: str) -> int:
    who = world.browser(login)
    who.get(path)
    assert who.post(f"{path}/unmask", fields="id_number", reason=REASON).status_code == 303
    return int(world.site.one("select max(id) from unmask_request"))


def _viewed(world: World) -> int:
    statement = (
        "select count(*) from audit_entry where action = 'child.unmask' and detail->>'step' = 'viewed'"
    )
    return int(world.site.one(statement))


def _decide(world: World, login: str, number: int, decision: str = "grant") -> int:
    who = world.browser(login)
    who.get("/me")
    return who.post(f"/unmasking/{number}/decide", decision=decision).status_code


def test_from_the_request_to_its_end(world: World, path: str) -> None:
    number, whole = _ask(world, path, "officer"), CHILD["id_number"]
    officer, leader, before = world.browser("officer"), world.browser("leader"), _viewed(world)
    assert whole not in officer.get(path).text
    page = leader.get("/unmasking").text
    assert REASON in page
    assert not {value for value in CHILD.values() if value in page}
    assert "查看申请" in leader.get("/rounds").text, "the navigation leads there"
    assert _decide(world, "leader", number) == 303
    for seen in (1, 2):
        assert whole in officer.get(path).text
        assert _viewed(world) - before == seen, "each time one entry"
    assert whole in officer.get(f"/api/v1{path}").text
    assert _viewed(world) - before == 3
    for login in ("leader", "verifier", "auditor", "member"):
        assert whole not in world.browser(login).get(path).text
    _run(world, "update unmask_request set expires_at = now()")
    assert whole not in officer.get(path).text
    assert whole not in officer.get(f"/api/v1{path}").text
    assert _viewed(world) - before == 3
    assert _decide(world, "leader", number) == 409, "over is over"


def test_nobody_decides_for_oneself_or_without_the_right(world: World, path: str) -> None:
    number = _ask(world, path, "officer")
    waits = re.compile(rf"/unmasking/{number}/decide").search
    assert not waits(world.browser("officer").get("/unmasking").text)
    for login in ("officer", "verifier", "member", "auditor", "clerk", "secadmin"):
        assert _decide(world, login, number) == 403, login
    assert world.site.one("select state from unmask_request") == "waiting"
    refused = "select count(*) from audit_entry where action = 'unmask.approve' and result = 'refused'"
    assert world.site.one(refused) >= 6
    assert waits(world.browser("leader").get("/unmasking").text)
    assert _decide(world, "leader", number, "maybe") == 400
    assert _decide(world, "leader", number, "refuse") == 303
    assert CHILD["id_number"] not in world.browser("officer").get(path).text
    assert _decide(world, "leader", 2**31 - 1) == 404


def test_a_verifier_asks_for_the_own_region_alone(world: World, path: str) -> None:
    who = world.browser("verifier")
    who.get(path)
    other = f"/runs/1/children/{world.no_of(OTHER)}/unmask"
    assert who.post(other, fields="id_number", reason=REASON).status_code == 404
    assert who.post(f"{path}/unmask", fields="id_number", reason="看").status_code == 400
    assert who.post(f"{path}/unmask", fields="name", reason=REASON).status_code == 403
    assert world.site.one("select count(*) from unmask_request") == 0
    assert _decide(world, "officer", _ask(world, path, "verifier")) == 303
    assert CHILD["id_number"] in who.get(path).text
