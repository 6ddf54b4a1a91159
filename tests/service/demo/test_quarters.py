"""Two quarters of a small county, played with real lists and accounts: nobody lost, nobody asked twice."""

from __future__ import annotations

from collections import Counter

import pytest

from service.db import SYSTEM, transaction
from service.demo.county import write_county
from service.demo.living import AlreadyThereError, settle_in
from service.demo.people import make_people
from service.demo.quarters import Play
from service.demo.truth import settle
from service.privacy.custody import ensure_keys, store_of
from tests.service.runs.county import Site
from tests.web import settings_of


@pytest.fixture(scope="module")
def played(module_database, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Play]:
    """A county after two quarters, and who played them."""
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
    gone = set(
        county.children.index[(county.children["status"] == "missing") & county.children["registered"]]
    )
    first = play.quarter()
    assert gone <= {each.child for each in first.found.values()}, "a child in no school has no case"
    play.quarter()
    return Site(settings, module_database), play


def test_the_round_ends_with_every_case_closed_or_carried(played: tuple[Site, Play]) -> None:
    site, play = played
    states = dict(site.rows("select state, count(*) from child_case where round_id = 1 group by state"))
    assert set(states) == {"closed", "carried"}
    closed = Counter(
        code
        for (code,) in site.rows("select outcome from child_case where round_id = 1 and state = 'closed'")
    )
    told = Counter(each.outcome for each in play.played[0].found.values() if each.outcome[0] in "AB")
    assert closed >= told


def test_what_was_explained_is_not_asked_again(played: tuple[Site, Play]) -> None:
    site, play = played
    assert play.played[1].explained > 0
    again = site.rows(
        "select later.id from child_case later join child_case earlier on earlier.child_id = later.child_id"
        " where earlier.round_id = 1 and earlier.state = 'closed' and later.round_id = 2"
        " and later.kind <> 'absent'"
    )
    assert again == []


def test_whoever_came_back_is_followed_until_it_is_shown_to_last(played: tuple[Site, Play]) -> None:
    site, play = played
    assert play.played[0].returned
    followed = site.rows(
        "select later.state, later.outcome from child_case earlier join child_case later"
        " on later.previous_id = earlier.id where earlier.outcome = 'D08' and earlier.round_id = 1"
    )
    assert len(followed) == len(play.played[0].returned)
    assert {outcome for _, outcome in followed} == {"B01"}


def test_nobody_left_open_is_left_behind(played: tuple[Site, Play]) -> None:
    site, _ = played
    assert (
        site.one(
            "select count(*) from child_case c where round_id = 1 and state = 'carried'"
            " and not exists (select from child_case n where n.previous_id = c.id)"
        )
        == 0
    )
