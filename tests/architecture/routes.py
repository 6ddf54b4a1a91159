"""Every address of the app, with something in the place of each parameter."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from werkzeug.routing import Rule

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", *UNSAFE)


def rules(app: Flask) -> list[Rule]:
    """The rules of the app but for the files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def addresses(app: Flask, given: Mapping[str, object] | None = None) -> list[tuple[str, str]]:
    """Method and path of everything that answers; ``given`` says what stands for a parameter (else 1)."""
    return sorted(
        (method, path_of(app, rule, given or {})) for rule in rules(app) for method in methods(rule)
    )


def methods(rule: Rule) -> list[str]:
    return [method for method in METHODS if method in (rule.methods or ())]


def path_of(app: Flask, rule: Rule, given: Mapping[str, object]) -> str:
    """The path of a rule. A parameter is looked up as ``endpoint:name``, then by its name, if it fits."""
    values = {
        name: given.get(f"{rule.endpoint}:{name}", _fitting(rule, name, given.get(name)))
        for name in sorted(rule.arguments)
    }
    return app.url_map.bind("localhost").build(
        rule.endpoint, values, method=methods(rule)[0], append_unknown=False
    )


def _fitting(rule: Rule, name: str, value: object) -> object:
    """The value where the parameter may be that, else the first of the words that it may be, or 1."""
    words = getattr(rule._converters[name], "items", None)
    if value is not None and (words is None or value in words):
        return value
    return min(words or {1})
