"""Whatever stands in one field of a form: it is taken or refused, and never an error of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from flask import Flask
from lxml import html

from schemas.permission import PUBLIC, reach_of
from service.accounts.guard import action_of
from tests.architecture.routes import methods, path_of, rules
from tests.security.conftest import ROLES, World
from tests.security.worked import Worked, worked
from tests.servers import Servers
from tests.service.runs.county import Site
from tests.web import Browser

Form = tuple[str, dict[str, str]]

RAISED, LAST = "²", "9999-12-31"
ODD = (
    *(RAISED, "2" * 4_500, "9223372036854775808", "a\x00b", "-1", "1e400", "🙂" * 300),
    *("2026-13-45", "0001-01-01", LAST),
)
ENDING = ("logout", "/login", "/close", "/cancel")
"""Forms after which there would be nobody signed in, or nothing left to send forms about."""


@pytest.fixture(scope="module")
def county(world: World, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    made = worked(world, servers, tmp_path_factory.mktemp("forms") / "state")
    yield made
    servers.drop(made.site.database)


def forms_of(who: Browser, app: Flask, role: str, given: Mapping[str, object]) -> Iterator[Form]:
    """Every form that posts on a page of this person: where to, and what stands in it."""
    for rule in rules(app):
        action = str(action_of(app, rule.endpoint))
        if "GET" not in methods(rule) or action == PUBLIC or reach_of((role,), action) is None:
            continue
        path = path_of(app, rule, given)
        page = who.get(path)
        if page.mimetype == "text/html" and page.status_code == 200:
            for form in html.fromstring(page.data).forms:
                where = form.action or path
                if form.method == "POST" and not any(word in where for word in ENDING):
                    filled = {name: value or "1" for name, value in form.form_values()}
                    names = {each.name for each in form.inputs if each.name} - {"csrf_token"}
                    yield where, {name: filled.get(name, "1") for name in names}
        page.close()


def failures(who: Browser, forms: Iterator[Form], values: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """The fields, tried once each, over which an answer was an error of ours; there must be some fields."""
    failed, tried = [], set()
    for where, fields in forms:
        for name in sorted(fields):
            if (where.partition("?")[0], name) in tried:
                continue
            tried.add((where.partition("?")[0], name))
            for odd in values:
                answer = who.post(where, **{**fields, name: odd})
                if answer.status_code >= 500:
                    failed.append((where, name, odd[:20], answer.status_code))
                answer.close()
    assert tried
    return failed


def test_a_county_without_cases(world: World, servers: Servers) -> None:
    database = servers.fresh(world.site.database)
    site = Site(replace(world.site.settings, database_url=database.app_url), database)
    who = site.browser("officer")
    forms = forms_of(who, site.app, "officer", {"no": 2})
    assert failures(who, forms, (RAISED, LAST)) == []
    servers.drop(database)


@pytest.mark.long
@pytest.mark.parametrize("login", ["officer", "leader", "verifier", "clerk", "member"])
def test_a_county_at_work(county: Worked, login: str) -> None:
    who, case = county.browser(login), county.cases
    given = {"no": 2, "case_id": case["missing"], "cases.show:case_id": case["other"]}
    given |= {"child_id": county.child_ids("missing", "other")[0], "position": county.position}
    forms = forms_of(who, county.site.app, ROLES[login], given)
    assert failures(who, forms, ODD) == []
