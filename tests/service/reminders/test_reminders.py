"""Who is told of what, until when; once a day, and no more once it is done."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from service.county_time import COUNTY_TIME, today
from service.db import SYSTEM, transaction
from service.reminders.rules import renew
from service.reminders.tasks import every_minute
from tests.service.cases.desk import RESULT, agency_of, give, open_case, picture, step
from tests.service.plans.steps import persuading
from tests.service.plans.test_returns import come_back
from tests.service.runs.county import Site
from tests.web import Browser, statements

BELL = 'class="bell"'


def look(site: Site, moment: datetime) -> int | None:
    """What the clock does at a moment."""
    with transaction(site.settings.database_url, SYSTEM) as session:
        return renew(session, moment)


def lines(site: Site, login: str) -> set[tuple[int, str, str]]:
    query = "select case_id, what, state from reminder where agency_id = :agency"
    return {tuple(row) for row in site.rows(query, agency=agency_of(site, login))}


def given(site: Site, officer: Browser) -> int:
    """A case of the first township that is due today."""
    case_id = open_case(site)
    officer.get("/rounds/1/cases")
    told = {"case": str(case_id), "agency": str(agency_of(site, "verifier")), "due": today().isoformat()}
    assert officer.post("/rounds/1/cases/assign", **told, yes="1").status_code == 303
    return case_id


def test_an_agency_is_told_daily_until_it_is_done(cases_site: Site) -> None:
    site = cases_site
    officer, verifier, other = (site.browser(login) for login in ("officer", "verifier", "verifier_1"))
    case_id = given(site, officer)
    assert every_minute(site.settings) > 0
    assert (case_id, "上报核查结果", "soon") in lines(site, "verifier")
    assert not lines(site, "verifier_1")
    assert every_minute(site.settings) == 0, "looked a moment ago"
    page = verifier.get("/reminders").text
    assert f'href="/cases/{case_id}"' in page
    assert f"{today()} 23:59" in page
    assert BELL in verifier.get("/rounds/1/cases").text
    assert "快到期" in verifier.get("/rounds").text
    for who in (other, site.browser("auditor")):
        assert f'href="/cases/{case_id}"' not in who.get("/reminders").text
        assert BELL not in who.get("/rounds").text
    verifier.get("/reminders")
    assert verifier.post("/reminders/read").status_code == 303
    assert BELL not in verifier.get("/rounds").text
    assert f'href="/cases/{case_id}"' in verifier.get("/reminders").text, "it stays until it is done"
    # At noon: a reminder a day is a reminder a calendar day, and a test that runs at midnight would see two.
    tomorrow = datetime.combine(today() + timedelta(days=1), time(12), COUNTY_TIME)
    look(site, tomorrow)
    assert (case_id, "上报核查结果", "late") in lines(site, "verifier")
    look(site, tomorrow + timedelta(minutes=20))
    told = {row[0] for row in site.rows("select told_at from reminder")}
    assert told == {tomorrow}, "told once a day"
    assert step(site, verifier, case_id, "verify/accept") == 303
    assert picture(verifier, case_id) == 303
    assert step(site, verifier, case_id, "verify/submit", **RESULT) == 303
    look(site, tomorrow + timedelta(minutes=40))
    assert not lines(site, "verifier")
    look(site, tomorrow + timedelta(days=9))
    assert lines(site, "officer") == {(case_id, "审核", "late")}


def test_who_is_asked_finds_out_or_promised_is_told(cases_site: Site) -> None:
    """A request concerns whom it went to; the report of a child found out of school is due the same day."""
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    case_id = open_case(site)
    give(site, officer, case_id)
    step(site, verifier, case_id, "verify/accept")
    verifier.get(f"/cases/{case_id}")
    asked = {"kind": "check_back", "agency": str(agency_of(site, "clerk")), "question": "请核对"}
    assert verifier.post(f"/cases/{case_id}/requests", **asked).status_code == 303
    found = {"day": today().isoformat(), "method": "M01", "whom": "母亲", "said": "在家", "out": "1"}
    assert verifier.post(f"/cases/{case_id}/contacts", **found).status_code == 303
    every_minute(site.settings)
    assert {(case_id, "书面报告", "soon"), (case_id, "当日上报", "soon")} <= lines(site, "verifier")
    look(site, datetime.combine(today() + timedelta(days=10), datetime.min.time(), COUNTY_TIME))
    assert lines(site, "clerk") == {(case_id, "退回校核的答复", "late")}
    clerk = site.browser("clerk")
    assert f'href="/cases/{case_id}"' in clerk.get("/reminders").text
    with statements(site) as said:
        assert verifier.get("/reminders").status_code == 200
    assert len(said) <= 12, said


def test_a_visit_after_the_return_is_a_reminder(cases_site: Site) -> None:
    come_back(cases_site, persuading(cases_site))
    day = cases_site.one("select min(due) from follow_up")
    look(cases_site, datetime.combine(day, datetime.min.time(), COUNTY_TIME))
    told = {row[:2] for row in cases_site.rows("select what, state from reminder")}
    assert ("复学回访", "soon") in told
