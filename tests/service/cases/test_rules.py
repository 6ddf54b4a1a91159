"""A case goes only where the table says, with its evidence, by two persons, and in a round that is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from schemas.case import AT_WORK, ENDED, KINDS, MOVES, STATES, outcomes, tier_of
from schemas.permission import ACTIONS
from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.models import Case, CaseEvent, CaseRequest, Contact, Evidence
from service.cases.rules import Result, StaleError, carry_over, case_of, expire_due, missing_evidence, move
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.moves import advance
from tests.service.plans.steps import entered, taken
from tests.service.runs.county import AS_OF, Site, account_id, township_code
from tests.web import statements

NEXT_YEAR = datetime.now(UTC).date() + timedelta(days=300)
FOUND = Result("B01", "M04", school_now="青禾县城关镇中心小学三年级")


def test_the_tables_agree() -> None:
    assert {state for line in MOVES.values() for state in (*line.before, line.after) if state} == set(STATES)
    assert {line.action for line in MOVES.values()} - {""} <= set(ACTIONS)
    assert {each.after for each in outcomes().values()} <= set(STATES)
    assert set(AT_WORK) | set(ENDED) | {"open"} == set(STATES)
    closing = [each for each in outcomes().values() if each.after == "closed"]
    assert all(each.papers for each in closing), "no case is closed on words alone"
    assert not [line for line in MOVES.values() if line.after == "closed"], "only an approved outcome closes"


@pytest.mark.parametrize(
    ("facts", "tier"),
    [
        ((0.5, 1, "yes", 0, 0), "low"),
        ((3, 1, "yes", 0, 0), "middle"),
        ((0.5, 1, "partly", 0, 0), "middle"),
        ((8, 1, "yes", 0, 0), "high"),
        ((0, 2, "yes", 0, 0), "high"),
        ((0, 0, "no", 0, 0), "high"),
        ((0, 1, "yes", 3, 0), "high"),
        ((0, 1, "yes", 0, 1), "high"),
    ],
)
def test_the_tier_is_the_highest_that_a_fact_reaches(facts, tier: str) -> None:
    assert tier_of(*facts) == tier


@pytest.mark.parametrize(
    ("code", "approved", "until"),
    [
        ("A01", date(2026, 10, 8), None),
        ("A04", date(2026, 10, 8), date(2027, 8, 31)),
        ("B06", date(2026, 10, 8), date(2027, 8, 31)),
        ("C02", date(2026, 10, 8), None),
        ("C03", date(2026, 10, 8), date(2026, 10, 8)),
        ("D03", date(2026, 10, 8), date(2026, 10, 8)),
        ("E01", date(2026, 10, 8), date(2026, 10, 8)),
    ],
)
def test_how_long_an_outcome_explains_a_child(code: str, approved: date, until: date | None) -> None:
    assert outcomes()[code].holds_until(approved, 2026) == until


def test_opening_leaves_nobody_out(cases_site: Site) -> None:
    """Each child not enrolled, in doubt or not in class has one case; opening again adds none."""
    wanted = cases_site.one(
        "select count(*) from run_child where run_id = 1"
        " and (enrolment in ('not_enrolled', 'review') or attendance = 'absent')"
    )
    kinds = dict(cases_site.rows("select kind, count(*) from child_case group by kind"))
    assert sum(kinds.values()) == wanted
    assert set(kinds) <= set(KINDS)
    assert kinds["not_enrolled"] == cases_site.one(
        "select count(*) from run_child where run_id = 1 and enrolment = 'not_enrolled'"
    )
    with cases_site.acting("officer", "round.move") as (session, who):
        found = session.get_one(Round, 1)
        advance(session, found, "reviewing", cases_site.settings, who.account_id)
        again = advance(session, found, "verifying", cases_site.settings, who.account_id)
    assert again is not None
    assert (again.made, again.there) == ({}, wanted)


def assigned(site: Site, login: str = "verifier") -> int:
    """Id of a case in somebody's township that their agency has accepted."""
    who = site.identity(login)
    with site.acting("officer", "case.assign") as (session, officer):
        query = select(Case).where(Case.state == "open", Case.region_code == who.region_code)
        case = session.scalars(query.order_by(Case.id)).first()
        assert case is not None
        cipher = cipher_of(site.settings)
        done = assign(session, [case], session.get_one(Agency, who.agency_id), AS_OF, officer, cipher)
        assert len(done.done) == 1
        number = case.id
    act(site, login, number, "accept")
    return number


