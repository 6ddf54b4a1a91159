"""What a clerk does on the pages, from the file to the committed list."""

from __future__ import annotations

import re

import pytest

from tests.service.uploads.county import County, browser, household, upload


@pytest.fixture
def app(county: County):
    return county.app()


def test_from_a_file_to_a_committed_list(county: County, app):
    police = browser(app, "police")
    assert "还没有名单" in police.get("/lists").text
    assert "2026年秋" in police.get("/lists/new").text
    sent = upload(police, household(8, {3: {"id": "65992120130104"}}))
    assert sent.status_code == 303, sent.text
    waiting = police.get(sent.location).text
    assert "等待读取" in waiting
    assert "停止读取" in waiting
    assert county.work() == ["done"]
    page = police.get(sent.location).text
    assert "户籍人口名单" in page
    assert "确认并提交 8 条记录" in page
    assert "公民身份号码" in page
    assert "请核对" not in page
    assert "王甲天" not in page
    assert re.search(r"第 5 行|>5<", page)
    committed = police.post(f"{sent.location}/commit")
    assert committed.status_code == 303
    assert county.list_(1).state == "committed"
    assert "已提交" in police.get(sent.location).text
    acts = county.count("select count(*) from audit_entry where action = 'list.upload' and subject_id = '1'")
    assert acts == 2
