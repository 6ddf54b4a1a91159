"""Bringing a child back, as a township does it: plan, notice, delivery, return; at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.db import SYSTEM, transaction
from service.notices.documents import text_of
from service.rounds.models import Round
from service.rounds.views import today
from tests.browser.county import seen
from tests.browser.watched import Watch, go
from tests.servers import Servers
from tests.service.plans.steps import entered, persuading, rename
from tests.service.runs.county import Site, make_lists
from tests.web import PASSWORD, settings_of

pytestmark = pytest.mark.long

Serve = Callable[[Any], str]


@pytest.fixture
def site(servers: Servers, tmp_path: Path) -> Iterator[Site]:
    """A county whose round is being verified, without lists: its children are found by foot."""
    database = servers.fresh()
    made = Site(settings_of(database, state=str(tmp_path / "state")), database)
    make_lists(made.settings, [])
    with transaction(made.settings.database_url, SYSTEM) as session:
        session.get_one(Round, 1).state = "verifying"
    yield made
    servers.drop(database)


def enter(page: Page, address: str, login: str = "verifier") -> Page:
    page.goto(f"{address}/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def opened(page: Page, label: str) -> None:
    page.locator("summary", has_text=label).first.click()


def test_a_child_is_brought_back_at_a_desk(watch: Watch, serve: Serve, site: Site) -> None:
    number = persuading(site)
    rename(site, number, name="阿依古丽·买买提", guardian="买买提·吐尔逊")
    address = serve(site.app)
    page = enter(watch.open(), address)
    page.goto(f"{address}/cases/{number}")
    page.get_by_role("link", name="一人一案").click()
    expect(page.get_by_role("heading", name="阿依古丽·买买提", level=1)).to_be_visible()
    seen(page)
    page.get_by_label("政府线责任单位").select_option(label="城关镇人民政府")
    page.get_by_label("政府线责任人").fill("王镇长 0990-1")
    page.get_by_label("教育线责任单位").select_option(index=1)
    page.get_by_label("教育线责任人").fill("李主任")
    page.get_by_role("button", name="保存方案").click()
    expect(page.get_by_text("方案已保存")).to_be_visible()
    opened(page, "加入措施")
    page.get_by_label("措施", exact=True).select_option(label="上门家访")
    page.get_by_label("由谁去做").fill("班主任")
    page.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_text("措施已加入方案")).to_be_visible()
    opened(page, "登记效果")
    page.get_by_label("效果", exact=True).fill("家长不同意")
    seen(page)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("无效")).to_be_visible()
    seen(page)

    go(page.get_by_role("link", name="文书", exact=True).first)
    page.goto(f"{address}/cases/{number}/notices")
    seen(page)
    page.get_by_label("劝返通知书").check()
    page.get_by_label("事由").fill("该生自2026年6月1日起未到校。")
    page.get_by_role("button", name="编号并生成文书").click()
    expect(page.get_by_text("已编号")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载").click()
    assert "阿依古丽·买买提" in text_of(Path(waiting.value.path()).read_bytes())
    opened(page, "登记送达")
    page.get_by_label("签收人").fill("买买提·吐尔逊")
    seen(page)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("送达已登记")).to_be_visible()
    expect(page.get_by_text("期满后才能制发《限期复学通知书》")).to_be_visible()
    seen(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])
def test_on_a_phone_a_return_is_recorded_and_followed(
    watch: Watch, serve: Serve, site: Site, javascript: bool
) -> None:
    number = persuading(site)
    address = serve(site.app)
    page = enter(watch.open(360, javascript=javascript), address)
    page.goto(f"{address}/cases/{number}/plan")
    opened(page, "登记复学")
    page.get_by_label("复学日期").fill((today() - timedelta(days=10)).isoformat())
    page.get_by_label("实际编入的年级").fill("5")
    page.get_by_label("编入其他年级的理由").fill("家长和学校商定")
    page.get_by_role("button", name="登记复学").click()
    expect(page.get_by_text("复学已登记")).to_be_visible()
    if javascript:
        seen(page)
    page.goto(f"{address}/plans")
    expect(page.get_by_text("逾期 3 天")).to_be_visible()
    if javascript:
        seen(page)
    go(page.locator("#waiting").get_by_role("link").first)
    opened(page, "登记跟踪")
    page.get_by_label("是否在校").first.select_option("1")
    page.get_by_role("button", name="登记", exact=True).first.click()
    expect(page.get_by_text("跟踪已登记")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_notices_and_prints_are_fit_to_be_seen(
    watch: Watch, serve: Serve, site: Site, width: int
) -> None:
    entered(site, 3, state="persuading")
    (number,) = entered(site, 1, state="verifying")
    address = serve(site.app)
    page = enter(watch.open(width), address, "officer")
    for path in (
        "/notices", "/notices/batch", "/notices/templates", "/notices/letterhead", "/prints", "/plans",
        f"/cases/{number}/print", f"/cases/{number}/notices",
    ):  # fmt: skip
        page.goto(f"{address}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        seen(page)
    page.goto(f"{address}/notices/batch")
    page.get_by_role("button", name="编号并生成文书").click()
    expect(page.get_by_text("已制发 3 份")).to_be_visible()
    seen(page)
