"""A child comes back: placed by the rule in force, looked after on set days, and D09 when it leaves again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from schemas.placement import age_grade
from service.cases.children import Vault
from service.cases.models import Case
from service.cases.rules import Result, case_of
from service.config import UnsafeSettingError, read_settings
from service.county_time import COUNTY_TIME, standing_at
from service.errors import ConflictError, InvalidError, NotFoundError
from service.plans import due, returns
from service.plans.lasting import not_yet_lasting
from service.plans.returns import Back, Look
from service.privacy.custody import cipher_of
from service.reminders import due as reminders
from service.rounds.models import Round
from service.rounds.moves import WITH_CASES, advance
from tests.service.plans.steps import act, entered, give, persuading, reported
from tests.service.runs.county import COUNTY, Site

DAY = date(2026, 10, 1)
BACK = Back(DAY, "城关镇中心小学", date(2026, 6, 1), class_grade=6)
"""Out for four months, its class in grade 6 by now; born in 2015, so due in grade 6 as well."""


def come_back(
    site: Site, number: int, back: Back = BACK, login: str = "verifier", today: date | None = None
) -> int:
    with site.acting(login, "plan.edit") as (session, who):
        case = case_of(session, number)
        return returns.record(session, site.settings, who, case, back, today or back.returned_on).id


def look(site: Site, follow_up: int, found: Look, login: str = "verifier", today: date | None = None) -> bool:
    with site.acting(login, "plan.edit") as (session, who):
        there = returns.follow_up_of(session, follow_up)
        return returns.look(session, cipher_of(site.settings), who, there, found, today or found.day)


def follow_ups(site: Site) -> list[tuple[Any, ...]]:
    return site.rows("select id, due, dropped from follow_up order by due")


@pytest.mark.parametrize(
    ("birth", "day", "grade"),
    [
        (date(2019, 8, 31), date(2025, 9, 1), 1),
        (date(2010, 9, 1), date(2025, 9, 1), 9),
        (date(2010, 8, 31), date(2025, 9, 1), 0),
        (date(2019, 9, 1), date(2025, 9, 1), 0),
        (date(2019, 9, 1), date(2026, 9, 1), 1),
        (date(2015, 3, 1), date(2026, 8, 31), 5),
        (date(2015, 3, 1), date(2026, 9, 1), 6),
        (None, date(2026, 9, 1), 0),
    ],
)
def test_the_grade_of_an_age(birth: date | None, day: date, grade: int) -> None:
    assert age_grade(birth, day) == grade


@pytest.mark.parametrize(
    ("rule", "back", "grade", "place"),
    [
        ("yushu", BACK, 5, "one_lower"),
        ("yushu", replace(BACK, out_since=date(2026, 9, 1)), 6, "same"),
        ("yushu", replace(BACK, out_since=date(2025, 3, 1), class_grade=7), 6, "by_age"),
        ("yushu", replace(BACK, out_since=None, class_grade=0), 6, "by_age"),
        ("same", BACK, 6, "same"),
        ("by_age", replace(BACK, class_grade=8), 6, "by_age"),
    ],
)
def test_a_child_is_placed_by_the_rule_in_force(returning: Site, rule, back, grade, place) -> None:
    site = Site(replace(returning.settings, placement=rule), returning.database)
    (number,) = entered(site, 1, state="persuading")
    made = come_back(site, number, back)
    assert site.rows("select grade, usual, place, rule from child_return where id = :n", n=made) == [
        (grade, grade, place, rule)
    ]


@pytest.fixture(scope="module")
def returning(cases_seen: Site) -> Site:
    """A county for tests that each make their own children."""
    return cases_seen


@pytest.mark.parametrize(
    ("back", "why"),
    [
        (replace(BACK, school=" "), "学校"),
        (replace(BACK, grade=10), "年级"),
        (replace(BACK, class_grade=-1), "年级"),
        (replace(BACK, grade=7), "5年级，编入其他年级要写明理由"),
        (replace(BACK, class_grade=0), "无法算出年级"),
        (replace(BACK, out_since=DAY), "早于"),
        (replace(BACK, why="长" * 1001), "最多"),
    ],
)
def test_half_a_return_is_sent_back(returning: Site, back: Back, why: str) -> None:
    (number,) = entered(returning, 1, state="persuading")
    with pytest.raises(InvalidError, match=why):
        come_back(returning, number, back)


def test_what_is_not_yet_or_not_ours_is_refused(returning: Site) -> None:
    number, closed = entered(returning, 1, state="persuading")[0], entered(returning, 1, state="open")[0]
    with pytest.raises(InvalidError, match="不能晚于今天"):
        come_back(returning, number, today=DAY - timedelta(days=1))
    with pytest.raises(NotFoundError):
        come_back(returning, number, login="verifier_1")
    with pytest.raises(ConflictError, match="不能登记复学"):
        come_back(returning, closed)
    come_back(returning, number)
    with pytest.raises(ConflictError, match="已登记复学"):
        come_back(returning, number)


def test_another_grade_is_possible_with_a_reason_that_is_kept(returning: Site) -> None:
    (number,) = entered(returning, 1, state="persuading")
    made = come_back(returning, number, replace(BACK, grade=6, why="家长和学校商定随原班"))
    grade, usual, why = returning.rows("select grade, usual, why from child_return where id = :n", n=made)[0]
    assert (grade, usual) == (6, 5)
    assert "商定".encode() not in bytes(why)


def test_follow_ups_stand_on_the_days_of_the_setting(cases_site: Site) -> None:
    site = Site(replace(cases_site.settings, follow_ups="60, 7,30,7"), cases_site.database)
    come_back(site, persuading(site))
    assert [day for _, day, _ in follow_ups(site)] == [
        date(2026, 10, 8),
        date(2026, 10, 31),
        date(2026, 11, 30),
    ]


@pytest.mark.parametrize("days", ["", "0", "7,x", "-7", "7,,30", "1000"])
def test_days_that_are_none_are_refused_at_the_start(days: str) -> None:
    with pytest.raises(UnsafeSettingError, match="ROLLCALL_FOLLOW_UPS"):
        read_settings({"ROLLCALL_FOLLOW_UPS": days})


def test_a_rule_that_there_is_not_is_refused_at_the_start() -> None:
    with pytest.raises(UnsafeSettingError, match="ROLLCALL_PLACEMENT: one of yushu, same, by_age"):
        read_settings({"ROLLCALL_PLACEMENT": "nowhere"})


def back_and_approved(site: Site) -> int:
    """A case whose child came back, approved: it is watched."""
    number = persuading(site)
    come_back(site, number)
    assert reported(site, number, Result("D08", "M01", ("R01",))) == "watching"
    return number


def test_a_child_that_leaves_again_is_reported_as_such(cases_site: Site) -> None:
    """D09: submitted at once, approved by somebody else, and the case is one of persuasion again."""
    site, number = cases_site, back_and_approved(cases_site)
    first, *others = [row[0] for row in follow_ups(site)]
    gone = Look(date(2026, 10, 9), False, "已三天未到校", "M01", ("R04",))
    assert look(site, first, gone)
    told = "state, outcome, reasons, approved_by, school_now"
    row = site.rows(f"select {told} from child_case where id = :n", n=number)[0]
    assert row == ("submitted", "D09", ["R04"], None, "")
    assert site.one("select ended_on from child_return") == date(2026, 10, 9)
    assert [dropped for _, _, dropped in follow_ups(site)] == [False, True, True]
    with pytest.raises(ConflictError, match="不需要"):
        look(site, others[0], gone)
    assert act(site, "officer", number, "approve") == "persuading"
    again = come_back(
        site, number, replace(BACK, returned_on=date(2026, 10, 20), out_since=date(2026, 10, 9))
    )
    assert site.one("select grade from child_return where id = :n", n=again) == 6
    assert site.one("select count(*) from follow_up where not dropped and done_on is null") == 3


def test_one_that_leaves_before_its_return_was_approved_is_recorded_all_the_same(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    come_back(site, number)
    give(site, number, "D08")
    act(site, "verifier", number, "submit", result=Result("D08", "M01", ("R01",)))
    assert (
        look(site, follow_ups(site)[0][0], Look(date(2026, 10, 9), False, "未到校", "M01", ("R04",))) is False
    )
    assert site.one("select state from child_case where id = :n", n=number) == "submitted"
    assert site.one("select ended_on from child_return") == date(2026, 10, 9)


def test_a_child_who_stays_is_closed_as_brought_back(cases_site: Site) -> None:
    """By its own outcome, not as one whom the matching overlooked, and not before it is shown to last."""
    site, number = cases_site, back_and_approved(cases_site)
    result = Result("D08", "M01")

    def approved_on(day: date) -> str:
        with standing_at(datetime.combine(day, time(12), COUNTY_TIME)):
            act(site, "verifier", number, "submit", result=result)
            return act(site, "officer", number, "approve")

    *first, last = follow_ups(site)
    for follow_up, due_on, _ in first:
        assert not look(site, follow_up, Look(due_on, True))
    assert approved_on(date(2026, 11, 25)) == "watching"
    assert site.one("select expires from child_case where id = :n", n=number) == date(2027, 1, 24)
    assert approved_on(date(2026, 12, 5)) == "watching", "the last time nobody has looked"
    assert not look(site, last[0], Look(last[1], True))
    assert approved_on(date(2026, 12, 6)) == "closed"
    row = site.rows("select outcome, expires, closed_at is null from child_case where id = :n", n=number)[0]
    assert row == ("D08", None, False)
    school = site.one("select school_now from child_case where id = :n", n=number)
    assert school == BACK.school, "the ledger of the cancelled says where the child is now"
    assert site.rows("select ended_on from child_return") == [(None,)]


def test_sixty_days_are_waited_for_however_often_was_looked(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    come_back(site, number)
    child = site.one("select child_id from child_case where id = :n", n=number)
    for follow_up, due_on, _ in follow_ups(site):
        look(site, follow_up, Look(due_on, True))
    with site.acting("verifier", "case.view") as (session, _):
        assert "2026-11-30" in not_yet_lasting(session, child, date(2026, 11, 29))
        assert not_yet_lasting(session, child, date(2026, 11, 30)) == ""
        assert "没有登记复学" in not_yet_lasting(session, child + 1, date(2026, 11, 30))


def test_a_look_is_recorded_once_and_in_time(cases_site: Site) -> None:
    site = cases_site
    back_and_approved(site)
    first = follow_ups(site)[0][0]
    for found, today, why in (
        (Look(DAY - timedelta(days=1), True), DAY, "跟踪日期"),
        (Look(date(2026, 10, 9), True), DAY, "跟踪日期"),
        (Look(date(2026, 10, 9), False, ""), date(2026, 10, 9), "写明情况"),
        (Look(date(2026, 10, 9), False, "不在", "M01", ()), date(2026, 10, 9), "写明原因"),
        (Look(date(2026, 10, 9), False, "不在", "", ("R01",)), date(2026, 10, 9), "核查方式"),
    ):
        with pytest.raises(InvalidError, match=why):
            look(site, first, found, today=today)
    with pytest.raises(NotFoundError):
        look(site, first, Look(date(2026, 10, 9), True), login="verifier_1")
    assert look(site, first, Look(date(2026, 10, 9), True)) is False
    with pytest.raises(ConflictError, match="已由他人登记"):
        look(site, first, Look(date(2026, 10, 9), True))


def test_overdue_follow_ups_are_listed_the_longest_first(cases_site: Site) -> None:
    site = cases_site
    numbers = entered(site, 3, state="persuading")
    for at, number in enumerate(numbers):
        come_back(site, number, replace(BACK, returned_on=DAY + timedelta(days=at)))
    elsewhere = entered(site, 1, "verifier_1", state="persuading")[0]
    come_back(site, elsewhere, login="verifier_1")
    vault = Vault.of(site.settings)
    for login, which, today, expected in (
        ("verifier", "overdue", date(2026, 10, 9), [date(2026, 10, 8)]),
        ("verifier", "overdue", date(2026, 10, 12), [date(2026, 10, each) for each in (8, 9, 10)]),
        ("verifier", "soon", date(2026, 10, 10), [date(2026, 10, 10)]),
        ("verifier_1", "overdue", date(2026, 10, 12), [date(2026, 10, 8)]),
        ("officer", "overdue", date(2026, 10, 9), [date(2026, 10, 8)] * 2),
    ):
        with site.acting(login, "case.view") as (session, _):
            rows, total = due.waiting(session, vault, which, today)
            assert ([each.due for each in rows], total) == (expected, len(expected)), (login, which)
    with site.acting("officer", "case.view") as (session, _):
        counted = due.counts(session, date(2026, 10, 12))
        assert (counted["overdue"], counted["all"]) == (4, 12)


def test_who_leaves_between_two_rounds_is_looked_for_in_the_next(cases_site: Site) -> None:
    """A follow-up that falls due after the signing is recorded then; nothing of the signed round changes."""
    site, gone = cases_site, back_and_approved(cases_site)
    stays = back_and_approved(site)
    told = "select id, state, outcome, version from child_case where id = any(:two) order by id"
    with site.acting("officer", "round.move") as (session, _):
        session.get_one(Round, 1).state = "signed"
        reminded = reminders.due(session, datetime.combine(date(2026, 10, 8), time(12), COUNTY_TIME))
        assert {each.case_id for each in reminded if each.what == reminders.FOLLOW_UP} == {gone, stays}
    before = site.rows(told, two=[gone, stays]), site.one("select count(*) from case_event")
    of = (
        "select f.id from follow_up f join child_return r on r.id = return_id where case_id = :n order by due"
    )
    first = {number: site.one(of, n=number) for number in (gone, stays)}
    assert not look(site, first[stays], Look(date(2026, 10, 9), True))
    assert not look(site, first[gone], Look(date(2026, 10, 9), False, "又走了", "M01", ("R04",)))
    assert (site.rows(told, two=[gone, stays]), site.one("select count(*) from case_event")) == before
    with site.acting("officer", "round.move") as (session, who):
        advance(session, session.get_one(Round, 1), "closed", site.settings, who.account_id)
        about = {"name": "2026年冬季", "region_code": COUNTY, "school_year": 2026, "version": 1}
        about |= {"as_of": date(2026, 12, 1), "created_by": who.account_id, "run_id": 1}
        later = Round(state="reviewing", **about)
        session.add(later)
        session.flush()
        advance(session, later, "verifying", site.settings, who.account_id)
    states = dict(site.rows("select previous_id, state from child_case where previous_id is not null"))
    assert (states[gone], states[stays]) == ("assigned", "watching")


def test_a_return_goes_on_in_the_next_round(cases_site: Site) -> None:
    """The follow-up of a child whose round ended is due all the same, and is recorded in its newest case."""
    site, number = cases_site, back_and_approved(cases_site)
    with site.acting("officer", "round.move") as (session, who):
        first = session.get_one(Round, 1)
        told = {"name": "2026年冬季", "region_code": first.region_code, "school_year": 2026, "version": 1}
        later = Round(as_of=date(2026, 12, 1), created_by=who.account_id, run_id=1, **told)
        later.state = "reviewing"
        session.add(later)
        for state in WITH_CASES:
            first.state = state
            session.flush()
            with pytest.raises(ConflictError, match=first.name):
                advance(session, later, "verifying", site.settings, who.account_id)
        assert later.state == "reviewing"
        advance(session, first, "closed", site.settings, who.account_id)
        advance(session, later, "verifying", site.settings, who.account_id)
        newest = session.query(Case).filter_by(previous_id=number).one()
        assert newest.state == "watching"
    with site.acting("verifier", "case.view") as (session, _):
        rows, _total = due.waiting(session, Vault.of(site.settings), "all", DAY)
        assert {each.case.id for each in rows} == {newest.id}
    assert look(site, follow_ups(site)[0][0], Look(date(2026, 12, 5), False, "又走了", "M01", ("R04",)))
    assert site.one("select outcome from child_case where id = :n", n=newest.id) == "D09"
    assert site.one("select outcome from child_case where id = :n", n=number) == "D08"
