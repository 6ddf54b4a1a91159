"""The county written by hand with its first round gathered: made once, lent to each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Servers
from tests.service.conftest import Kept, county_in
from tests.service.corrections import county
from tests.service.runs.county import Site


@pytest.fixture(scope="session")
def kept_first(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The first round, gathered."""
    site = county_in(servers.fresh(), tmp_path_factory.mktemp("first"))
    county.first_round(site, tmp_path_factory.mktemp("files"))
    site.sign_in()
    return Kept(servers, site)


@pytest.fixture
def site(kept_first: Kept) -> Iterator[Site]:
    """The same, for one test."""
    with kept_first.lent() as site:
        yield site
