"""G1: whoever tries what the role may not leaves one entry, on every route that changes something."""

from __future__ import annotations

import pytest

from schemas.permission import PUBLIC, reach_of
from service.accounts.guard import action_of
from tests.architecture.routes import UNSAFE, methods, path_of, rules
from tests.security.conftest import ROLES, World

COUNT = "select count(*) from audit_entry where action = :action and result = 'refused' and actor = :login"


@pytest.mark.parametrize("login", ["auditor", "sysadmin"])
def test_what_is_refused_leaves_one_entry(world: World, login: str) -> None:
    who, app, wrong, tried = world.browser(login), world.site.app, {}, 0
    who.get("/me")
    for rule in rules(app):
        action = action_of(app, rule.endpoint)
        if action in (None, PUBLIC) or reach_of((ROLES[login],), str(action)):
            continue
        for method in (each for each in methods(rule) if each in UNSAFE):
            before = world.site.one("select number from audit_head")
            sent = {"csrf_token": who.token}
            answer = who.client.open(path_of(app, rule, {}), method=method, base_url=who.base, data=sent)
            left = world.site.one("select number from audit_head") - before
            tried += 1
            if (answer.status_code, left) != (403, 1):
                wrong[f"{method} {rule}"] = (answer.status_code, left)
    assert wrong == {}
    assert tried > 15
    assert world.site.one(COUNT, action="round.edit", login=login) >= 1
