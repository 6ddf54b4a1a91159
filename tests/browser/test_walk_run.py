"""The bureau's officer: the board, a run with its progress, the funnel, the list, one child, files."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import expect
from python_calamine import load_workbook

from tests.browser.county import County, seen
from tests.browser.watched import Watch, go

SLOW = 90_000
BITS = "table.waterfall >> nth=0 >> tbody td.num"


def test_a_run_is_started_watched_and_read(watch: Watch, county: County) -> None:
    page = county.enter(watch, "officer")
    page.goto(county.address)
    go(page.get_by_role("link", name="2026年秋季"))
    seen(page)
    expect(page.get_by_role("row", name="户籍人口名单").get_by_text("已提交")).to_be_visible()
    go(page.get_by_role("main").get_by_role("link", name="比对", exact=True))
    page.locator("summary", has_text="开始比对").click()
    seen(page)
    with county.worker_held():  # the page is another one when the run has ended, however soon that is
        go(page.get_by_role("button", name="开始", exact=True))
        expect(page).to_have_url(re.compile(r"/runs/\d+$"))
        expect(page.get_by_role("progressbar")).to_be_visible()
        seen(page)
    expect(page.get_by_role("heading", name="从记录到儿童")).to_be_visible(timeout=SLOW)
    seen(page)
    figures = page.locator("dl.figures")
    total, enrolled, review, missing, _absent = (
        int(each.replace(",", "")) for each in figures.locator("dd:not(.by)").all_inner_texts()
    )
    assert total > 100
    assert total == enrolled + review + missing
    expect(page.locator("ol.funnel li")).to_have_count(page.locator("ol.funnel b").count())
    expect(page.get_by_text("全部记录都有去向")).to_be_visible()
    figures.get_by_role("link").nth(2).click()
    expect(page.get_by_label("就学状态")).to_have_value("not_enrolled")
    expect(page.locator("#children tbody tr")).to_have_count(min(missing, 50))


def test_the_list_is_narrowed_paged_and_searched(watch: Watch, county: County) -> None:
    run = county.finished_run()
    page = county.enter(watch, "officer")
    page.goto(f"{county.address}/runs/{run}/children")
    seen(page)
    page.evaluate("window.untouched = true")
    first = page.locator("#children tbody tr").first.inner_text()
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("#children tbody tr").first).not_to_have_text(first)
    page.get_by_role("link", name="上一页").click()
    expect(page.locator("#children tbody tr").first).to_contain_text(first.split("\t")[0])
    page.get_by_label("就学状态").select_option("review")
    expect(page.get_by_text("已匹配在籍", exact=True).and_(page.locator(".tag"))).to_have_count(0)
    assert page.evaluate("window.untouched")
    seen(page)
    page.get_by_label("在班情况").select_option("absent")
    expect(page.get_by_text("没有符合条件的儿童")).to_be_visible()
    seen(page)
    page.get_by_role("link", name="清除条件").click()
    whole = page.locator("#children tbody tr").filter(has_text=re.compile(r"[男女].?20\d\d-\d\d-\d\d")).first
    name, birthday = whole.get_by_role("link").inner_text(), whole.get_by_role("cell").nth(3).inner_text()
    page.locator("summary", has_text="按证件号码或姓名查找").click()
    page.get_by_label("或：姓名").fill(name)
    page.get_by_label("和出生日期").fill(birthday)
    page.get_by_role("button", name="查找", exact=True).click()
    expect(page.get_by_text(re.compile("找到 [1-9] 名儿童"))).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert "name=" not in page.url
    seen(page)
    watch.allow("status of 400")
    page.get_by_label("证件号码(完整)").fill("12345")
    page.get_by_role("button", name="查找", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("请填写完整的证件号码")
    expect(page.get_by_label("证件号码(完整)")).to_be_visible()


def test_the_list_is_walked_by_keyboard(watch: Watch, county: County) -> None:
    page = county.enter(watch, "officer")
    page.goto(f"{county.address}/runs/{county.finished_run()}/children")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    expect(page.locator("#main")).to_be_focused()
    reached = ""
    for _ in range(14):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.name || ''")
        if reached == "enrolment":
            break
    assert reached == "enrolment"
    for _ in range(4):
        if page.get_by_label("就学状态").input_value() != "not_enrolled":
            page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("enrolment=not_enrolled"))
    link = page.locator("#children tbody tr a").first
    name = link.inner_text()
    for _ in range(14):
        page.keyboard.press("Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
    outline = link.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_a_child_shows_sources_reasons_and_weights(watch: Watch, county: County) -> None:
    page = county.enter(watch, "officer")
    page.goto(f"{county.address}/runs/{county.finished_run()}/children?enrolment=review")
    go(page.locator("#children tbody tr a").first)
    seen(page)
    expect(page.get_by_role("main").get_by_text("待人工确认").first).to_be_visible()
    sources = page.get_by_role("region", name="各名单中的记录")
    assert re.search(r"\.(csv|txt|xlsx?|ods)#\d+:\d+", sources.inner_text())
    expect(page.locator("table.waterfall").first).to_be_visible()
    total = float(page.locator("table.waterfall tfoot td.num").first.inner_text())
    bars = [
        float(each.replace("−", "-"))
        for each in page.locator("table.waterfall").first.locator("tbody td.num").all_inner_texts()
    ]
    assert abs(sum(bars) - total) < 0.11
    assert not re.search(r"\d{17}[\dX]", page.content())


def test_what_is_taken_out_wants_a_reason_and_is_masked(watch: Watch, county: County, tmp_path: Path) -> None:
    run = county.finished_run()
    page = county.enter(watch, "officer")
    page.goto(f"{county.address}/runs/{run}/children?enrolment=not_enrolled")
    shown = page.locator("#children tbody tr").count()
    page.locator("summary", has_text="导出").click()
    seen(page)
    page.get_by_label("用途").fill("提交联席会议讨论")
    with page.expect_download() as started:
        page.get_by_role("button", name="导出").click()
    started.value.save_as(tmp_path / "children.xlsx")
    rows = load_workbook(tmp_path / "children.xlsx").get_sheet_by_index(0).to_python()
    numbers = [str(cell) for row in rows for cell in row if re.fullmatch(r"\d{6}[\d*]{11}[\dX*]", str(cell))]
    assert len(numbers) == shown
    assert all("*" in each for each in numbers)
    page.goto(f"{county.address}/runs/{run}")
    page.get_by_label("文件").select_option("children.csv")
    page.get_by_label("用途").fill("提交联席会议讨论")
    with page.expect_download() as started:
        page.get_by_role("button", name="下载").click()
    started.value.save_as(tmp_path / "children.csv")
    with (tmp_path / "children.csv").open(encoding="utf-8-sig", newline="") as file:
        assert all("*" in row["id_number"] for row in csv.DictReader(file) if row["id_number"])


def test_list_and_child_without_javascript(watch: Watch, county: County) -> None:
    page = county.enter(watch, "officer", javascript=False)
    page.goto(f"{county.address}/runs/{county.finished_run()}/children")
    page.get_by_label("就学状态").select_option("not_enrolled")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("#children tbody .tag").first).to_have_text("未就学")
    page.locator("#children tbody tr a").first.click()
    expect(page.get_by_role("heading", name="各名单中的记录")).to_be_visible()
