"""Whatever stands behind the address of a page: it is answered or refused, and never an error of ours."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from schemas.permission import PUBLIC, reach_of
from service.accounts.guard import action_of
from tests.architecture.routes import methods, path_of, rules
from tests.security.conftest import ROLES, World

PAGES = ("after", "before")
NUMBERS = ("round", "with", "no", "page", "skip", "assignee", "agency", "account")
WORDS = (
    *("by", "candidate", "column", "kind", "marks", "outcome", "q", "severity", "state", "tier", "reason"),
    *("group", "township", "unlisted", "what", "which", "enrolment", "attendance", "actor", "action"),
    *("subject", "result", "since", "until"),
)
RAISED, LONG, HUGE, NUL = "²", "2" * 4_500, "9223372036854775808", "a\x00b"
FEW = ((PAGES, RAISED), (PAGES, LONG), (NUMBERS, RAISED), (WORDS, NUL))
"""Together, since every request costs: the first that is wrong may hide the others."""
EACH = [
    *(((name,), odd) for name in (*PAGES, *NUMBERS) for odd in (RAISED, LONG, HUGE, NUL, "-1")),
    *(((name,), odd) for name in WORDS for odd in (NUL, "-1")),
]
ALL = ("officer", "verifier", "sysadmin", "auditadmin")


@pytest.mark.parametrize(
    ("login", "asked"),
    [
        pytest.param("officer", FEW, id="officer"),
        *(pytest.param(login, EACH, id=f"{login}, each", marks=pytest.mark.long) for login in ALL),
    ],
)
def test_no_page_fails_over_its_address(
    world: World, login: str, asked: list[tuple[tuple[str, ...], str]]
) -> None:
    who, app = world.browser(login), world.site.app
    given = {"run_id": 1, "no": 2, "round_id": 1, "list_id": 1, "account_id": 11}
    failed, pages = [], 0
    for rule in rules(app):
        action = str(action_of(app, rule.endpoint))
        if "GET" not in methods(rule) or (action != PUBLIC and reach_of((ROLES[login],), action) is None):
            continue
        path = path_of(app, rule, given)
        pages += who.get(path).status_code == 200
        for names, odd in asked:
            answer = who.get(f"{path}?{urlencode(dict.fromkeys(names, odd))}")
            if answer.status_code >= 500:
                failed.append((path, names[0], odd[:20], answer.status_code))
            answer.close()
    assert failed == []
    assert pages > 5
