"""Whatever stands in one field of a form: it is taken or refused, and never an error of ours.

The short case of its kind is ``test_a10_binding``, which sends every form every column.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import html

from schemas.permission import PUBLIC, reach_of
from service.accounts.guard import action_of
from tests.architecture.routes import methods, path_of, rules
from tests.security.conftest import ROLES, World
from tests.security.worked import Worked, worked
from tests.servers import Servers

pytestmark = pytest.mark.long

ODD = ("²", "2" * 4_500, "9223372036854775808", "a\x00b", "-1", "1e400", "🙂" * 300)
DAYS = ("2026-13-45", "9999-12-31", "0001-01-01")
ENDING = ("logout", "/login", "/close", "/cancel")
"""Forms after which there would be nobody signed in, or nothing left to send forms about."""


@pytest.fixture(scope="module")
def county(world: World, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    made = worked(world, servers, tmp_path_factory.mktemp("forms") / "state")
    yield made
    servers.drop(made.site.database)


def forms_of(county: Worked, login: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every form that posts on a page of this person: where to, and what stands in it."""
    app, case = county.site.app, county.cases
    given = {"no": 2, "case_id": case["missing"], "cases.show:case_id": case["other"]}
    given |= {"child_id": county.child_ids("missing", "other")[0], "position": county.position}
    for rule in rules(app):
        action = str(action_of(app, rule.endpoint))
        if "GET" not in methods(rule) or action == PUBLIC or reach_of((ROLES[login],), action) is None:
            continue
        path = path_of(app, rule, given)
        page = county.browser(login).get(path)
        if page.mimetype == "text/html" and page.status_code == 200:
            for form in html.fromstring(page.data).forms:
                where = form.action or path
                if form.method == "POST" and not any(word in where for word in ENDING):
                    filled = {name: value or "1" for name, value in form.form_values()}
                    names = {each.name for each in form.inputs if each.name} - {"csrf_token"}
                    yield where, {name: filled.get(name, "1") for name in names}
        page.close()


@pytest.mark.parametrize("login", ["officer", "leader", "verifier", "clerk", "member"])
def test_no_form_fails_over_a_field(county: Worked, login: str) -> None:
    who, failed, tried = county.browser(login), [], set()
    for where, fields in forms_of(county, login):
        for name in sorted(fields):
            if (where.partition("?")[0], name) in tried:
                continue
            tried.add((where.partition("?")[0], name))
            for odd in (*ODD, *DAYS):
                answer = who.post(where, **{**fields, name: odd})
                if answer.status_code >= 500:
                    failed.append((where, name, odd[:20], answer.status_code))
                answer.close()
    assert failed == []
    assert tried
