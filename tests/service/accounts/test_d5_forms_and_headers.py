"""D5, D6: cookies, form tokens and headers on every answer of the app."""

from __future__ import annotations

import pytest

from tests.architecture.routes import UNSAFE, addresses
from tests.web import PASSWORD, Browser, app_of, person, system


@pytest.fixture
def who(app):
    with system(app) as session:
        return person(session, app, "officer")


def test_cookies_go_over_https_only_to_this_host_and_to_no_script(database):
    app = app_of(database, secure_cookies=True)
    with system(app) as session:
        who = person(session, app, "officer")
    browser = Browser(app)
    sent = browser.get("/login").headers.getlist("Set-Cookie")
    sent += browser.sign_in(who).headers.getlist("Set-Cookie")
    assert {each.split("=")[0] for each in sent} == {"__Host-rollcall", "__Host-device"}
    for each in sent:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(each.split("; ")), each
        assert "Domain" not in each
    answer = browser.get("/me")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_form_without_a_token_changes_nothing(app, browser, who):
    browser.sign_in(who)
    browser.get("/me")
    good, other = browser.token, Browser(app)
    other.get("/login")
    anonymous = other.token
    other.sign_in(who)
    other.get("/me")
    for token in ("", "made-up", anonymous, other.token):
        assert browser.post("/me/language", token=token, language="en").status_code == 400, token
    assert browser.post("/me/language", token=good, language="en").status_code == 303


def test_the_token_of_before_the_sign_in_is_worth_nothing_after_it(app, browser, who):
    browser.get("/login")
    before = browser.token
    browser.post("/login", login=who.login, password=PASSWORD)
    assert browser.post("/me/language", token=before, language="en").status_code == 400


ROLES = ("officer", "leader", "system_admin", "security_admin")
"""Who may, between them, call every route."""


def test_every_unsafe_route_asks_for_a_token(app, browser, who):
    """Also those for programs, where a person's browser calls them."""
    with system(app) as session:
        everything = [person(session, app, role) for role in ROLES]
    answers: dict[str, set[int]] = {}
    for each in everything:
        browser = Browser(app)
        browser.sign_in(each)
        for method, path in addresses(app):
            if method in UNSAFE:
                answer = browser.client.open(path, method=method, base_url=browser.base)
                answers.setdefault(f"{method} {path}", set()).add(answer.status_code)
    assert len(answers) > 20
    assert {route: found for route, found in answers.items() if found - {400, 403}} == {}
    assert [route for route, found in answers.items() if found == {403}] == []


def test_on_https_a_form_of_another_site_is_refused_by_its_referrer(database):
    app = app_of(database, secure_cookies=True)
    browser = Browser(app)
    browser.get("/login")
    form = {"csrf_token": browser.token, "login": "x", "password": "y"}
    for referrer, status in (
        ("https://elsewhere.example/", 400),
        (None, 400),
        ("https://localhost/login", 401),
    ):
        headers = {"Referer": referrer} if referrer else {}
        answer = browser.client.post("/login", base_url=browser.base, data=form, headers=headers)
        assert answer.status_code == status, referrer


def test_every_answer_has_the_headers(app, browser, who):
    browser.sign_in(who)
    for method, path in [*addresses(app), ("GET", "/no-such-page")]:
        if method != "GET":
            continue
        answer = browser.client.get(path, base_url=browser.base)
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'self'", path
        assert (policy["frame-ancestors"], policy["form-action"]) == ("'none'", "'self'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if not path.startswith("/static"):
            assert answer.headers["Cache-Control"] == "no-store", path
        answer.close()
