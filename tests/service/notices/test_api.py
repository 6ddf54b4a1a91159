"""Notices and plans for programs: the same rules, the same walls, the same masks as on pages."""

from __future__ import annotations

from typing import Any

import pytest

from service.rounds.views import today
from tests.service.plans.steps import persuading, rename
from tests.service.runs.county import Site


def ask(site: Site, login: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
    """Ask in the session of somebody who is signed in."""
    who = site.browser(login)
    headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
    told: Any = {"json": body} if method == "POST" else {"query_string": body}
    answer = who.client.open(f"/api/v1{path}", method=method, base_url=who.base, headers=headers, **told)
    return answer.status_code, answer.get_json()


def test_a_notice_is_issued_and_delivered_by_a_program(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="欧阳犇骉")
    version = site.one("select version from child_case where id = :n", n=number)
    path = f"/cases/{number}/notices"
    assert ask(site, "officer", "POST", path, kind="nothing", version=version)[0] == 422
    assert ask(site, "officer", "POST", path, kind="persuade", version=version - 1)[0] == 409
    status, told = ask(site, "officer", "POST", path, kind="order", version=version)
    assert (status, "《限期复学通知书》" in told["error"]["message"]) == (409, True)
    status, made = ask(site, "officer", "POST", path, kind="persuade", version=version, reason="未到校")
    assert (status, made["state"], made["reason"]) == (201, "issued", "未到校")
    day = today().isoformat()
    path = f"/notices/{made['id']}/delivery"
    status, made = ask(site, "officer", "POST", path, day=day, how="S01", to="其父")
    assert (status, made["state"], made["served_on"]) == (200, "running", day)
    assert ask(site, "officer", "POST", path, day=day, how="S01", to="其父")[0] == 409
    status, told = ask(site, "officer", "GET", f"/cases/{number}/notices")
    assert [each["state"] for each in told["notices"]] == ["running"]
    assert [each["name"] for each in told["steps"] if each["number"]] == ["persuade"]


@pytest.mark.parametrize("path", ["/cases/{}/notices", "/cases/{}/plan"])
def test_another_agencys_child_is_not_there(cases_seen: Site, path: str) -> None:
    number = persuading(cases_seen)
    assert ask(cases_seen, "officer", "GET", path.format(number))[0] == 200
    assert ask(cases_seen, "clerk", "GET", path.format(number))[0] == 404


def test_follow_ups_are_listed(cases_seen: Site) -> None:
    status, told = ask(cases_seen, "officer", "GET", "/follow-ups", which="all")
    assert (status, told["total"], told["follow_ups"]) == (200, 0, [])
    assert ask(cases_seen, "officer", "GET", "/follow-ups", which="none")[0] == 422
