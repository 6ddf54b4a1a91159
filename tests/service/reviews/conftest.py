"""The county in doubt, made once a process and lent to tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Servers
from tests.service.conftest import Kept, _lent
from tests.service.reviews.county import doubtful_run
from tests.service.runs.county import Site


@pytest.fixture(scope="session")
def kept_doubt(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return doubtful_run(servers, tmp_path_factory)


@pytest.fixture
def site(kept_doubt: Kept, tmp_path: Path) -> Iterator[Site]:
    """The county in doubt with a finished run, for one test."""
    yield from _lent(kept_doubt, tmp_path / "state")


@pytest.fixture(scope="module")
def seen(kept_doubt: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same for a module that only looks."""
    yield from _lent(kept_doubt, tmp_path_factory.mktemp("seen"))
