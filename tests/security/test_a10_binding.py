"""A10: what a form must not set, it does not set, whatever it is sent with."""

from __future__ import annotations

from service.db import Base
from tests.architecture.routes import UNSAFE, methods, path_of, rules
from tests.security.conftest import World

FOREIGN = {
    "agency_id": "2",
    "state": "closed",
    "version": "77",
    "created_by": "5",
    "region_code": "659901002",
    "committed_by": "5",
    "expires_at": "2099-01-01",
    "approver_id": "2",
    "disabled_at": "2020-01-01",
    "account_id": "2",
    "id": "1",
}
KEPT = {
    "round": "id, state, created_by, region_code",
    "agency_list": "id, agency_id, round_id, state, version, created_by, committed_by",
    "run": "id, round_id, no, job_id, children",
    "account": "id, agency_id, version, disabled_at, password_sealed",
    "agency": "id, kind, region_code, active",
}

_WHAT = {"uploads": "replaces", "runs": "cancel"}


def _rows(world: World) -> dict[str, list[object]]:
    return {
        table: [
            tuple(row) for row in world.site.rows(f"select {columns} from {table} where id <= 2 order by id")
        ]
        for table, columns in KEPT.items()
    }


def test_columns_of_models_do_not_bind(world: World) -> None:
    """Every column of every model, to every route that writes, by those who may most."""
    columns = {column.name for mapper in Base.registry.mappers for column in mapper.columns}
    assert {"agency_id", "state", "version", "created_by"} <= columns
    sent = {name: FOREIGN.get(name, "") for name in columns}
    before, app, answered = _rows(world), world.site.app, 0
    for login in ("officer", "clerk"):
        who = world.browser(login)
        who.get("/me")
        for rule in rules(app):
            if any(
                word in rule.rule
                for word in ("/logout", "/login", "/me", "/withdraw", "/cancel", "/keys", "/feeds")
            ):
                continue
            for method in (each for each in methods(rule) if each in UNSAFE):
                given = {"run_id": 1, "list_id": 1, "what": _WHAT.get(rule.endpoint.split(".")[0], "stop")}
                form = {**sent, "csrf_token": who.token}
                answer = who.client.open(
                    path_of(app, rule, given), method=method, base_url=who.base, data=form
                )
                answered += answer.status_code != 403
                answer.close()
                assert answer.status_code < 500, rule
    assert answered > 20
    assert _rows(world) == before
