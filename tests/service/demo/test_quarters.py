"""Two quarters of a small county, played with real lists and accounts: nobody lost, nobody asked twice."""

from __future__ import annotations

from collections import Counter

import pytest

from service.db import SYSTEM, transaction
from service.demo.county import write_county
from service.demo.living import AlreadyThereError, settle_in
from service.demo.people import County, make_people
from service.demo.quarters import Play
from service.demo.truth import settle
from service.privacy.custody import ensure_keys, store_of
from tests.service.runs.county import Site
from tests.web import settings_of

pytestmark = pytest.mark.long


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
        assert done.figures["outcomes"].get("D08", 0) == len(back)
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
    assert len(followed) == len(play.played[0].returned)
    assert {outcome for _, outcome in followed} == {"B01"}


def test_nobody_left_open_is_left_behind(played) -> None:
    site, _, _ = played
    assert (
        site.one(
            "select count(*) from child_case c where round_id = 1 and state = 'carried'"
            " and not exists (select from child_case n where n.previous_id = c.id)"
        )
        == 0
    )
