"""Cases in a browser: an officer gives one away, a township works on it by phone, without JavaScript."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from service.cases.models import Case
from service.cases.opening import open_cases
from service.db import Scope, transaction
from service.rounds.models import Round
from service.runs.models import Run
from tests.browser.county import County, seen
from tests.browser.watched import Watch, go, too_wide
from tests.service.cases.desk import JPG
from tests.service.runs.county import TOWNSHIPS, account_id, township_code


@pytest.fixture(scope="module")
def worklist(county: County) -> int:
    """A round of its own that is being verified, over the children of the finished run."""
    run_id = county.finished_run()
    with transaction(county.settings.database_url, Scope("all")) as session:
        run = session.get_one(Run, run_id)
        told = {"school_year": 2025, "state": "verifying", "run_id": run.id, "version": 1}
        region = session.get_one(Round, run.round_id).region_code
        officer = account_id(session, "officer")
        made = Round(
            name="2026年夏季", region_code=region, as_of=date(2026, 6, 1), created_by=officer, **told
        )
        session.add(made)
        session.flush()
        assert open_cases(session, made, county.settings, officer).made
        # So small a county has not a case in every township.
        one = session.scalars(select(Case).where(Case.round_id == made.id).order_by(Case.no)).first()
        assert one is not None
        one.region_code, one.township = township_code(0), TOWNSHIPS[0]
        return made.id


def test_an_officer_assigns_and_a_township_works_on_a_phone(
    watch: Watch, county: County, worklist: int, tmp_path: Path
) -> None:
    officer = county.enter(watch, "officer")
    officer.goto(f"{county.address}/rounds/{worklist}/cases?state=open&township={township_code(0)}")
    seen(officer)
    name = officer.locator("#cases tbody tr td:nth-child(3) a").first.inner_text()
    officer.get_by_label("选中").first.check()
    officer.get_by_label("分派给").select_option(label="城关镇人民政府")
    officer.get_by_role("button", name="分派选中的").click()
    expect(officer.get_by_text("现在还没有改动")).to_be_visible()
    seen(officer)
    officer.get_by_role("button", name="确认分派 1 个").click()
    expect(officer.get_by_text("已分派 1 个")).to_be_visible()
    seen(officer)

    phone = county.enter(watch, "verifier", 360, javascript=False)
    phone.goto(f"{county.address}/rounds/{worklist}/cases?mine=1")
    assert too_wide(phone) == ""
    go(phone.get_by_role("link", name=name).first)
    go(phone.get_by_role("button", name="签收"))
    phone.get_by_label("日期", exact=True).fill("2026-06-03")
    phone.get_by_label("了解到的情况").fill("在家，未上学")
    picture = tmp_path / "现场.jpg"
    picture.write_bytes(JPG)
    phone.get_by_label("照片或材料").set_input_files(picture)
    phone.locator("#contacts").get_by_role("button", name="保存").click()
    expect(phone.get_by_text("在家，未上学")).to_be_visible()
    expect(phone.get_by_role("link", name="现场.jpg")).to_be_visible()
    phone.get_by_label("核查结果").select_option(value="D01")
    phone.get_by_label("核查方式").select_option(value="M01")
    phone.get_by_label("R03 家庭经济困难").check()
    phone.get_by_role("button", name="上报，等待审核").click()
    expect(phone.get_by_text("核查结果已上报")).to_be_visible()
    assert too_wide(phone) == ""

    officer.goto(phone.url)
    seen(officer)
    officer.locator("summary", has_text="审核通过").click()
    officer.get_by_role("button", name="审核通过").click()
    expect(officer.get_by_text("劝返中").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_pages_of_cases_are_whole(watch: Watch, county: County, worklist: int, width: int) -> None:
    officer = county.enter(watch, "officer", width)
    paths = (
        f"/rounds/{worklist}/cases",
        f"/rounds/{worklist}/cases/new",
        "/limits",
        f"/rounds/{worklist}/worksheet",
    )
    for path in paths:
        officer.goto(county.address + path)
        seen(officer)
    fill(officer)
    officer.get_by_role("button", name="与名单核对").click()
    expect(officer.get_by_text("核对结果").first).to_be_visible()
    seen(officer)


def fill(page: Page) -> None:
    """The form for a child on no list."""
    page.goto(page.url.replace("/worksheet", "/cases/new"))
    page.get_by_label("姓名").fill("山间新来")
    page.get_by_label("出生日期").fill("2017-04-05")
    page.get_by_label("乡镇").select_option(index=1)
    page.get_by_label("怎样发现、为什么不在名单上").fill("走访时在工棚见到")
