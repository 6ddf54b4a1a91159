"""Corrections in a browser: chosen and answered, on a desk and on a phone without JavaScript."""

from __future__ import annotations

import pytest

from tests.browser import watched
from tests.servers import Servers
from tests.service.corrections import county
from tests.service.runs.county import Site
from tests.web import PASSWORD, settings_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def made(servers: Servers, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("corrections")
    database = servers.fresh()
    site = Site(settings_of(database, state=str(folder / "state"), lease_seconds=2), database)
    county.first_round(site, folder / "files")
    yield site
    servers.drop(database)


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (360, False)])
def test_an_agency_answers_its_corrections(
    made: Site, watch: watched.Watch, axe: watched.Axe, serve, width: int, javascript: bool
) -> None:
    page = watch.open(width, javascript=javascript)
    at = serve(made.app)
    page.goto(f"{at}/login")
    page.fill("[name=login]", "officer")
    page.fill("[name=password]", PASSWORD)
    watched.go(page.locator("main button[type=submit], form button[type=submit]"))
    page.goto(f"{at}/corrections")
    watched.go(page.get_by_role("link", name="青禾县education"))
    if javascript:
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the page"
    done = made.one("select count(*) from correction where state = 'done'")
    page.locator("input[name=item]:not(:checked)").nth(done).check()
    watched.go(page.get_by_role("button", name="办理选中的项"))
    assert "已办理 1 项" in page.inner_text("main")
    watched.go(page.get_by_role("link", name="核对报告"))
    if javascript:
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
