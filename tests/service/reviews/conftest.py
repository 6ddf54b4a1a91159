"""The county in doubt, made once a process and lent to tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.jobs.perform import perform
from tests.servers import Servers
from tests.service.conftest import Kept, _lent
from tests.service.reviews.county import doubtful, files_of
from tests.service.runs.county import Site, make_lists, start_run
from tests.web import settings_of


@pytest.fixture(scope="session")
def kept_doubt(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    database, state = servers.fresh(), tmp_path_factory.mktemp("doubt")
    settings = settings_of(database, state=str(state), lease_seconds=2)
    make_lists(settings, files_of(doubtful(), tmp_path_factory.mktemp("lists")))
    _, job_id = start_run(settings, 1)
    assert perform(settings, job_id) == "done"
    return Kept(servers, database, state)


@pytest.fixture
def site(kept_doubt: Kept, tmp_path: Path) -> Iterator[Site]:
    """The county in doubt with a finished run, for one test."""
    yield from _lent(kept_doubt, tmp_path / "state")


@pytest.fixture(scope="module")
def seen(kept_doubt: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same for a module that only looks."""
    yield from _lent(kept_doubt, tmp_path_factory.mktemp("seen"))
