"""A small county with its lists, and one with a finished run: made once a process, copied for each module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.jobs.perform import perform
from tests.servers import Database, Servers
from tests.service.runs.county import SignedIn, Site, county_files, make_lists, start_run, verify
from tests.web import settings_of


class Kept:
    """A county with its database and stored files, everybody signed in, of which copies are lent."""

    def __init__(self, servers: Servers, site: Site) -> None:
        self.servers, self.database, self.state = servers, site.database, Path(site.settings.state)
        self.signed_in = site.signed_in

    def lend(self, state: Path) -> Site:
        shutil.copytree(self.state, state, dirs_exist_ok=True)
        return county_in(self.servers.fresh(self.database), state, self.signed_in)


def county_in(database: Database, state: Path, signed_in: SignedIn | None = None) -> Site:
    """A county in a database. Who signs in now still is when the last test of the process borrows it."""
    settings = settings_of(database, state=str(state), lease_seconds=2, session_idle_minutes=480)
    return Site(settings, database, signed_in or {})


@pytest.fixture(scope="session")
def kept_lists(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A county whose lists are in, and no run yet."""
    site = county_in(servers.fresh(), tmp_path_factory.mktemp("lists"))
    make_lists(site.settings, county_files(tmp_path_factory.mktemp("files")))
    site.sign_in()
    return Kept(servers, site)


@pytest.fixture(scope="session")
def kept_run(kept_lists: Kept, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The same with a finished run, the first."""
    site = kept_lists.lend(tmp_path_factory.mktemp("run"))
    _, job_id = start_run(site.settings, 1)
    assert perform(site.settings, job_id) == "done"
    return Kept(kept_lists.servers, site)


@pytest.fixture(scope="session")
def kept_cases(kept_run: Kept, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The same with its round being verified: a case for every child that the run could not find."""
    site = kept_run.lend(tmp_path_factory.mktemp("cases"))
    verify(site)
    return Kept(kept_run.servers, site)


def _lent(kept: Kept, state: Path) -> Iterator[Site]:
    site = kept.lend(state)
    try:
        yield site
    finally:
        kept.servers.drop(site.database)


@pytest.fixture
def lists(kept_lists: Kept, tmp_path: Path) -> Iterator[Site]:
    """The county without a run, for one test."""
    yield from _lent(kept_lists, tmp_path / "state")


@pytest.fixture(scope="module")
def finished(kept_run: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The county with a finished run, for a module that only looks."""
    yield from _lent(kept_run, tmp_path_factory.mktemp("finished"))


@pytest.fixture
def run_site(kept_run: Kept, tmp_path: Path) -> Iterator[Site]:
    """The county with a finished run, for one test that changes it."""
    yield from _lent(kept_run, tmp_path / "state")


@pytest.fixture
def cases_site(kept_cases: Kept, tmp_path: Path) -> Iterator[Site]:
    """The county with the cases of its round, for one test that changes it."""
    yield from _lent(kept_cases, tmp_path / "state")


@pytest.fixture(scope="module")
def cases_seen(kept_cases: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same for a module that only looks."""
    yield from _lent(kept_cases, tmp_path_factory.mktemp("seen"))
