"""A small county as far as a test needs it: made once a process, of which copies are lent.

What is quick: a module that only looks takes ``finished``, ``cases_seen``, ``played`` or ``two_rounds``; a
test that changes a case makes its own in ``cases_seen`` (``tests/service/plans/steps.py``); only what counts
the rows of the whole county, or moves its round, takes ``cases_site``. A copy costs a tenth of a second and
has the app of the one before it; everybody is signed in there, so that ``browser`` costs nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.jobs.perform import perform
from tests.servers import Database, Servers
from tests.service.played import Played, next_round, play
from tests.service.runs.county import SignedIn, Site, county_files, make_lists, start_run, verify
from tests.web import settings_of


class Kept:
    """A county with its database and stored files, everybody signed in, of which copies are lent."""

    def __init__(self, servers: Servers, site: Site) -> None:
        self.servers, self.database, self.state = servers, site.database, Path(site.settings.state)
        self.signed_in = site.signed_in

    def lend(self, state: Path | None = None) -> Site:
        """A copy. Where no place for its files is given it has the settings, and the app, of one before."""
        database = self.servers.fresh(self.database)
        state = state or self.servers.state_for(database)
        shutil.copytree(self.state, state, dirs_exist_ok=True)
        return county_in(database, state, self.signed_in)

    @contextmanager
    def lent(self) -> Iterator[Site]:
        """A copy, dropped at the end."""
        site = self.lend()
        try:
            yield site
        finally:
            self.servers.drop(site.database)


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
def kept_run(kept_lists: Kept) -> Kept:
    """The same with a finished run, the first."""
    site = kept_lists.lend()
    _, job_id = start_run(site.settings, 1)
    assert perform(site.settings, job_id) == "done"
    return Kept(kept_lists.servers, site)


@pytest.fixture(scope="session")
def kept_cases(kept_run: Kept) -> Kept:
    """The same with its round being verified: a case for every child that the run could not find."""
    site = kept_run.lend()
    verify(site)
    return Kept(kept_run.servers, site)


@pytest.fixture
def lists(kept_lists: Kept) -> Iterator[Site]:
    """The county without a run, for one test."""
    with kept_lists.lent() as site:
        yield site


@pytest.fixture(scope="module")
def finished(kept_run: Kept) -> Iterator[Site]:
    """The county with a finished run, for a module that only looks."""
    with kept_run.lent() as site:
        yield site


@pytest.fixture
def run_site(kept_run: Kept) -> Iterator[Site]:
    """The county with a finished run, for one test that changes it."""
    with kept_run.lent() as site:
        yield site


@pytest.fixture
def cases_site(kept_cases: Kept) -> Iterator[Site]:
    """The county with the cases of its round, for one test that changes it."""
    with kept_cases.lent() as site:
        yield site


@pytest.fixture(scope="module")
def cases_seen(kept_cases: Kept) -> Iterator[Site]:
    """The same for a module that only looks, or that makes the cases that it changes."""
    with kept_cases.lent() as site:
        yield site


class KeptPlayed:
    """A county whose cases were brought to where their names say, of which copies are lent."""

    def __init__(self, kept: Kept, cases: dict[str, int]) -> None:
        self.kept, self.cases = kept, cases

    @contextmanager
    def lent(self) -> Iterator[Played]:
        with self.kept.lent() as site:
            yield Played(site, self.cases)


@pytest.fixture(scope="session")
def kept_played(kept_cases: Kept) -> KeptPlayed:
    """The cases of one round."""
    site = kept_cases.lend()
    cases = play(site)
    return KeptPlayed(Kept(kept_cases.servers, site), cases)


@pytest.fixture(scope="session")
def kept_rounds(kept_played: KeptPlayed) -> KeptPlayed:
    """The same with a second round after it."""
    site = kept_played.kept.lend()
    next_round(site)
    return KeptPlayed(Kept(kept_played.kept.servers, site), kept_played.cases)


@pytest.fixture(scope="module")
def played(kept_played: KeptPlayed) -> Iterator[Played]:
    """One round, for a module that only looks."""
    with kept_played.lent() as made:
        yield made


@pytest.fixture(scope="module")
def two_rounds(kept_rounds: KeptPlayed) -> Iterator[Played]:
    """Two rounds, for a module that only looks."""
    with kept_rounds.lent() as made:
        yield made
