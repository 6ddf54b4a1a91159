"""Through the door of the real service: by keyboard, with the second factor, and what refuses."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import web
from tests.browser.county import County, seen
from tests.browser.watched import Watch, settled

OWN = "Quiet-harbour 5 bridges"
"""The password that the newcomer chooses."""


def _press(page: Page, *what: str) -> None:
    """Type texts and press keys, as ``<Tab>``: no pointer."""
    for each in what:
        if each.startswith("<"):
            page.keyboard.press(each.strip("<>"))
        else:
            page.keyboard.type(each)


def test_the_first_sign_in_by_keyboard_sets_password_and_second_factor(watch: Watch, county: County) -> None:
    page = watch.open()
    page.goto(f"{county.address}/")
    expect(page).to_have_url(re.compile("/login"))
    seen(page)
    _press(page, "<Tab>", "<Tab>", "newcomer", "<Tab>", web.PASSWORD, "<Enter>")
    page.wait_for_url("**/login/password")
    seen(page)
    _press(page, "<Tab>", "<Tab>", OWN, "<Tab>", OWN, "<Enter>")
    page.wait_for_url("**/login/factor")
    picture = page.get_by_alt_text("验证器应用的二维码")
    assert picture.evaluate("each => each.complete && each.naturalWidth > 100")
    seen(page)
    secret = page.get_by_role("main").get_by_role("code").inner_text()
    page.get_by_label("验证码").focus()
    _press(page, web.code_of(secret), "<Enter>")
    expect(page.get_by_role("heading", name="请抄下恢复码")).to_be_visible()
    settled(page)
    codes = page.get_by_role("main").get_by_role("code").all_inner_texts()
    assert len(set(codes)) == len(codes) >= 8
    seen(page)
    page.get_by_role("link", name="已抄下，继续").focus()
    _press(page, "<Enter>")
    expect(page.get_by_role("heading", name="核查批次")).to_be_visible()

    page.locator("summary", has_text="newcomer").focus()
    _press(page, "<Enter>")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    page.get_by_role("button", name="退出登录").focus()
    _press(page, "<Enter>")
    page.wait_for_url("**/login")
    _press(page, "<Tab>", "<Tab>", "newcomer", "<Tab>", OWN, "<Enter>")
    page.wait_for_url("**/login/second")
    expect(page.get_by_label("验证码")).to_be_focused()
    _press(page, codes[0], "<Enter>")
    expect(page.get_by_role("heading", name="核查批次")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_wrong_password_and_a_wrong_code_are_said(watch: Watch, county: County, width: int) -> None:
    watch.allow("status of 401")
    page = watch.open(width)
    login = "verifier_1" if width == 360 else "leader"
    page.goto(f"{county.address}/login?next=/me")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill("not this one")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不正确")
    assert page.get_by_label("登录名").input_value() == login
    seen(page)
    page.get_by_label("密码").fill(web.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("验证码").fill("000000")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不正确")
    seen(page)
