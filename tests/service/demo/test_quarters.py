"""Two quarters of a small county, played with real lists and accounts: nobody lost, nobody asked twice."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from service.corrections.keeping import mended
from service.county_time import COUNTY_TIME
from service.db import SYSTEM, transaction
from service.demo.county import write_county
from service.demo.living import AlreadyThereError, settle_in
from service.demo.people import County, make_people
from service.demo.quarters import Play, day_of
from service.demo.truth import settle
from service.privacy.custody import ensure_keys, store_of
from tests.service.runs.county import Site
from tests.web import settings_of

pytestmark = pytest.mark.long
DAYS = (day_of(2026, 1), day_of(2026, 2))


@pytest.fixture(scope="module")
def played(module_database, tmp_path_factory) -> tuple[Site, Play, list[tuple[set[int], set[int]]]]:
    """A county after two quarters, who played them, and who was out of school at the beginning of each."""
    folder = tmp_path_factory.mktemp("quarters")
    settings = settings_of(module_database, state=str(folder / "state"))
    with transaction(settings.database_url, SYSTEM) as session:
        ensure_keys(session, store_of(settings), settings.crypto_profile)
    county = make_people(500, 5)
    settle(county)
    write_county(county, folder)
    settle_in(settings, folder, lambda _: None)
    with pytest.raises(AlreadyThereError):
        settle_in(settings, folder, lambda _: None)
    play = Play(settings, county, folder)
    outside = [out_of_school(county)]
    play.quarter()
    play.quarter()
    # Nobody has come or gone since the lists of the second quarter were drawn up.
    outside.append(out_of_school(county))
    return Site(settings, module_database), play, outside


def out_of_school(county: County) -> tuple[set[int], set[int]]:
    """Who is in no school, and who is on a roll and not in class: the truth."""
    table = county.children
    missing = (table["status"] == "missing") & table["registered"] & table["school_age"]
    absent = table["on_roll"] & ~table["attends"] & table["school_age"]
    return set(table.index[missing]), set(table.index[absent])


def test_every_child_in_no_school_has_a_case(played) -> None:
    _, play, outside = played
    for done, (missing, _absent) in zip(play.played, outside, strict=True):
        assert missing
        assert missing <= {each.child for each in done.found.values()}


def test_the_signed_figures_are_the_truth_and_what_was_done(played) -> None:
    _, play, outside = played
    for done, (missing, absent) in zip(play.played, outside, strict=True):
        # Of a pupil who is not in class a case is made where a roster shows it.
        out = missing | absent & {each.child for each in done.found.values()}
        found = Counter(each.outcome for each in done.found.values())
        back = set(done.returned)
        unfound = {each.child for each in done.found.values() if each.outcome == "E01"}
        total = done.figures["total"]
        assert total["out_of_school"] == len(out - back - unfound)
        assert total["apart"] == len(unfound)
        assert done.figures["outcomes"].get("D08", 0) == found["D08"] >= len(back)
        assert total["cases"] == sum(done.opened.values())
        assert total["pending"] == 0
        wrong = {code: count for code, count in found.items() if code[0] in "AB"}
        assert {code: done.figures["outcomes"].get(code) for code in wrong} == wrong


def test_the_round_ends_with_every_case_closed_or_carried(played) -> None:
    site, play, _ = played
    states = dict(site.rows("select state, count(*) from child_case where round_id = 1 group by state"))
    assert set(states) == {"closed", "carried"}
    closed = Counter(
        code
        for (code,) in site.rows("select outcome from child_case where round_id = 1 and state = 'closed'")
    )
    told = Counter(each.outcome for each in play.played[0].found.values() if each.outcome[0] in "AB")
    assert closed >= told


def test_what_was_explained_is_not_asked_again(played) -> None:
    site, play, _ = played
    assert play.played[1].explained > 0
    again = site.rows(
        "select later.id from child_case later join child_case earlier on earlier.child_id = later.child_id"
        " where earlier.round_id = 1 and earlier.state = 'closed' and later.round_id = 2"
        " and later.kind <> 'absent'"
    )
    assert again == []


def test_whoever_came_back_is_followed_until_it_is_shown_to_last(played) -> None:
    site, play, _ = played
    assert play.played[0].returned
    followed = site.rows(
        "select later.state, later.outcome from child_case earlier join child_case later"
        " on later.previous_id = earlier.id where earlier.outcome = 'D08' and earlier.round_id = 1"
    )
    first = play.played[0]
    assert len(followed) == len(first.returned)
    assert first.again, "one of them has left again"
    assert Counter((outcome, state == "closed") for state, outcome in followed) == {
        ("D08", True): len(first.returned) - len(first.again),
        ("D09", False): len(first.again),
    }
    looked = site.rows("select due, done_on, attending, dropped from follow_up where due < :day", day=DAYS[1])
    assert looked
    assert all(done is not None or dropped for _, done, _, dropped in looked)
    assert sum(attending is False for *_, attending, _ in looked) == len(first.again)


def test_a_living_county_is_left_behind(played) -> None:
    """Plans, the legal ladder, requests, corrections and aid are part of the play."""
    site, play, _ = played
    out = sum(each.outcome in ("D01", "D03") for each in play.played[0].found.values())
    out += len(play.played[0].returned)
    assert site.one("select count(*) from plan") >= out > 0
    assert site.one("select count(*) from measure where done is null") == 0
    kinds = dict(site.rows("select kind, count(*) from notice where served_on is not null group by kind"))
    assert kinds["persuade"] > kinds["return_by"] > kinds["order"] > 0
    assert site.one("select count(*) from child_return") == sum(len(each.returned) for each in play.played)
    asked = dict(site.rows("select kind || ' ' || state, count(*) from case_request group by 1"))
    assert asked["check_back answered"] > 0
    assert asked["help asked"] > 0
    for number in (1, 2):
        states = dict(
            site.rows("select state, count(*) from correction where round_id = :no group by 1", no=number)
        )
        assert set(states) == {"open", "done", "refused"}
        assert site.one("select count(*) from aid_finding where round_id = :no", no=number) > 0
    with transaction(site.settings.database_url, SYSTEM) as session:
        assert sum(mended(session, 2).values()) > 0


def test_everything_is_dated_within_its_quarter(played) -> None:
    """By the county's clock, which the play moves; the audit goes by the machine's."""
    site, play, _ = played
    moments = """
        select r.id, x.at from round r join child_case c on c.round_id = r.id, lateral (
          select c.opened_at at union all select c.assigned_at union all select c.submitted_at
          union all select c.approved_at union all select c.closed_at
          union all select at from case_event where case_id = c.id
          union all select at from evidence where case_id = c.id
          union all select at from contact where case_id = c.id
          union all select issued_at from notice where case_id = c.id
        ) x where x.at is not null
        union all select m.round_id, s.at from signature s join meeting m on m.id = s.meeting_id
        union all select round_id, answered_at from correction where answered_at is not null
        union all select id, closed_at from round
    """
    by_round: dict[int, list[date]] = {}
    for number, at in site.rows(moments):
        by_round.setdefault(number, []).append(at.astimezone(COUNTY_TIME).date())
    for number, (day, done) in enumerate(zip(DAYS, play.played, strict=False), 1):
        assert done.as_of == day
        # Whoever stays as explained or out of school keeps the day on which that was approved.
        assert DAYS[0] <= min(by_round[number])
        assert max(by_round[number]) == day + timedelta(days=75)
        assert day in by_round[number] or day + timedelta(days=2) in by_round[number]


def test_nobody_left_open_is_left_behind(played) -> None:
    site, _, _ = played
    assert (
        site.one(
            "select count(*) from child_case c where round_id = 1 and state = 'carried'"
            " and not exists (select from child_case n where n.previous_id = c.id)"
        )
        == 0
    )
