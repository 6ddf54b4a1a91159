"""A case at work, for the modules of pages and of evidence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.cases.desk import accepted
from tests.service.conftest import Kept
from tests.service.runs.county import Site
from tests.web import Browser


@pytest.fixture(scope="module")
def case_at_work(kept_cases: Kept) -> Iterator[tuple[Site, Browser, int]]:
    """A case that a township works on, for tests that do not mind what others did to it."""
    with kept_cases.lent() as site:
        who = site.browser("verifier")
        yield site, who, accepted(site, site.browser("officer"), who)
