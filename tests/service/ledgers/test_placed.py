"""Which case lies in which ledger, and what changed from round to round."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select, text

from schemas.case import STATES, outcomes
from schemas.ledger import CHANGES, ENTRIES, LEDGERS, ledger_of
from service.ledgers import changes, rules
from service.ledgers.placed import placed
from service.rounds.models import Round
from tests.service.played import WAYS, Played, act, begin, give, next_round


def rows(played: Played, round_id: int = 1) -> dict[int, tuple[str, str, str]]:
    """Case -> ledger, state, outcome that counts."""
    with played.site.acting("officer", "ledger.view") as (session, _):
        cases = placed(round_id)
        return {row.id: (row.ledger, row.state, row.outcome or "") for row in session.execute(select(cases))}


def test_the_table_knows_every_case() -> None:
    for state, code in product((each for each in STATES if each != "carried"), ("", *outcomes())):
        assert ledger_of(state, code) in ("", *LEDGERS)
    assert {each.ledger for each in ENTRIES} <= {"", *LEDGERS}
    assert all(each.source and each.why for each in ENTRIES)
    assert ledger_of("closed", "D03") == "cancelled"


@pytest.mark.parametrize("name", WAYS)
def test_a_case_is_where_its_story_says(played: Played, name: str) -> None:
    way = WAYS[name]
    assert rows(played)[played.cases[name]] == (way.ledger, way.state, way.outcome)


def test_sql_and_table_agree_on_every_case(two_rounds: Played) -> None:
    with two_rounds.site.acting("officer", "ledger.view") as (session, _):
        for number in (1, 2):
            for row in session.execute(select(placed(number))):
                assert row.ledger == ledger_of(row.state, row.standing or ""), row.id


def test_an_old_round_keeps_its_ledgers(played: Played, two_rounds: Played) -> None:
    before = rows(played)
    assert rows(two_rounds) == before
    assert set(two_rounds.site.rows("select state from child_case where round_id = 1")) == {
        ("carried",),
        ("closed",),
    }


def test_who_dropped_out_stays_so_in_the_next_round(two_rounds: Played) -> None:
    """Even where a return was reported and nobody had approved it before the round ended."""
    later = dict(
        two_rounds.site.rows(
            "select previous_id, id from child_case where round_id = 2 and previous_id is not null"
        )
    )
    found = rows(two_rounds, 2)
    for name, way in WAYS.items():
        number = two_rounds.cases[name]
        if way.ledger == "cancelled":
            assert number not in later
        else:
            assert found[later[number]][0] == way.ledger, name


def test_the_counts_of_places_are_the_cases(played: Played) -> None:
    with played.site.acting("officer", "ledger.view") as (session, _):
        of = session.get_one(Round, 1)
        for by in ("township", "school"):
            counted = rules.counts(session, of, by)
            total = {name: sum(row[name] for row in counted) for name in rules.COUNTED}
            found = [ledger for ledger, _, _ in rows(played).values()]
            assert total["dropout"] == found.count("dropout") == 4
            assert total["cancelled"] == 1
            assert total["suspected"] == found.count("suspected")
            assert (total["explained"], total["apart"]) == (1, 1)


def kinds(played: Played, login: str = "officer") -> dict[str, set[int]]:
    """Kind of change -> children."""
    with played.site.acting(login, "ledger.view") as (session, _):
        first, second = session.get_one(Round, 1), session.get_one(Round, 2)
        return {
            kind: {row.child_id for row in changes.listed(session, first, second, kind, "", 0, 10_000)}
            for kind in CHANGES
        }


def test_nobody_is_lost_between_two_rounds(two_rounds: Played) -> None:
    site, found = two_rounds.site, kinds(two_rounds)
    first = {row[0] for row in site.rows("select child_id from child_case where round_id = 1")}
    second = {row[0] for row in site.rows("select child_id from child_case where round_id = 2")}
    assert found["new"] | found["carried"] | found["back"] == second
    assert found["closed"] | found["waiting"] == first - second
    assert sum(len(each) for each in found.values()) == len(first | second)
    closed = two_rounds.cases["at school after all"]
    assert found["closed"] == {site.one("select child_id from child_case where id = :n", n=closed)}
    assert (found["new"], found["waiting"], found["back"]) == (set(), set(), set())


def test_the_counts_of_changes_are_the_lists(two_rounds: Played) -> None:
    found = kinds(two_rounds)
    with two_rounds.site.acting("officer", "ledger.view") as (session, _):
        first, second = session.get_one(Round, 1), session.get_one(Round, 2)
        counted = changes.counts(session, first, second)
        assert {kind: sum(row[kind] for row in counted) for kind in CHANGES} == {
            kind: len(children) for kind, children in found.items()
        }
        assert changes.before_of(rules.rounds(session), second).id == 1
        assert changes.before_of(rules.rounds(session), first) is None


def test_a_new_one_and_one_that_comes_back_are_told_apart(cases_site) -> None:
    """A child without a case before is new; one that was closed and is asked about again comes back."""
    site = cases_site
    number = begin(site, "verifier")
    give(site, "verifier", number, "学籍截图")
    act(site, "verifier", number, "submit", result=WAYS["at school after all"].reported[0])
    act(site, "officer", number, "approve")
    gone = begin(site, "verifier")
    child = site.one("select child_id from child_case where id = :n", n=number)
    with site.acting("officer", "round.move") as (session, _):
        # An outcome at school explains its school year, and the next round is in a later one.
        for statement in (
            "update child_case set approved_at = '2025-01-01' where id = :closed",
            "delete from case_event where case_id = :gone",
            "delete from child_case where id = :gone",
        ):
            session.execute(text(statement), {"closed": number, "gone": gone})
    next_round(site)
    found = kinds(Played(site, {}))
    assert found["back"] == {child}
    assert len(found["new"]) == 1
    assert found["closed"] == set()


def test_a_township_sees_its_own_changes(two_rounds: Played) -> None:
    found = kinds(two_rounds, "verifier")
    own = two_rounds.site.identity("verifier").region_code
    there = {
        row[0]
        for row in two_rounds.site.rows(
            "select child_id from child_case where region_code like :r", r=f"{own}%"
        )
    }
    assert set().union(*found.values()) == there
    assert 0 < len(there) < sum(len(each) for each in kinds(two_rounds).values())
