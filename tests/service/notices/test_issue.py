"""Notices on real rows: the ladder is obeyed, numbers have no gap and no twin, documents are encrypted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from service.agencies.models import Agency
from service.cases.models import Case
from service.cases.rules import StaleError, case_of
from service.db import Scope, transaction
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.notices import delivery, numbers, rules
from service.notices.documents import text_of
from service.notices.models import Notice
from service.notices.rules import Wanted
from service.plans import returns
from service.privacy.custody import blobs_of
from service.rounds.models import Round
from service.runs.orphans import remove_orphans
from tests.service.plans.steps import entered, persuading, rename, taken
from tests.service.runs.county import Site

DAY = date(2026, 10, 1)


def issue(site: Site, number: int, kind: str, day: date = DAY, login: str = "verifier", **wanted) -> int:
    with site.acting(login, "notice.issue") as (session, who):
        case = case_of(session, number)
        version = wanted.pop("version", None)
        return rules.issue(session, site.settings, who, case, Wanted(kind, **wanted), day, version).id


def serve(site: Site, notice: int, day: date, login: str = "verifier", **said) -> None:
    told = {"how": "S01", "to": "买买提·吐尔逊", "today": day, **said}
    with site.acting(login, "notice.issue") as (session, who):
        found = rules.notice_of(session, notice)
        delivery.serve(session, site.settings, who, found, day, **told)


def withdraw(site: Site, notice: int, why: str = "姓名写错", login: str = "verifier") -> None:
    with site.acting(login, "notice.issue") as (session, who):
        delivery.withdraw(session, site.settings, who, rules.notice_of(session, notice), why)


def text(site: Site, notice: int) -> str:
    blob = site.one("select blob_id from notice where id = :n", n=notice)
    with blobs_of(site.settings).open(blob) as source:
        return text_of(source.read())


def test_the_whole_ladder_is_climbed_in_its_order(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="<王>&“小明”", guardian="王大明")
    with pytest.raises(ConflictError, match="须先制发并送达《劝返通知书》"):
        issue(site, number, "return_by")
    first = issue(site, number, "persuade", reason="一\n二 <&>")
    with pytest.raises(ConflictError, match="还没有登记送达"):
        issue(site, number, "return_by", DAY + timedelta(days=30))
    serve(site, first, DAY + timedelta(days=2))
    with pytest.raises(ConflictError, match="2026-10-10 期满后"):
        issue(site, number, "return_by", date(2026, 10, 10))
    day, told = date(2026, 10, 11), []
    for kind, given in (
        ("return_by", {}),
        ("order", {"term": 20}),
        ("penalty", {"basis": "《某省义务教育条例》第四十条"}),
        ("enforce", {"basis": "《行政强制法》第五十三条"}),
    ):
        made = issue(site, number, kind, day, **given)
        serve(site, made, day)
        told.append(text(site, made))
        day += timedelta(days=184)
    assert "<王>&“小明”" in told[0]
    assert "《劝返通知书》（城关镇人民政府控辍〔2026〕1号，2026年10月3日送达）" in told[0]
    assert "20日内改正" in told[1]
    assert "《某省义务教育条例》第四十条" in told[2]
    steps = [
        (each["what"], each["step"])
        for (each,) in site.rows(
            "select detail from case_event where case_id = :n and kind = 'notice' order by id", n=number
        )
    ]
    assert steps == [
        (kind, step)
        for kind in ("persuade", "return_by", "order", "penalty", "enforce")
        for step in ("issued", "served")
    ]
    assert site.one("select tier from child_case where id = :n", n=number) == "high"


@pytest.mark.parametrize(
    ("kind", "wanted", "error", "why"),
    [
        ("persuade", {"term": 0}, InvalidError, "期限应当是"),
        ("persuade", {"term": 91}, InvalidError, "期限应当是"),
        ("nothing", {}, InvalidError, "种类"),
        ("penalty", {}, InvalidError, "法规条款"),
        ("inquiry", {}, InvalidError, "发往的单位"),
        ("persuade", {"reason": "长" * 1001}, InvalidError, "最多"),
        ("persuade", {"version": 1}, StaleError, "别人改动"),
        ("persuade", {"login": "officer"}, None, ""),
        ("return_by", {"login": "officer"}, ConflictError, "不能由本单位制发"),
        ("persuade", {"login": "verifier_1"}, NotFoundError, "没有这个个案"),
    ],
)
def test_half_a_notice_is_sent_back(issuing: tuple[Site, int], kind, wanted, error, why) -> None:
    site, number = issuing
    if error is None:
        issue(site, number, kind, **wanted)
        return
    with pytest.raises(error, match=why):
        issue(site, number, kind, **wanted)


@pytest.fixture(scope="module")
def issuing(cases_seen: Site) -> tuple[Site, int]:
    """A case in which a notice may be issued."""
    return cases_seen, persuading(cases_seen)


def test_a_case_that_is_not_confirmed_has_no_notice_but_an_inquiry(cases_site: Site) -> None:
    number = taken(cases_site)
    with pytest.raises(ConflictError, match="劝返中"):
        issue(cases_site, number, "persuade")
    made = issue(cases_site, number, "inquiry", recipient="某某县教育局", school="某某县第一小学")
    written = text(cases_site, made)
    assert "某某县教育局：" in written
    assert "你地某某县第一小学就读" in written
    assert "回　　执" in written
    assert cases_site.one("select tier from child_case where id = :n", n=number) == "low"


def test_a_delivery_is_recorded_once_and_in_time(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    made = issue(site, number, "persuade")
    for told, why in (
        ({"day": DAY - timedelta(days=1)}, "送达日期"),
        ({"day": DAY + timedelta(days=1), "today": DAY}, "送达日期"),
        ({"day": DAY, "how": "S99"}, "送达方式"),
        ({"day": DAY, "to": " "}, "签收人"),
    ):
        with pytest.raises(InvalidError, match=why):
            serve(site, made, **told)
    with pytest.raises(NotFoundError):
        serve(site, made, DAY, login="verifier_1")
    serve(site, made, DAY)
    with pytest.raises(ConflictError, match="已登记送达"):
        serve(site, made, DAY)
    stored = site.one("select served_to from notice where id = :n", n=made)
    assert "买买提".encode() not in bytes(stored)


def test_another_agencys_notice_is_its_own(cases_site: Site) -> None:
    """The bureau's notice is not the township's to withdraw; the bureau may mend everybody's."""
    site, number = cases_site, persuading(cases_site)
    ours, theirs = issue(site, number, "persuade", login="officer"), 0
    with pytest.raises(ForbiddenError, match="别的单位"):
        withdraw(site, ours)
    withdraw(site, ours, login="officer")
    theirs = issue(site, number, "persuade")
    withdraw(site, theirs, login="officer")


