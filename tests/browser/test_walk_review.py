"""Deciding by keys: the queue, one child after the other, undone; blind, on a phone, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.jobs.perform import perform
from tests.browser.county import seen
from tests.browser.watched import Watch, go
from tests.servers import Servers
from tests.service.conftest import Kept
from tests.service.reviews.county import doubtful_run
from tests.service.runs.county import Site
from tests.web import PASSWORD

pytestmark = pytest.mark.long

Serve = Callable[[Any], str]


@pytest.fixture(scope="module")
def kept(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return doubtful_run(servers, tmp_path_factory)


@pytest.fixture
def site(kept: Kept, tmp_path: Path) -> Iterator[Site]:
    made = kept.lend(tmp_path / "state")
    yield made
    kept.servers.drop(made.database)


def enter(page: Page, address: str, login: str = "officer") -> Page:
    page.goto(f"{address}/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def test_children_are_decided_by_keys_and_undone(watch: Watch, serve: Serve, site: Site) -> None:
    page = enter(watch.open(), serve(site.app))
    go(page.get_by_role("link", name="疑似匹配"))
    seen(page)
    page.get_by_role("link", name="开始判定").click()
    expect(page.get_by_role("heading", name="司马青", level=1)).to_be_visible()
    expect(page.locator("mark").first).to_be_visible()
    seen(page)
    page.keyboard.press("s")
    expect(page.get_by_text("已记下：判定在籍")).to_be_visible()
    expect(page.get_by_role("heading", name="司马青", level=1)).to_have_count(0)
    second = page.get_by_role("heading", level=1).inner_text()
    page.get_by_label("理由").press("d")  # a letter of a reason decides nothing
    expect(page.get_by_label("理由")).to_have_value("d")
    page.get_by_label("理由").press("Tab")
    page.keyboard.press("d")
    expect(page.get_by_text("已记下：判定未就学")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name=second, level=1)).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="司马青", level=1)).to_be_visible()
    assert site.rows("select state, count(*) from review_item group by 1") == [("open", 7)]
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="司马青", level=1)).to_have_count(0)


def test_a_sample_is_looked_at_blindly_by_keys(watch: Watch, serve: Serve, site: Site) -> None:
    page = enter(watch.open(360), serve(site.app))
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/reviews/1", page.url))
    page.get_by_label("样本数").fill("6")
    go(page.get_by_role("button", name="随机抽取"))
    job = site.one("select job_id from review_sample")
    assert perform(site.settings, job) == "done"
    page.goto(page.url)
    go(page.get_by_role("link", name="继续盲审"))
    seen(page)
    expect(page.get_by_text("不显示比对的结论")).to_be_visible()
    assert "可能性：" not in page.get_by_role("main").inner_text()
    for at, key in enumerate("1ud", 2):
        page.keyboard.press(key)
        expect(page.get_by_text(f"盲审第 {at} 名")).to_be_visible()


def test_deciding_without_javascript_on_a_phone(watch: Watch, serve: Serve, site: Site) -> None:
    page = enter(watch.open(360, javascript=False), serve(site.app))
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/reviews/1/next", page.url))
    go(page.get_by_role("link", name="不标出不同的字").first)
    expect(page.locator("mark")).to_have_count(0)
    page.get_by_role("button", name="无法判断").click()
    expect(page.get_by_text("已记下：无法判断")).to_be_visible()
    expect(page.locator("mark")).to_have_count(0)
