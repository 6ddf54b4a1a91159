"""E1, A1: every route says which action it is, and answers each role as ``schemas.permission`` says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from schemas.permission import PUBLIC, ROLES, reach_of
from service.accounts.guard import action_of, needs
from service.accounts.identity import Identity
from tests import factories
from tests.architecture.routes import UNSAFE, methods, path_of, rules
from tests.web import Browser, app_of, person, system

OPEN_TO_ALL = {
    "live",
    "ready",
    "deep",
    "accounts.login",
    "accounts.login_post",
    "accounts.second",
    "accounts.second_post",
    "accounts.first_password",
    "accounts.first_password_post",
    "accounts.enrol",
    "accounts.enrol_picture",
    "accounts.enrol_post",
    "accounts.logout",
    "accounts.oidc",
    "accounts.oidc_back",
}
"""What needs nobody signed in: health, and signing in."""


@pytest.fixture(scope="module")
def app(module_database):
    return app_of(module_database)


def test_every_route_says_which_action_it_is(app):
    said = {rule.endpoint: action_of(app, rule.endpoint) for rule in rules(app)}
    assert [endpoint for endpoint, action in said.items() if action is None] == []
    assert {endpoint for endpoint, action in said.items() if action == PUBLIC} == OPEN_TO_ALL


def test_a_route_that_says_nothing_is_shut(module_database):
    app = app_of(module_database)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with system(app) as session:
        who = person(session, app, "officer")
    browser = Browser(app)
    assert (browser.get("/forgotten").status_code, "secret" in browser.get("/forgotten").text) == (403, False)
    browser.sign_in(who)
    assert (browser.get("/forgotten").status_code, "secret" in browser.get("/forgotten").text) == (403, False)


def test_an_action_that_is_not_in_the_table_cannot_be_declared():
    with pytest.raises(KeyError, match=r"child\.delete"):
        needs("child.delete")


def _browser(app: Flask, *roles: str, **changes: object) -> Browser:
    with system(app) as session:
        who = person(session, app, *roles, **changes)
    browser = Browser(app)
    browser.sign_in(who)
    return browser


def _expected(role: str | None, action: str, method: str) -> set[int]:
    """Allowed: a page, a way on, or (without the token that ``_asked`` leaves out) a refused form."""
    if reach_of([role] if role else [], action) is None:
        return {403}
    return {400} if method in UNSAFE else {200, 302, 303, 404}


@pytest.mark.parametrize("role", [*ROLES, None], ids=lambda role: role or "no role")
def test_each_role_is_answered_as_the_table_says(app, role):
    """No token is sent: whoever may is stopped at the form, so that nothing is changed by trying."""
    browser = _browser(app, *([role] if role else []))
    wrong = {}
    for rule in rules(app):
        action = action_of(app, rule.endpoint)
        if action == PUBLIC:
            continue
        for method in methods(rule):
            path = path_of(app, rule, {})
            answer = browser.client.open(path, method=method, base_url=browser.base)
            if answer.status_code not in _expected(role, str(action), method):
                wrong[f"{method} {path}"] = (action, answer.status_code)
            answer.close()
    assert wrong == {}


@pytest.mark.parametrize("whose", ["nobody", "disabled", "agency off"])
def test_who_is_not_signed_in_gets_nothing(app, whose):
    if whose == "nobody":
        browser = Browser(app)
    else:
        browser = _browser(app, "officer")
        with system(app) as session:
            from service.accounts.models import Account

            found = session.query(Account).order_by(Account.id.desc()).first()
            if whose == "disabled":
                found.disabled_at = datetime.now(UTC)
            else:
                found.agency.active = False
    wrong = {}
    for rule in rules(app):
        if action_of(app, rule.endpoint) == PUBLIC:
            continue
        for method in methods(rule):
            path = path_of(app, rule, {})
            answer = browser.client.open(path, method=method, base_url=browser.base)
            led = answer.status_code == 303 and str(answer.location).startswith("/login")
            if not led and answer.status_code != 401:
                wrong[f"{method} {path}"] = answer.status_code
    assert wrong == {}


def test_what_is_anothers_is_answered_like_what_is_not_there(app):
    """A1: the clerk of one agency asks for the rows of another, and for rows that nobody has."""
    with system(app) as session:
        other = factories.account(session, "clerk", of=factories.agency(session, "police"))
        key = factories.api_key(session, other)
    browser = _browser(app, "clerk")
    browser.get("/me")
    answers = [browser.post(f"/me/keys/{number}/revoke") for number in (key.id, 2**31 - 1)]
    assert [answer.status_code for answer in answers] == [404, 404]
    said = [answer.text.replace(answer.headers["X-Request-Id"], "") for answer in answers]
    assert len(said[0]) == len(said[1])


def test_a_key_narrows_what_its_person_may():
    person = Identity(1, "x", "x", 1, "x", "police", "659999", frozenset({"clerk"}))
    key = Identity(
        1, "x", "x", 1, "x", "police", "659999", frozenset({"clerk"}), "zh", True, frozenset({"list.view"})
    )
    assert person.may("list.upload")
    assert key.may("list.view")
    assert not key.may("list.upload")
