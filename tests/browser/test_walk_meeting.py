"""The joint meeting and the ledgers in a browser: by keys, by links, without JavaScript, on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.county import seen
from tests.browser.watched import Watch, go
from tests.service.conftest import kept_cases, kept_lists, kept_played, kept_run
from tests.service.meetings.conftest import KeptMeeting, Meeting, kept_meeting, sitting

pytestmark = pytest.mark.long

__all__ = ["kept_cases", "kept_lists", "kept_meeting", "kept_played", "kept_run"]

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def room(kept_meeting: KeptMeeting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    """The county at its meeting, with an agenda and a sitting."""
    made = kept_meeting.lend(tmp_path_factory.mktemp("room"))
    made.post("officer", "/meetings/1/agenda")
    sitting(made)
    yield made
    kept_meeting.kept.servers.drop(made.site.database)


@pytest.fixture
def enter(room: Meeting, serve: Callable[[Any], str], watch: Watch) -> Enter:
    """``enter(login, path, width, javascript)``: a page of somebody signed in."""
    address = serve(room.site.app)

    def opened(login: str, path: str, width: int = 1280, *, javascript: bool = True) -> Page:
        page = watch.open(width, javascript=javascript)
        cookie = {"name": "rollcall", "value": room.as_(login).cookie(), "url": address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{address}{path}")
        return page

    return opened


def test_the_projector_is_led_by_keys(enter: Enter) -> None:
    page = enter("officer", "/meetings/1")
    seen(page)
    go(page.get_by_role("link", name="投影逐个讨论"))
    seen(page)
    for key, at in (("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("PageUp", 1), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        expect(page.locator("header .turn b")).to_have_text(f"{at} / 14")
    page.get_by_label("决定").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("header .turn b")).to_have_text("1 / 14")
    size = page.locator("h1").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 48


def test_a_decision_is_taken_down_without_a_script(enter: Enter) -> None:
    page = enter("officer", "/meetings/1/show/2", javascript=False)
    page.get_by_label("决定").select_option("go_on")
    page.get_by_label("办结期限").fill("2026-12-31")
    page.get_by_label("内容").fill("下周再去一次")
    page.get_by_role("button", name="记录").click()
    expect(page.get_by_text("已记录：继续核查。")).to_be_visible()
    expect(page.get_by_role("heading", name="已作决定")).to_be_visible()
    page.get_by_role("link", name="下一个").first.click()
    expect(page.locator("header .turn b")).to_have_text("3 / 14")


def test_the_figures_are_signed_and_the_page_says_by_whom(enter: Enter, room: Meeting) -> None:
    page = enter("officer", "/meetings/1/signing")
    seen(page)
    page.locator("summary", has_text="提交签署").click()
    page.get_by_role("button", name="提交签署", exact=True).click()
    expect(page.get_by_text("各单位可以签署了")).to_be_visible()
    page = enter("member", "/meetings/1/signing")
    page.get_by_label("本人密码").fill("Tall-river 7 lanterns")
    seen(page)
    page.get_by_role("button", name="代表本单位签署以下数字").click()
    expect(page.get_by_text("您的单位已签署。")).to_be_visible()
    room.post("officer", "/meetings/1/signing/withdraw", reason="下一个测试还要用")


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_and_can_be_read(enter: Enter, room: Meeting, width: int) -> None:
    child = room.site.one("select child_id from child_case where id = :n", n=room.cases["dropped out"])
    page = enter("officer", "/meetings", width)
    paths = (
        "/meetings/1", "/meetings/1/agenda", "/meetings/1/show/1", "/meetings/1/signing", "/ledgers",
        "/ledgers/dropout", "/ledgers/school_age", "/ledgers/changes", f"/ledgers/children/{child}",
    )  # fmt: skip
    for path in paths:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        seen(page)