def act(site: Site, login: str, number: int, name: str, **given) -> str:
    """Do one move; gives the state after it."""
    with site.acting(login, MOVES[name].action) as (session, who):
        case = case_of(session, number)
        move(session, case, name, who, cipher_of(site.settings), **given)
        return case.state


def give(site: Site, login: str, number: int, *papers: str) -> None:
    with site.acting(login, "case.verify") as (session, who):
        for paper in papers:
            session.add(Evidence(case_id=number, kind=paper, number="1号", account_id=who.account_id))


def test_a_case_closes_with_its_evidence_and_a_second_person(cases_site: Site) -> None:
    site = cases_site
    number = assigned(site)
    with pytest.raises(ConflictError, match="学籍截图"):
        act(site, "verifier", number, "submit", result=FOUND)
    give(site, "verifier", number, "学籍截图")
    assert act(site, "verifier", number, "submit", result=FOUND) == "submitted"
    with pytest.raises(ForbiddenError):
        act(site, "verifier", number, "approve")
    assert act(site, "officer", number, "approve") == "closed"
    row = site.rows("select closed_at is not null, approved_by from child_case where id = :n", n=number)[0]
    assert row == (True, site.identity("officer").account_id)
    kinds = [
        kind for (kind,) in site.rows("select kind from case_event where case_id = :n order by id", n=number)
    ]
    assert kinds == ["open", "assign", "accept", "submit", "approve"]


def test_nobody_approves_what_they_reported(cases_seen: Site) -> None:
    number = taken(cases_seen)
    give(cases_seen, "officer", number, "学籍截图")
    act(cases_seen, "officer", number, "submit", result=FOUND)
    with pytest.raises(ForbiddenError, match="本人上报"):
        act(cases_seen, "officer", number, "approve")
    assert act(cases_seen, "leader", number, "approve") == "closed"


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (None, "outcome"),
        (Result("Z99", "M01"), "outcome"),
        (Result("B01", "M77", school_now="x"), "method"),
        (Result("B01", "M04"), "school_now"),
        (Result("D03", "M01"), "reasons"),
        (Result("D03", "M01", ("R77",)), "reasons"),
        (Result("C03", "M01"), "expires"),
        (Result("C03", "M01", expires=date(2020, 1, 1)), "expires"),
    ],
)
def test_half_a_report_is_sent_back(cases_seen: Site, result: Result | None, field: str) -> None:
    number = taken(cases_seen)
    with pytest.raises(InvalidError) as refused:
        act(cases_seen, "verifier", number, "submit", result=result)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("code", "given", "after"),
    [
        ("D03", {"reasons": ("R01",)}, "persuading"),
        ("E02", {}, "searching"),
        ("C03", {"expires": NEXT_YEAR}, "watching"),
        ("D08", {}, "watching"),
        ("A01", {}, "closed"),
    ],
)
def test_where_an_outcome_leads(cases_seen: Site, code: str, given: dict, after: str) -> None:
    number = taken(cases_seen)
    papers = outcomes()[code].papers
    give(cases_seen, "verifier", number, *(papers[0] if papers else ()))
    act(cases_seen, "verifier", number, "submit", result=Result(code, "M01", **given))
    assert act(cases_seen, "officer", number, "approve") == after


def test_visits_on_record_are_evidence(cases_seen: Site) -> None:
    number = taken(cases_seen)
    with cases_seen.acting("verifier", "case.verify") as (session, who):
        case = case_of(session, number)
        assert missing_evidence(session, case, outcomes()["E01"]) == [("多次联系记录",)]
        for day in (1, 2, 3):
            told = {"day": date(2026, 9, day), "method": "M02", "account_id": who.account_id}
            session.add(Contact(case_id=number, **told))
        session.flush()
        assert missing_evidence(session, case, outcomes()["E01"]) == []
        assert missing_evidence(session, case, outcomes()["D01"]) == [("入户记录",)]


def test_an_older_version_is_refused(cases_seen: Site) -> None:
    number = taken(cases_seen)
    seen = cases_seen.one("select version from child_case where id = :n", n=number)
    give(cases_seen, "verifier", number, "学籍截图")
    act(cases_seen, "officer", number, "hand_back", note="改派")
    with pytest.raises(StaleError) as refused:
        act(cases_seen, "verifier", number, "submit", version=seen, result=FOUND)
    assert refused.value.details == {"seen": seen, "now": seen + 1}


