"""A clerk of the police brings a list: what was understood, what is doubtful, what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect
from python_calamine import load_workbook

from tests.browser.county import FIRST, County, seen
from tests.browser.watched import Watch, go

SLOW = 60_000
"""Milliseconds that a worker may take on a machine that has other things to do."""


def _doubtful(path: Path) -> FilePayload:
    """The list with one heading that nobody knows (C), and one column that hardly fits its own (K)."""
    first, *rest = path.read_bytes().decode("gb18030").splitlines()
    lines = [first.replace("户主身份证", "号码一").replace("备注", "家长")]
    lines += [line + "无" if at % 2 and line.endswith(",") else line for at, line in enumerate(rest)]
    return {"name": path.name, "mimeType": "text/csv", "buffer": "\n".join(lines).encode("gb18030")}


def _uploaded(page: Page, county: County, file: FilePayload | Path) -> None:
    """Upload by the page and wait until it is read."""
    page.goto(county.address)
    page.get_by_role("link", name="2026年秋季").click()
    page.get_by_role("link", name="上传名单").click()
    expect(page.get_by_role("heading", name="上传名单")).to_be_visible()
    page.get_by_label("名单文件").set_input_files(file)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("待确认")).to_be_visible(timeout=SLOW)


def test_a_doubtful_list_is_corrected_confirmed_committed_and_taken_back_marked(
    watch: Watch, county: County, tmp_path: Path
) -> None:
    page = county.enter(watch, "clerk")
    page.goto(f"{county.address}/lists/new")
    seen(page)
    _uploaded(page, county, _doubtful(county.files[FIRST]))
    seen(page)
    expect(page.get_by_text("处把握不大，请核对")).to_be_visible()
    expect(page.get_by_role("row", name="家长").get_by_text("请核对")).to_be_visible()
    expect(page.get_by_role("row", name="号码一").get_by_role("combobox")).to_have_value("")
    assert "何" in page.get_by_role("region", name="样例").inner_text()

    page.get_by_label("C 列的含义").select_option(label="户主证件号码")
    go(page.get_by_role("button", name="保存更正并重新读取"))
    expect(page.get_by_text("待确认")).to_be_visible(timeout=SLOW)
    expect(page.get_by_label("C 列的含义")).to_have_value("head_id")
    seen(page)

    page.get_by_label("程度").select_option("info")
    expect(page).to_have_url(re.compile("severity=info"))
    expect(page.locator("#issue-list tbody tr").first).to_contain_text("说明")

    checked = page.get_by_label("标出的部分已核对，含义无误")
    if checked.count():
        checked.check()
    go(page.get_by_role("button", name="确认并提交"))
    expect(page.get_by_text("已提交").first).to_be_visible()
    seen(page)

    page.get_by_role("button", name="生成问题标注文件").click()
    expect(page.get_by_role("link", name="下载问题标注")).to_be_visible(timeout=SLOW)
    with page.expect_download() as started:
        page.get_by_role("link", name="下载问题标注").click()
    started.value.save_as(tmp_path / "marked.xlsx")
    assert started.value.suggested_filename == f"{Path(FIRST).stem}-问题标注.xlsx"
    rows = load_workbook(tmp_path / "marked.xlsx").get_sheet_by_index(0).to_python()
    assert any("号码一" in map(str, row) for row in rows[:5])

    page.get_by_role("link", name="保存的布局").or_(page.get_by_role("link", name="名单").first).first.click()
    expect(page.get_by_role("link", name=FIRST)).to_be_visible()
    seen(page)
    page.goto(f"{county.address}/layouts")
    expect(page.get_by_role("cell", name=FIRST.split(".")[0])).to_be_visible()
    seen(page)


def test_a_file_that_is_no_list_is_refused_with_a_reason(watch: Watch, county: County) -> None:
    page = county.enter(watch, "clerk")
    page.goto(f"{county.address}/lists/new")
    page.get_by_label("名单文件").set_input_files(
        {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": b"%PDF-1.7 no list"}
    )
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=SLOW)
    seen(page)


@pytest.mark.parametrize("javascript", [False])
def test_a_list_is_uploaded_without_javascript(watch: Watch, county: County, javascript: bool) -> None:
    page = county.enter(watch, "officer", javascript=javascript)
    page.goto(f"{county.address}/lists/new")
    page.get_by_label("名单文件").set_input_files(county.files["白桦县复函.xlsx"])
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("heading", name="白桦县复函.xlsx")).to_be_visible()
