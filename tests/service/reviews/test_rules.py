"""Decisions on a real run: order, one and two persons, disagreement, undoing, what the next run makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.db import SYSTEM, transaction
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.jobs.perform import perform
from service.reviews import queue, rules
from service.reviews.queue import Narrow
from service.rounds.models import Round
from service.rounds.rules import open_round
from service.runs.results import finished_run
from tests.service.reviews.county import doubtful, files_of, item, no_of, places, say, state_of, who
from tests.service.runs.county import ALL, COUNTY, Site, account_id, send, start_run

DOUBTFUL = {"钱多多", "欧阳雪", "司马青", "诸葛亮亮", "陈思雨", "次仁"}


def two(site: Site) -> Site:
    return Site(replace(site.settings, review_persons=2), site.database)


def settled(site: Site, run_id: int = 1) -> dict[int, str]:
    with transaction(site.settings.database_url, ALL) as session:
        return rules.settled(session, finished_run(session, run_id))


def again(site: Site) -> int:
    """Another run of the round."""
    run_id, job_id = start_run(site.settings, 1)
    assert perform(site.settings, job_id) == "done", site.one(
        "select error from job order by id desc limit 1"
    )
    return run_id


def upcoming(site: Site, login: str, run_id: int = 1, **narrow: str) -> int | None:
    person = who(site, login)
    with transaction(site.settings.database_url, ALL) as session:
        return queue.next_for(session, run_id, Narrow(**narrow), person.account_id, person.leader)


def test_a_run_leaves_its_doubts_in_the_queue_and_no_others(seen: Site) -> None:
    rows = seen.rows(
        "select i.no, enrolment, state, candidates from review_item i join run_child using (run_id, no)"
    )
    assert {row[1:3] for row in rows} == {("review", "open")}
    assert len(rows) == seen.one("select count(*) from run_child where enrolment = 'review'") == 7
    counts = {row[0]: row[3] for row in rows}
    assert counts[no_of(seen, "次仁")] == 2
    assert counts[no_of(seen, "钱多多")] == 1


def test_what_is_worth_most_comes_first(seen: Site) -> None:
    """The orphan before the others; who has one candidate before who has two, at the same probability."""
    with transaction(seen.settings.database_url, ALL) as session:
        order = [each.no for each in queue.page(session, 1, Narrow())]
    assert order[0] == no_of(seen, "司马青")
    assert order.index(no_of(seen, "陈思雨")) < order.index(no_of(seen, "次仁"))
    assert upcoming(seen, "officer") == order[0]
    assert upcoming(seen, "officer", group="孤儿") == order[0]
    assert upcoming(seen, "officer", group="残疾") is None


@pytest.mark.parametrize(
    ("verdict", "state"), [("same", "enrolled"), ("different", "not_enrolled"), ("unsure", "unsure")]
)
def test_one_word_settles_where_one_person_is_enough(site: Site, verdict: str, state: str) -> None:
    at = places(site, "钱多多") if verdict == "same" else []
    assert say(site, "officer", "钱多多", verdict, at) == state
    assert settled(site).get(no_of(site, "钱多多")) == (state if state != "unsure" else None)
    assert upcoming(site, "officer") != no_of(site, "钱多多")


def test_only_who_is_refused_every_candidate_is_on_no_roll(site: Site) -> None:
    first, second = places(site, "次仁")
    assert say(site, "officer", "次仁", "different", [first]) == "open"
    assert say(site, "officer", "次仁", "different", [second]) == "not_enrolled"


def test_all_candidates_are_refused_by_one_word(site: Site) -> None:
    assert say(site, "officer", "次仁", "different") == "not_enrolled"
    assert site.one("select count(*) from review_decision") == 2


def test_nobody_confirms_their_own(site: Site) -> None:
    site = two(site)
    at = places(site, "钱多多")
    assert say(site, "officer", "钱多多", "same", at) == "second"
    with pytest.raises(ConflictError, match="本人"):
        say(site, "officer", "钱多多", "same", at)
    assert settled(site) == {}
    assert upcoming(site, "officer") != no_of(site, "钱多多")
    assert say(site, "leader", "钱多多", "same", at) == "enrolled"


def test_two_who_disagree_leave_it_to_a_leader(site: Site) -> None:
    """Who has spoken is not the third, not even as a leader."""
    site = two(site)
    add_people(site, second="officer", chief="leader")
    at = places(site, "钱多多")
    say(site, "officer", "钱多多", "same", at)
    assert say(site, "leader", "钱多多", "different", at) == "disputed"
    assert settled(site) == {}
    with pytest.raises(ForbiddenError, match="领导"):
        say(site, "second", "钱多多", "same", at)
    with pytest.raises(ConflictError, match="本人"):
        say(site, "leader", "钱多多", "different", at)
    assert upcoming(site, "chief") is not None
    assert say(site, "chief", "钱多多", "different", at) == "not_enrolled"
    assert site.one("select count(*) from review_decision where final") == 1


def test_who_cannot_say_neither_confirms_nor_contradicts(site: Site) -> None:
    site = two(site)
    add_people(site, second="officer")
    at = places(site, "钱多多")
    assert say(site, "officer", "钱多多", "unsure") == "unsure"
    assert say(site, "leader", "钱多多", "same", at) == "second"
    assert say(site, "second", "钱多多", "same", at) == "enrolled"


def add_people(site: Site, **logins: str) -> None:
    with transaction(site.settings.database_url, SYSTEM) as session:
        for login, role in logins.items():
            agency = session.query(Account.agency_id).filter_by(login="officer").scalar()
            session.add(Account(agency_id=agency, login=login, name=login, roles=[AccountRole(role=role)]))


def test_undoing_takes_back_the_last_word_whole(site: Site) -> None:
    say(site, "officer", "钱多多", "same", places(site, "钱多多"))
    say(site, "officer", "次仁", "different")
    person = who(site, "officer")
    for name in ("次仁", "钱多多"):
        with transaction(site.settings.database_url, ALL) as session:
            assert rules.undo(session, site.settings, finished_run(session, 1), person) == no_of(site, name)
        assert item(site, name).state == "open"
        assert item(site, name).voters == []
    with transaction(site.settings.database_url, ALL) as session, pytest.raises(NotFoundError):
        rules.undo(session, site.settings, finished_run(session, 1), person)
    assert site.one("select count(*) from review_decision where withdrawn_at is not null") == 3


def test_the_next_run_obeys_and_does_not_ask_again(site: Site) -> None:
    say(site, "officer", "钱多多", "same", places(site, "钱多多"))
    say(site, "officer", "欧阳雪", "different")
    say(site, "officer", "司马青", "unsure")
    say(site, "officer", "次仁", "same", places(site, "次仁")[:1])
    run = again(site)
    assert state_of(site, "钱多多", run) == "enrolled"
    assert state_of(site, "欧阳雪", run) == "not_enrolled"
    assert state_of(site, "次仁", run) == "enrolled"
    assert state_of(site, "司马青", run) == "review"
    left = {row[0] for row in site.rows("select no from review_item where run_id = :run", run=run)}
    assert not left & {no_of(site, name, run) for name in ("钱多多", "欧阳雪", "次仁")}
    assert item(site, "司马青", run).state == "unsure", "asked once a round"
    told = site.one("select settings->'decisions' from run where id = :run", run=run)
    assert told["pairs"] == 3
    assert told == site.one("select summary->'settings'->'decisions' from run where id = :run", run=run)
    with pytest.raises(ConflictError, match="更新的比对"):
        say(site, "officer", "陈思雨", "unsure")
    same = again(site)
    assert site.children(same) == site.children(run), "the same decisions give the same run"
    assert told == site.one("select settings->'decisions' from run where id = :run", run=same)


def test_decisions_hold_in_the_next_round_whose_lists_are_others(site: Site, tmp_path: Path) -> None:
    """New files in another order a quarter later; asked anew is only what nobody knew."""
    say(site, "officer", "钱多多", "same", places(site, "钱多多"))
    say(site, "officer", "欧阳雪", "different")
    say(site, "officer", "司马青", "unsure")
    county = doubtful()
    county.rows.reverse()
    with transaction(site.settings.database_url, SYSTEM) as session:
        agencies = {each.kind: each.id for each in session.query(Agency).filter(Agency.kind != "township")}
        found = open_round(session, "2026年冬季", COUNTY, date(2026, 12, 1), account_id(session, "officer"))
        for path in files_of(county, tmp_path / "winter"):
            send(session, site.settings, found.id, path, agencies)
    run, job = start_run(site.settings, found.id)
    assert perform(site.settings, job) == "done"
    names = ("钱多多", "欧阳雪", "司马青")
    assert [state_of(site, name, run) for name in names] == ["enrolled", "not_enrolled", "review"]
    assert item(site, "司马青", run).state == "open", "another quarter, another question"


def test_what_is_withdrawn_is_obeyed_no_longer(site: Site) -> None:
    say(site, "officer", "欧阳雪", "different")
    number = site.one("select id from review_decision")
    with transaction(site.settings.database_url, ALL) as session:
        with pytest.raises(InvalidError, match="理由"):
            rules.withdraw(session, site.settings, number, who(site, "leader"), "错")
        rules.withdraw(session, site.settings, number, who(site, "leader"), "与家长核实，确为同一人")
    assert item(site, "欧阳雪").state == "open"
    with transaction(site.settings.database_url, ALL) as session, pytest.raises(ConflictError):
        rules.withdraw(session, site.settings, number, who(site, "leader"), "再撤一次试试")
    assert state_of(site, "欧阳雪", again(site)) == "review"


def test_half_a_decision_goes_on_in_the_next_run_of_the_round(site: Site) -> None:
    site = two(site)
    say(site, "officer", "钱多多", "same", places(site, "钱多多"))
    run = again(site)
    assert state_of(site, "钱多多", run) == "review"
    assert item(site, "钱多多", run).state == "second"
    with pytest.raises(ConflictError, match="本人"):
        say(site, "officer", "钱多多", "same", places(site, "钱多多", run), run)
    assert say(site, "leader", "钱多多", "same", places(site, "钱多多", run), run) == "enrolled"


def test_a_round_that_moved_on_takes_no_decision(site: Site) -> None:
    with transaction(site.settings.database_url, ALL) as session:
        session.execute(update(Round).values(state="verifying"))
    with pytest.raises(ConflictError, match="核查"):
        say(site, "officer", "钱多多", "unsure")


def test_nothing_is_readable_of_a_decision(site: Site) -> None:
    say(site, "officer", "钱多多", "different", reason="钱多多的母亲说没有上学")
    told = site.one("select review_decision::text from review_decision")
    for secret in ("钱多多", "李满堂", "没有上学"):
        assert secret not in told
        assert secret.encode().hex() not in told


WRONG = {
    "no verdict": ("maybe", (), InvalidError),
    "same as whom": ("same", (), InvalidError),
    "another's pupil": ("same", ("学籍在册学生.csv#1:2",), NotFoundError),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_refused(site: Site, case: str) -> None:
    verdict, at, error = WRONG[case]
    with pytest.raises(error):
        say(site, "officer", "钱多多", verdict, at)
    assert site.one("select count(*) from review_decision") == 0