def test_a_township_sees_and_takes_its_own_cases_alone(cases_site: Site) -> None:
    number = assigned(cases_site)
    with pytest.raises(NotFoundError):
        act(cases_site, "verifier_1", number, "accept")
    with cases_site.acting("verifier_1", "case.view") as (session, _):
        codes = set(session.scalars(select(Case.region_code)))
        assert codes <= {township_code(1)}
        assert session.scalar(select(func.count()).select_from(CaseEvent)) == session.scalar(
            select(func.count()).select_from(CaseEvent).where(CaseEvent.case_id.in_(select(Case.id)))
        )
    with cases_site.acting("clerk", "case.view") as (session, _):
        assert session.scalars(select(Case)).all() == []


def test_who_is_asked_about_a_case_may_not_move_it(cases_site: Site) -> None:
    number = assigned(cases_site)
    asked = {"case_id": number, "agency_id": cases_site.identity("verifier_1").agency_id, "kind": "help"}
    with cases_site.acting("officer", "case.ask") as (session, who):
        told = {"region_code": township_code(0), "question": b"", "due": AS_OF, "asked_by": who.account_id}
        session.add(CaseRequest(**asked, **told))
    with cases_site.acting("verifier_1", "case.view") as (session, _):
        assert case_of(session, number).id == number
    with pytest.raises(ForbiddenError, match="没有分派给您的单位"):
        act(cases_site, "verifier_1", number, "hand_back", note="不是我们的")


def test_nobodys_work_is_overwritten_by_a_bulk_assignment(cases_site: Site) -> None:
    number = assigned(cases_site)
    with cases_site.acting("officer", "case.assign") as (session, who):
        cases = session.scalars(select(Case).order_by(Case.id).limit(60)).all()
        agency = session.get_one(Agency, cases_site.identity("verifier").agency_id)
        done = assign(session, cases, agency, AS_OF, who, cipher_of(cases_site.settings))
        assert number not in {case.id for case in done.done}
        why = {case.id: words for case, words in done.left}
        assert "核查中" in why[number]
        elsewhere = [words for case, words in done.left if case.region_code == township_code(1)]
        assert elsewhere
        assert set(elsewhere) == {"不在该单位辖区"}


def test_a_signed_round_does_not_change(cases_site: Site) -> None:
    number = assigned(cases_site)
    with cases_site.acting("officer", "round.move") as (session, _):
        session.get_one(Round, 1).state = "signed"
    with pytest.raises(ConflictError, match="已签字"):
        act(cases_site, "officer", number, "hand_back", note="改派")


def test_what_was_explained_for_a_time_comes_back(cases_site: Site) -> None:
    number = assigned(cases_site)
    give(cases_site, "verifier", number, "批准表", "医院证明")
    act(cases_site, "verifier", number, "submit", result=Result("C03", "M01", expires=NEXT_YEAR))
    act(cases_site, "officer", number, "approve")
    cipher = cipher_of(cases_site.settings)
    with cases_site.acting("officer", "case.verify") as (session, _):
        assert expire_due(session, NEXT_YEAR, cipher) == 0
        assert expire_due(session, NEXT_YEAR + timedelta(days=1), cipher) == 1
        case = case_of(session, number)
        assert (case.state, case.kind, case.approved_by) == ("verifying", "expired", None)


def test_the_next_round_asks_only_what_is_not_explained(cases_site: Site) -> None:
    """Closed cases stay closed, open ones go on, nobody is lost between two rounds."""
    site, cipher = cases_site, cipher_of(cases_site.settings)
    closed, open_one = assigned(site), assigned(site)
    entered(site, 60)
    give(site, "verifier", closed, "学籍截图")
    act(site, "verifier", closed, "submit", result=FOUND)
    act(site, "officer", closed, "approve")
    give(site, "verifier", open_one, "报告表")
    act(site, "verifier", open_one, "submit", result=Result("D03", "M01", ("R01",)))
    act(site, "officer", open_one, "approve")
    with site.acting("officer", "round.move") as (session, who):
        first = session.get_one(Round, 1)
        total = session.scalar(select(func.count()).select_from(Case))
        assert carry_over(session, first, cipher) == total - 1
        first.state = "closed"
        told = {"name": "2026年冬季", "region_code": first.region_code, "school_year": 2026}
        later = Round(as_of=date(2026, 12, 1), created_by=who.account_id, run_id=1, version=1, **told)
        later.state = "reviewing"
        session.add(later)
        session.flush()
        with statements(site) as said_to_it:
            opened = advance(session, later, "verifying", site.settings, account_id(session, "officer"))
        assert len(said_to_it) < 40 < total, "not one for each case"
        assert opened is not None
        assert [case for _, case in opened.explained] == [closed]
        assert opened.made == {"carried": total - 1}
        states = dict(
            session.execute(select(Case.previous_id, Case.state).where(Case.round_id == later.id)).all()
        )
        assert states[open_one] == "persuading"
        assert closed not in states
