"""What is hidden is shown to who gives a reason, once another agrees; the audit has every step."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.county import County, seen
from tests.browser.watched import Watch, go

REASON = "与派出所核对证件号码"
WHOLE = re.compile(r"\b6599\d{13}[\dX]\b")


def test_an_officer_asks_a_leader_agrees_the_auditor_sees_it(watch: Watch, county: County) -> None:
    officer = county.enter(watch, "officer")
    officer.goto(f"{county.address}/runs/{county.finished_run()}/children?enrolment=not_enrolled")
    row = officer.locator("#children tbody tr").filter(has_text=re.compile(r"6599\d\d\*{12}")).first
    go(row.get_by_role("link"))
    child = officer.url
    officer.locator("summary", has_text="查看隐去的信息").click()
    seen(officer)
    officer.get_by_label("身份证件号码", exact=True).check()
    officer.get_by_label("理由").fill(REASON)
    officer.get_by_role("button", name="申请查看").click()
    expect(officer.get_by_text("申请已提交")).to_be_visible()
    assert not WHOLE.search(officer.content())
    officer.goto(f"{county.address}/unmasking")
    expect(officer.get_by_text("没有等待办理的申请")).to_be_visible()  # not by who asks

    leader = county.enter(watch, "leader")
    leader.goto(county.address)
    go(leader.get_by_role("link", name="查看申请"))
    seen(leader)
    asked = leader.get_by_role("row", name=REASON)
    expect(asked).to_contain_text("officer")
    asked.get_by_role("button", name="批准", exact=True).click()
    expect(leader.get_by_text("没有等待办理的申请")).to_be_visible()
    seen(leader)

    officer.goto(child)
    expect(officer.get_by_text("部分隐去的信息现在显示")).to_be_visible()
    assert WHOLE.search(officer.get_by_role("main").inner_text())
    seen(officer)
    leader.goto(child)
    assert not WHOLE.search(leader.content())

    auditor = county.enter(watch, "auditor")
    auditor.goto(county.address)
    go(auditor.get_by_role("link", name="审计记录"))
    seen(auditor)
    auditor.get_by_label("对象编号").fill("/".join(re.findall(r"\d+", child)[-2:]))
    auditor.get_by_role("button", name="筛选").click()
    entries = auditor.locator("#entries tbody tr").filter(has_text=REASON)
    expect(entries).to_have_count(3)
    for who, step in (("leader", "granted"), ("officer", "viewed"), ("officer", "waiting")):
        expect(entries.filter(has_text=who).filter(has_text=step)).to_have_count(1)
    seen(auditor)


def test_a_leader_may_say_no(watch: Watch, county: County) -> None:
    run = county.finished_run()
    officer, leader = county.enter(watch, "officer"), county.enter(watch, "leader")
    officer.goto(f"{county.address}/runs/{run}/children?enrolment=enrolled")
    officer.locator("#children tbody tr a").first.click()
    officer.locator("summary", has_text="查看隐去的信息").click()
    officer.get_by_label("理由").fill("想看一看")
    go(officer.get_by_role("button", name="申请查看"))
    leader.goto(f"{county.address}/unmasking")
    leader.get_by_role("row", name="想看一看").get_by_role("button", name="不批准").click()
    expect(leader.get_by_role("row", name="想看一看")).to_contain_text("未批准")
    officer.reload()
    assert not WHOLE.search(officer.content())