def test_what_is_withdrawn_keeps_its_number_and_carries_nothing(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    first = issue(site, number, "persuade")
    serve(site, first, DAY)
    second = issue(site, number, "return_by", DAY + timedelta(days=9))
    with pytest.raises(ConflictError, match="后续文书"):
        withdraw(site, first)
    with pytest.raises(InvalidError, match="理由"):
        withdraw(site, second, why="错")
    withdraw(site, second)
    withdraw(site, first)
    with pytest.raises(ConflictError, match="已撤销"):
        withdraw(site, first)
    with pytest.raises(ConflictError, match="须先制发"):
        issue(site, number, "return_by", DAY + timedelta(days=40))
    third = issue(site, number, "persuade")
    assert site.rows("select id, no from notice order by no") == [(first, 1), (second, 2), (third, 3)]


def test_numbers_are_of_a_year_and_an_agency(cases_site: Site) -> None:
    site = cases_site
    one, two = persuading(site), persuading(site)
    with site.acting("verifier", "notice.issue") as (session, who):
        numbers.save_letterhead(session, who.agency_id, " 城关政控 ", "李四", "0990-1")
    made = [
        issue(site, one, "persuade", date(2026, 12, 31)),
        issue(site, two, "persuade", date(2026, 12, 31)),
        issue(site, persuading(site), "persuade", date(2027, 1, 1)),
        issue(site, persuading(site), "persuade", date(2026, 12, 31), "officer"),
    ]
    written = [site.one("select number from notice where id = :n", n=each) for each in made]
    assert written == [
        "城关政控〔2026〕1号",
        "城关政控〔2026〕2号",
        "城关政控〔2027〕1号",
        "青禾县education控辍〔2026〕1号",
    ]


def test_a_number_whose_notice_came_to_nothing_is_given_again(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)

    class GivenUpError(Exception):
        pass

    def given_up() -> None:
        with site.acting("verifier", "notice.issue") as (session, who):
            case = case_of(session, number)
            assert rules.issue(session, site.settings, who, case, Wanted("persuade"), DAY).no == 1
            raise GivenUpError

    with pytest.raises(GivenUpError):
        given_up()
    made = issue(site, number, "persuade")
    assert site.one("select no from notice where id = :n", n=made) == 1


def test_eight_at_once_give_eight_numbers_without_a_gap(cases_site: Site) -> None:
    """Eight people of one agency, each in their own cases, three notices each, some given up."""
    site = cases_site
    cases = entered(site, 24, state="persuading")
    who = site.identity("officer")
    start = Barrier(8)

    def work(at: int) -> None:
        start.wait()
        for number in cases[at::8]:
            for given_up in (True, False) if number % 3 == 0 else (False,):
                try:
                    with transaction(site.settings.database_url, who.scope("notice.issue")) as session:
                        there = case_of(session, number)
                        rules.issue(session, site.settings, who, there, Wanted("persuade"), DAY)
                        if given_up:
                            raise LookupError
                except LookupError:
                    pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    given = [no for (no,) in site.rows("select no from notice order by no")]
    assert given == list(range(1, 25))
    assert site.one("select count(distinct number) from notice") == 24
    assert site.one("select count(distinct case_id) from notice") == 24
    assert site.one("select last from notice_series") == 24


def test_of_two_who_issue_the_same_step_at_once_one_is_told(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    who, start = site.identity("verifier"), Barrier(2)

    def work(_: int) -> str:
        start.wait()
        try:
            with transaction(site.settings.database_url, who.scope("notice.issue")) as session:
                rules.issue(session, site.settings, who, case_of(session, number), Wanted("persuade"), DAY)
        except ConflictError as error:
            return error.message
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(work, range(2)))
    assert told[0] == ""
    assert "不能重复制发" in told[1]


def test_many_are_issued_at_once_and_the_others_told_why(cases_site: Site) -> None:
    site = cases_site
    good, waiting = [persuading(site), persuading(site)], taken(site)
    with site.acting("verifier", "notice.issue") as (session, who):
        cases = [session.get_one(Case, each) for each in (*good, waiting)]
        done = rules.issue_many(session, site.settings, who, cases, Wanted("persuade"), DAY)
        assert sorted(each.case_id for each in done.done) == sorted(good)
        assert sorted(each.no for each in done.done) == [1, 2]
        assert [(case.id, "劝返中" in why) for case, why in done.left] == [(waiting, True)]


def test_the_ladder_begins_anew_after_a_return(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    first = issue(site, number, "persuade")
    serve(site, first, DAY)
    with site.acting("verifier", "plan.edit") as (session, who):
        back = returns.Back(DAY + timedelta(days=3), "城关镇中心小学", class_grade=5, grade=5, why="学校商定")
        returns.record(session, site.settings, who, case_of(session, number), back, DAY + timedelta(days=3))
    with pytest.raises(ConflictError, match="须先制发"):
        issue(site, number, "return_by", DAY + timedelta(days=60))


def test_the_document_is_encrypted_and_outlives_the_sweep_of_files(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="欧阳犇骉")
    made = issue(site, number, "persuade")
    blob = site.one("select blob_id from notice where id = :n", n=made)
    blobs = blobs_of(site.settings)
    raw = (blobs._root / blob[:2] / blob).read_bytes()
    assert b"PK\x03\x04" not in raw
    assert "欧阳犇骉".encode() not in raw
    assert "欧阳犇骉" in text(site, made)
    os.utime(blobs._root / blob[:2] / blob, (0, 0))
    remove_orphans(site.settings, blobs)
    assert "欧阳犇骉" in text(site, made)


def test_a_township_sees_its_own_childrens_notices_alone(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    issue(site, number, "persuade")
    for login, count in (("verifier", 1), ("verifier_1", 0), ("officer", 1)):
        with site.acting(login, "case.view") as (session, _):
            assert session.query(Notice).count() == count, login
    with site.acting("clerk", "case.view") as (session, _):
        assert session.query(Notice).count() == 0
        assert session.query(Agency).count() > 0


def test_a_signed_round_has_no_new_notices(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    with transaction(site.settings.database_url, Scope("all")) as session:
        case = session.get_one(Case, number)
        session.get_one(Round, case.round_id).state = "signed"
    with pytest.raises(ConflictError, match="已签字"):
        issue(site, number, "persuade")
