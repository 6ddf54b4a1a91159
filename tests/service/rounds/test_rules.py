"""A round: who is asked for what, how far it is, and that it moves as the table says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text

from schemas.rounds import MOVES, STATES
from service.accounts.models import Account
from service.agencies.models import Agency
from service.db import SYSTEM, Scope, transaction
from service.errors import ConflictError, InvalidError, ServiceError
from service.rounds.rules import UNTAKEN, board, move, open_round, round_of, untaken
from service.uploads.models import AgencyList

COUNTY = "659999"
POLICE, EDUCATION, CIVIL = 1, 2, 3


@pytest.fixture
def county(database):
    """A county with three bureaus and one round; the address of the service."""
    with transaction(database.app_url, SYSTEM) as session:
        session.execute(text(f"insert into region (code, name) values ('{COUNTY}', '青禾县')"))
        for number, kind in ((POLICE, "police"), (EDUCATION, "education"), (CIVIL, "civil_affairs")):
            session.add(Agency(id=number, kind=kind, name=kind, region_code=COUNTY))
        session.flush()
        session.add(Account(id=1, agency_id=EDUCATION, login="chen", name="陈"))
        session.flush()
        open_round(session, "2026年秋", COUNTY, date(2026, 9, 1), 1)
    return database.app_url


def send(url: str, agency: int, kind: str, state: str, **counts: int) -> None:
    with transaction(url, SYSTEM) as session:
        told = {
            "file_name": "f",
            "blob_id": "b",
            "sha256": f"{agency}{kind}{state}",
            "size": 1,
        }
        session.add(
            AgencyList(round_id=1, agency_id=agency, kind=kind, state=state, created_by=1, **told, **counts)
        )


def states(url: str, today: date, scope: Scope = SYSTEM) -> dict[tuple[str, int], str]:
    with transaction(url, scope) as session:
        return {
            (each.kind, each.owner_id): each.state for each in board(session, round_of(session, 1), today)
        }


def test_each_bureau_is_asked_for_the_lists_of_its_kind(county):
    assert states(county, date(2026, 9, 2)) == {
        ("household", POLICE): "missing",
        ("roll", EDUCATION): "missing",
        ("attendance", EDUCATION): "missing",
        ("civil_affairs", CIVIL): "missing",
    }


def test_the_board_shows_what_counts_first_what_is_late_and_what_nobody_asked_for(county):
    send(county, POLICE, "household", "refused")
    send(county, POLICE, "household", "committed", records=200, warnings=5, errors=1)
    send(county, CIVIL, "poverty", "to_confirm")
    shown = states(county, date(2026, 10, 1))
    assert shown[("household", POLICE)] == "committed"
    assert shown[("roll", EDUCATION)] == "late"
    assert shown[("poverty", CIVIL)] == "to_confirm"
    with transaction(county, SYSTEM) as session:
        police = board(session, round_of(session, 1), date(2026, 9, 2))[0]
    assert (police.records, police.troubled, len(police.lists)) == (200, 3.0, 2)


def test_a_list_that_came_and_was_not_submitted_is_named(county):
    """It lies beside one that counts, and its children would not be looked for."""
    for state in ("committed", *UNTAKEN, "replaced", "withdrawn"):
        send(county, CIVIL, "civil_affairs", state)
    send(county, POLICE, "household", "to_confirm")
    with transaction(county, SYSTEM) as session:
        delivery = board(session, round_of(session, 1), date(2026, 9, 2))[3]
        named = untaken(session, 1)
    assert delivery.state == "committed"
    assert [each.state for each in delivery.untaken] == list(UNTAKEN)
    assert [(each["agency"], each["state"]) for each in named] == [
        ("police", "to_confirm"),
        *(("civil_affairs", state) for state in UNTAKEN),
    ]


def test_a_bureau_sees_of_the_others_only_that_they_are_asked(county):
    send(county, POLICE, "household", "committed")
    send(county, CIVIL, "civil_affairs", "committed")
    shown = states(county, date(2026, 9, 2), Scope("agency", 1, CIVIL))
    assert shown[("civil_affairs", CIVIL)] == "committed"
    assert shown[("household", POLICE)] == "missing"


def push(url: str, to: str) -> None:
    with transaction(url, SYSTEM) as session:
        move(session, round_of(session, 1), to)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_it_moves_only_as_the_table_says(state, to, county):
    send(county, POLICE, "household", "committed")
    send(county, EDUCATION, "roll", "committed")
    with transaction(county, SYSTEM) as session:
        session.execute(text("update round set state = :state, run_id = 1"), {"state": state})
    if to in MOVES[state]:
        push(county, to)
    else:
        with pytest.raises(InvalidError):
            push(county, to)


NOT_YET = {
    "no list at all": (),
    "no roll": (("household", POLICE),),
    "no residents": (("roll", EDUCATION), ("attendance", EDUCATION)),
}


@pytest.mark.parametrize("how", NOT_YET)
def test_matching_does_not_begin_without_both_sides(how, county):
    for kind, agency in NOT_YET[how]:
        send(county, agency, kind, "committed")
    with pytest.raises(ConflictError):
        push(county, "matching")


def test_of_many_who_push_at_once_one_wins(county):
    send(county, POLICE, "household", "committed")
    send(county, EDUCATION, "roll", "committed")

    def one(_: int) -> bool:
        try:
            push(county, "matching")
        except ServiceError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1


@pytest.mark.parametrize(
    ("name", "region"), [("", COUNTY), ("  ", COUNTY), ("2026年秋", COUNTY), ("x", "110000")]
)
def test_a_round_without_a_name_or_a_region_is_refused(name, region, county):
    with transaction(county, SYSTEM) as session, pytest.raises(InvalidError):
        open_round(session, name, region, date(2026, 9, 1), 1)


@pytest.mark.parametrize("as_of", [date.min, date(1926, 9, 1), date(2926, 9, 1), date.max])
def test_a_day_of_another_century_is_refused(as_of, county):
    with transaction(county, SYSTEM) as session, pytest.raises(InvalidError, match="年份有误"):
        open_round(session, "x", COUNTY, as_of, 1)


@pytest.mark.parametrize(
    ("as_of", "year"), [("2026-08-31", 2025), ("2026-09-01", 2026), ("2027-03-01", 2026)]
)
def test_the_school_year_begins_in_september(as_of, year, county):
    with transaction(county, SYSTEM) as session:
        assert open_round(session, "x", COUNTY, date.fromisoformat(as_of), 1).school_year == year
