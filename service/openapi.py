"""The OpenAPI document: what every operation has in common is said once, here."""

from __future__ import annotations

import re
from typing import Any

from apiflask import APIFlask

from service.accounts.api_keys import FOR_PROGRAMS, OF_EVERY_KEY
from service.accounts.guard import action_of
from service.answers import SAID

METHODS = ("get", "post", "put", "patch", "delete")
COMMON = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503)
"""Errors that any operation may answer with."""

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "stable, for programs"},
                "message": {"type": "string", "description": "for people, in the language asked for"},
                "details": {"type": "object"},
                "request_id": {"type": "string", "description": "names the request in the log and the audit"},
            },
        }
    },
}
"""The one shape of an error."""


def install(app: APIFlask) -> None:
    """Add how one signs in, the errors, and the action that each operation is."""
    secure = app.config["ROLLCALL"].secure_cookies
    app.security_schemes = {
        "key": {"type": "http", "scheme": "bearer", "bearerFormat": "rc_<prefix>_<secret>"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-rollcall" if secure else "rollcall",
            "description": "of a person who has signed in; with X-CSRFToken where something changes",
        },
    }
    app.view_functions["openapi.spec"].needs = "self.use"  # type: ignore[union-attr]

    @app.spec_processor
    def complete(spec: Any) -> Any:
        schemas = spec.setdefault("components", {}).setdefault("schemas", {})
        schemas["Error"] = ERROR
        spec["security"] = [{"key": []}]
        for rule in app.url_map.iter_rules():
            path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            for method in METHODS:
                operation = spec["paths"].get(path, {}).get(method)
                if operation and method.upper() in (rule.methods or ()):
                    _complete(operation, action_of(app, rule.endpoint) or "")
        return spec


def _complete(operation: dict[str, Any], action: str) -> None:
    """Say which action the operation is, and how it may fail."""
    operation["x-action"] = action
    keys = action in FOR_PROGRAMS or action in OF_EVERY_KEY
    operation["security"] = [{"key": []}, {"session": []}] if keys else [{"session": []}]
    for status in COMMON:
        operation["responses"][str(status)] = {
            "description": SAID[status][0],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
