"""Each role: what its navigation offers, that all of it is good to use, and that the rest is refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.county import County, seen
from tests.browser.watched import Watch, go

OFFERED = {
    login: labels.split()
    for login, labels in {
        "officer": "核查批次 统计 名单 自动报送 个案 比对 待办提醒 劝返与跟踪 儿童名单 文书 疑似匹配"
        " 查看申请 联席会议 数据更正 台账 资助核对",
        "clerk": "核查批次 名单 自动报送 个案 待办提醒 劝返与跟踪 文书 数据更正 资助核对",
        "verifier": "核查批次 统计 个案 待办提醒 劝返与跟踪 儿童名单 文书 台账",
        "member": "核查批次 统计 个案 比对 待办提醒 劝返与跟踪 儿童名单 文书 联席会议 台账",
        "leader": "核查批次 统计 名单 个案 比对 待办提醒 劝返与跟踪 儿童名单 文书 疑似匹配"
        " 查看申请 联席会议 数据更正 台账 资助核对",
        "auditor": "核查批次 统计 名单 个案 比对 待办提醒 劝返与跟踪 儿童名单 文书 疑似匹配"
        " 联席会议 数据更正 台账 资助核对 审计记录",
        "sysadmin": "账号 单位和区划",
        "secadmin": "账号",
        "auditadmin": "审计记录",
    }.items()
}
REFUSED = {
    "officer": "/audit/",
    "clerk": "/children",
    "verifier": "/runs",
    "member": "/lists",
    "leader": "/lists/new",
    "auditor": "/unmasking",
    "sysadmin": "/children",
    "secadmin": "/lists",
    "auditadmin": "/rounds",
}
HERE = re.compile(r'aria-current="page">.*?<span>(.*?)</span>', re.S)
"""Where the navigation of a page says that one is."""

PHONE = ("verifier",)
"""Roles that work standing in a village."""

SHORT = ("clerk", "sysadmin")
"""Roles whose pages every `make test` looks at; the others', which other walks see in part, are long."""


CLICKED = ("officer", "verifier", "auditadmin", "sysadmin")
"""Roles that click on every place, between them on each; the others' places are asked for unseen."""


@pytest.mark.parametrize("login", OFFERED)
def test_a_role_is_offered_its_own_and_refused_the_rest(watch: Watch, county: County, login: str) -> None:
    county.finished_run()
    page = county.enter(watch, login, 360 if login in PHONE else 1280)
    page.goto(county.address)
    places = page.get_by_role("navigation", name="主导航").get_by_role("link")
    assert places.all_inner_texts() == OFFERED[login]
    for label in OFFERED[login]:
        place = places.filter(has_text=re.compile(f"^{label}$"))
        if login not in CLICKED:
            answer = page.request.get(county.address + str(place.get_attribute("href")))
            assert answer.ok
            assert HERE.findall(answer.text()) == [label]
            assert answer.text().count("<h1") == 1
            continue
        go(place)
        expect(places.and_(page.locator("[aria-current=page]"))).to_have_text([label])
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    watch.allow("status of 403")
    page.goto(county.address + REFUSED[login])
    expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    expect(page.get_by_role("link", name="回到首页")).to_be_visible()


@pytest.mark.parametrize(
    "login", [pytest.param(each, marks=() if each in SHORT else pytest.mark.long) for each in OFFERED]
)
def test_what_a_role_is_offered_is_good_to_use(watch: Watch, county: County, login: str) -> None:
    county.finished_run()
    page = county.enter(watch, login, 360 if login in PHONE else 1280)
    page.goto(county.address)
    places = page.get_by_role("navigation", name="主导航").get_by_role("link")
    for address in [each.get_attribute("href") or "" for each in places.all()]:
        page.goto(county.address + address)
        seen(page)
    page.goto(f"{county.address}/me")
    seen(page)
    watch.allow("status of 403")
    page.goto(county.address + REFUSED[login])
    seen(page)


def test_a_verifier_on_a_phone_sees_the_children_of_the_own_township_only(
    watch: Watch, county: County
) -> None:
    run = county.finished_run()
    page = county.enter(watch, "verifier", 360)
    page.goto(f"{county.address}/runs/{run}/children")
    expect(page.locator("#children tbody tr").first).to_be_visible()
    towns = set(page.locator("#children td[data-label=乡镇]").all_inner_texts())
    assert {each.removeprefix("禾丰县") for each in towns} == {"城关镇"}  # what the county was called before
    seen(page)
    page.locator("#children tbody tr a").first.click()
    expect(page.get_by_role("heading", name="各名单中的记录")).to_be_visible()
    seen(page)
    elsewhere = county.enter(watch, "officer")
    elsewhere.goto(f"{county.address}/runs/{run}/children")
    other = elsewhere.locator("#children tbody tr").filter(has_not_text="城关镇").first
    number = other.get_by_role("cell").first.inner_text()
    watch.allow("status of 404")
    page.goto(f"{county.address}/runs/{run}/children/{number}")
    expect(page.get_by_role("heading", name="找不到这一页")).to_be_visible()
    seen(page)
