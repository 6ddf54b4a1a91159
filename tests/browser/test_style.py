"""The style page in a real browser: every macro, at a desk and on a phone, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.answers import SAID
from tests.browser.serving import serving
from tests.browser.style_app import LAST, style_app
from tests.browser.watched import PATIENCE, Axe, Watch, go, too_wide

DESK, PHONE = 1280, 360
each_width = pytest.mark.parametrize("width", [DESK, PHONE])


@pytest.fixture(scope="module")
def style() -> Iterator[str]:
    with serving(style_app()) as address:
        yield address


@each_width
@pytest.mark.parametrize("path", ["/", "/door", "/?lang=en", "/error/404"])
def test_pages_are_accessible_and_fit(watch: Watch, axe: Axe, style: str, width: int, path: str) -> None:
    watch.allow("status of 404")
    page = watch.open(width)
    page.goto(style + path)
    axe(page)
    assert too_wide(page) == ""


@pytest.mark.parametrize("status", sorted(SAID))
def test_errors_are_designed_pages(watch: Watch, style: str, status: int) -> None:
    watch.allow(f"status of {status}")
    page = watch.open()
    page.goto(f"{style}/error/{status}")
    expect(page.get_by_text(str(SAID[status][1]))).to_be_visible()
    expect(page.get_by_role("link", name="回到首页")).to_be_visible()


def test_everything_can_be_reached_by_keyboard_and_is_seen_to_have_focus(page: Page, style: str) -> None:
    page.goto(f"{style}/door")
    seen = []
    for _ in range(5):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " const seen = s.outlineStyle !== 'none' || s.boxShadow !== 'none';"
                " return [e.name || e.textContent.trim(), seen]; }"
            )
        )
    assert seen == [[name, True] for name in ("跳到正文", "account", "password", "登录", "English")]


def test_the_skip_link_leads_to_the_content(page: Page, style: str) -> None:
    page.goto(style)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_next_page_replaces_the_list_only_and_can_be_gone_back_from(page: Page, style: str) -> None:
    page.goto(style)
    page.evaluate("window.untouched = true")
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("第 9 至 16 条，共 1,019 条")).to_be_visible()
    assert page.url == f"{style}/?first=9"
    assert page.evaluate("window.untouched")
    expect(page.get_by_role("status").filter(has_text="内容已更新")).to_have_count(1)
    page.go_back()
    expect(page.get_by_text("第 1 至 8 条")).to_be_visible()


def test_paging_and_filtering_work_without_javascript(watch: Watch, style: str) -> None:
    page = watch.open(PHONE, javascript=False)
    page.goto(style)
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("第 9 至 16 条")).to_be_visible()
    page.get_by_label("乡镇", exact=True).select_option("柳河乡")
    page.get_by_role("button", name="筛选").click()
    expect(page).to_have_url(re.compile("town=%E6%9F%B3"))


def test_a_filter_sends_what_was_chosen(page: Page, style: str) -> None:
    page.goto(style)
    page.get_by_label("核查状态").select_option("done")
    page.wait_for_url(re.compile("state=done"))
    expect(page.get_by_text("第 1 至 8 条")).to_be_visible()


def test_a_question_is_asked_before_it_is_done(watch: Watch, style: str) -> None:
    for javascript in (True, False):
        page = watch.open(javascript=javascript)
        page.goto(style)
        yes = page.get_by_role("button", name="确定停止")
        expect(yes).to_be_hidden()
        page.get_by_text("停止比对", exact=True).click()
        yes.click()
        expect(page.get_by_text("已收到。")).to_be_visible()


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page, style: str) -> None:
    page.goto(style)
    page.get_by_text("李敏").first.click()
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="退出登录")).to_be_hidden()
    expect(page.locator("summary", has_text="李敏").first).to_be_focused()


def test_progress_is_asked_for_until_it_ends(page: Page, style: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/progress" in request.url else None)
    page.goto(style)
    expect(page.get_by_text(f"{LAST} / {LAST}")).to_be_visible(timeout=20_000)
    count = len(asked)
    page.wait_for_timeout(2_500)
    assert len(asked) == count > 0


def test_a_dropped_file_is_named(page: Page, style: str) -> None:
    page.goto(style)
    page.get_by_label("选择名单文件，或拖放到这里").set_input_files(
        {"name": "常住人口.xlsx", "mimeType": "application/octet-stream", "buffer": b"x" * 2048}
    )
    expect(page.get_by_text("常住人口.xlsx（2 KB）")).to_be_visible()


def test_a_chart_is_drawn_and_its_numbers_stand_below(watch: Watch, style: str) -> None:
    page = watch.open()
    page.goto(style)
    expect(page.locator("#towns canvas")).to_be_visible()
    plain = watch.open(javascript=False)
    plain.goto(style)
    expect(plain.get_by_role("cell", name="430")).to_be_visible()


def test_what_differs_is_marked_and_said(page: Page, style: str) -> None:
    page.goto(style)
    row = page.get_by_role("row").filter(has_text="证件号码").filter(has=page.locator("mark"))
    assert row.locator("mark").all_inner_texts() == ["不同：\n3", "不同：\n8"]


def test_the_language_is_kept(page: Page, style: str) -> None:
    page.goto(f"{style}/door")
    go(page.get_by_role("link", name="English"))
    page.goto(style)
    expect(page.get_by_role("link", name="Next")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_error_of_a_part_shows_the_designed_page(watch: Watch, style: str) -> None:
    watch.allow("status of 409|Response Status Error Code 409")
    page = watch.open()
    page.goto(style)
    page.route("**/?first=9", lambda route: route.continue_(url=f"{style}/error/409"))
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_role("heading", name="现在不能这样办理")).to_be_visible()


@pytest.mark.parametrize(
    ("hostile", "fault"),
    [
        ("fetch('http://example.org/').catch(() => 0)", "leaves the machine|CSP"),
        ("console.error('wrong')", "console: wrong"),
        ("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')", "CSP"),
        ("setTimeout(() => { throw new Error('broken') })", "error in a script"),
    ],
)
def test_the_watch_sees(browser: Any, style: str, hostile: str, fault: str) -> None:
    watch = Watch(browser)
    page = watch.open()
    page.goto(style)
    page.evaluate(f"() => {{ {hostile} }}")
    for _ in range(PATIENCE // 100):
        if any(re.search(fault, each) for each in watch.faults):
            break
        page.wait_for_timeout(100)
    faults = watch.close()
    assert any(re.search(fault, each) for each in faults)


def test_axe_sees(watch: Watch, axe: Axe, serve: Callable[[Any], str]) -> None:
    app = style_app()
    app.add_url_rule("/bad", "bad", lambda: "<html lang=zh><title>t</title><main><h1>h</h1><input></main>")
    watch.allow("status of 404")  # the picture of a site, which this page does not name
    page = watch.open()
    page.goto(serve(app) + "/bad")
    with pytest.raises(AssertionError, match="label"):
        axe(page)
