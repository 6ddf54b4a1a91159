"""What a clerk does on the pages, from the file to the committed list."""

from __future__ import annotations

import copy
import io
import re

import pytest
import xlsxwriter
from sqlalchemy import update

from service.jobs.models import Job
from service.uploads.models import AgencyList
from tests.service.uploads.county import County, browser, household, number, upload


@pytest.fixture
def app(county: County):
    return county.app()


def _running(county: County, state: str = "running", **said: object) -> None:
    """The only job as a worker would have left it for a moment."""
    with county.system() as session:
        session.execute(update(Job).values(state=state, **said))


def test_from_a_file_to_a_committed_list(county: County, app):
    police = browser(app, "police")
    assert "还没有名单" in police.get("/lists").text
    assert "2026年秋" in police.get("/lists/new").text
    sent = upload(police, household(8, {3: {"id": "65992120130104"}}))
    assert sent.status_code == 303, sent.text
    waiting = police.get(sent.location).text
    assert "等待读取" in waiting
    assert "停止读取" in waiting
    _running(county, step="read", done=350, total=1000, unit="行")
    half = police.get(sent.location).text
    assert "第 3 步，共 4 步：读取" in half
    assert "350 / 1,000" in half
    assert 'value="350" max="1000"' in half
    _running(county, state="queued")
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
    english = police.get(f"{sent.location}?lang=en").text
    assert "Household register" in english
    assert "Submitted" in english
    assert "Relation to head of household" in english
    assert "Project-Id-Version" not in english  # what the catalogue says of nothing


def test_a_list_whose_kind_nobody_can_tell_is_taken_for_what_its_agency_sends(county: County, app):
    rows = [f"王{name},{number(at, '2015-03-02')},男" for at, name in enumerate("甲乙丙丁戊")]
    listed = county.read("\n".join(["姓名,证件号码,性别", *rows]).encode(), "导出.csv", "civil")
    assert (listed.kind, listed.records) == ("", 0)
    civil = browser(app, "civil")
    page = civil.get("/lists/1").text
    assert '<option value="civil_affairs" selected>' in page
    assert re.search(r'name="use-1" value="1" checked', page)
    assert "没有认出；已选上本单位通常报送的种类" in page
    civil.post("/lists/1/told", **{"kind": "civil_affairs", "use-1": "1", "header-1": "1"})
    county.work()
    assert (county.list_(1).kind, county.list_(1).records) == ("civil_affairs", 5)


def test_a_hidden_sheet_is_asked_about_and_what_is_gravest_stands_first(county: County, app):
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        for name, people in (("低保", 3), ("旧", 2)):
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, ("低保对象姓名", "身份证号", "低保类别"))
            for at in range(people):
                sheet.write_row(at + 1, 0, ("李" + "甲乙丙"[at], number(at + people, "2014-05-06"), "A类"))
            sheet.write_row(people + 1, 0, ("", number(99, "2014-05-06"), "A类"))
            if name == "旧":
                sheet.hide()
    listed = county.read(book.getvalue(), "低保.xlsx", "civil")
    reading = copy.deepcopy(listed.reading)
    reading["sheets"][0]["columns"][0]["confidence"] = 0.4
    with county.system() as session:
        session.execute(update(AgencyList).values(reading=reading))
    civil = browser(app, "civil")
    page = civil.get("/lists/1").text
    assert "这个工作表是隐藏的，也读入了" in page
    assert re.search(r"A 列</a>：表头“低保对象姓名”，内容100% 的值是", page)
    assert "有 2 处错误：出错的行或工作表没有成为记录" in page
    told = re.findall(r'data-label="工作表" class="n">(\d*)</td><td[^>]*>(\d*)</td>', page)
    assert told[:2] == [("1", "5"), ("2", "4")]
    refused = civil.post("/lists/1/commit")
    assert (refused.status_code, county.list_(1).state) == (409, "to_confirm")
