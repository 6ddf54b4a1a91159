"""A county whose cases were brought to where their names say, and the same a round later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.conftest import Kept
from tests.service.played import next_round, play
from tests.service.runs.county import Site


class Played:
    """The county and its named cases."""

    def __init__(self, site: Site, cases: dict[str, int]) -> None:
        self.site, self.cases = site, cases


@pytest.fixture(scope="module")
def played(kept_cases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One round, for a module that only looks."""
    site = kept_cases.lend(tmp_path_factory.mktemp("played"))
    yield Played(site, play(site))
    kept_cases.servers.drop(site.database)


@pytest.fixture(scope="module")
def two_rounds(kept_cases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The same with a second round after it."""
    site = kept_cases.lend(tmp_path_factory.mktemp("rounds"))
    cases = play(site)
    next_round(site)
    yield Played(site, cases)
    kept_cases.servers.drop(site.database)
