"""A county with its named cases played, and the same a round later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.conftest import Kept
from tests.service.ledgers.conftest import Played
from tests.service.played import next_round, play


@pytest.fixture(scope="module")
def rounds_two(kept_cases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Two rounds: what was played in the first, and the second open."""
    site = kept_cases.lend(tmp_path_factory.mktemp("figures"))
    cases = play(site)
    next_round(site)
    yield Played(site, cases)
    kept_cases.servers.drop(site.database)


@pytest.fixture(scope="module")
def played(kept_cases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One round with its cases where their names say."""
    site = kept_cases.lend(tmp_path_factory.mktemp("played"))
    yield Played(site, play(site))
    kept_cases.servers.drop(site.database)
