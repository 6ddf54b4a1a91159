"""A10: what a form, or a body in JSON, must not set, it does not set, whatever it is sent with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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


EXAMPLES = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}, "string": "2026-12-01"}
"""Of each type a value; where words are listed, the first of them."""


def bodies(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, address and a fitting body of every operation that takes one in JSON."""
    for path, operations in spec["paths"].items():
        for method, told in operations.items():
            content = told.get("requestBody", {}).get("content", {}) if isinstance(told, dict) else {}
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                named = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                fields = named.get("properties", {})
                yield method.upper(), path, {name: _example(each) for name, each in fields.items()}


def _example(schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "string")
    return EXAMPLES[next(each for each in kind if each != "null") if isinstance(kind, list) else kind]


def test_a10_columns_of_models_do_not_bind_from_json(world: World) -> None:
    """The same with bodies that fit the document, and every column of every model beside what they hold."""
    columns = {column.name for mapper in Base.registry.mappers for column in mapper.columns}
    app, answered, before = world.site.app, [], _rows(world)
    with app.app_context():
        spec = app.spec
    for login in ("officer", "clerk"):
        who = world.browser(login)
        who.get("/me")
        for method, path, body in bodies(spec):
            if "/keys" in path or "/withdraw" in path:
                continue
            address = path
            for name in [each[1:-1] for each in path.split("/") if each.startswith("{")]:
                address = address.replace("{" + name + "}", "1")
            sent = {**{name: FOREIGN.get(name, "") for name in columns}, **body}
            headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
            for foreign in (sent, {**body, **{name: FOREIGN[name] for name in FOREIGN if name not in body}}):
                answer = who.client.open(
                    address, method=method, base_url=who.base, headers=headers, json=foreign
                )
                answered.append(answer.status_code)
                assert answer.status_code < 500, (method, path)
                answer.close()
    assert len(answered) > 60
    assert set(answered) - {403}, "something was let in as far as its schema"
    assert _rows(world) == before
