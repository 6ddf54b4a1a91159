"""Which entry of the navigation a page lies in: one at most, whoever looks."""

from __future__ import annotations

import re

import pytest

from service.features import features
from service.navigation import current
from tests.servers import Database
from tests.web import Browser, app_of, person, system

CURRENT = re.compile(r'<a href="([^"]+)" aria-current="page">')


@pytest.fixture(scope="module")
def app(module_database: Database):
    made = app_of(module_database)
    with system(made) as session:
        person(session, made, "officer", login="officer")
        person(session, made, "verifier", login="verifier")
        person(session, made, "auditor", login="auditor")
    return made


@pytest.mark.parametrize(
    ("login", "path", "entry"),
    [
        ("officer", "/runs", ["/runs"]),
        ("officer", "/runs?round=1", ["/runs"]),
        ("officer", "/children", ["/children"]),
        ("officer", "/lists", ["/lists"]),
        ("officer", "/lists/new", ["/lists"]),
        ("officer", "/layouts", ["/lists"]),
        ("officer", "/rounds", ["/rounds"]),
        ("officer", "/me", []),
        ("verifier", "/children", ["/children"]),
        ("auditor", "/audit/", ["/audit/"]),
    ],
)
def test_one_entry_is_the_current_one(app, login: str, path: str, entry: list[str]) -> None:
    who = Browser(app)
    who.sign_in(login)
    page = who.get(path)
    assert page.status_code == 200
    assert CURRENT.findall(page.text) == entry


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        ("/runs/1", "runs.overview"),
        ("/runs/1/compare/2", "runs.overview"),
        ("/runs/1/children", "runs.latest"),
        ("/runs/1/children/7", "runs.latest"),
        ("/lists/3", "uploads.index"),
        ("/feeds", "uploads.feeds"),
        ("/accounts/new", "accounts.accounts"),
        ("/rounds/1", "rounds.overview"),
        ("/", ""),
        ("/nowhere", ""),
    ],
)
def test_a_page_lies_in_the_entry_of_the_longest_path(app, rule: str, entry: str) -> None:
    places = [place for module in features("views") for place in getattr(module, "PLACES", ())]
    with app.test_request_context(rule):
        assert current(app, places) == entry
