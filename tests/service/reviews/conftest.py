"""The county in doubt, made once a process and lent to tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Servers
from tests.service.conftest import Kept
from tests.service.reviews.county import doubtful_run
from tests.service.runs.county import Site


@pytest.fixture(scope="session")
def kept_doubt(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return doubtful_run(servers, tmp_path_factory)


@pytest.fixture
def site(kept_doubt: Kept) -> Iterator[Site]:
    """The county in doubt with a finished run, for one test."""
    with kept_doubt.lent() as site:
        yield site


@pytest.fixture(scope="module")
def seen(kept_doubt: Kept) -> Iterator[Site]:
    """The same for a module that only looks."""
    with kept_doubt.lent() as site:
        yield site
