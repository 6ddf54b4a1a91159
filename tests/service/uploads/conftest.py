"""A county of its own for each test, and one that the tests of a module share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Database
from tests.service.uploads.county import County, settle


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> County:
    """One county for the tests of a module that look at lists of their own alone."""
    return settle(module_database, tmp_path_factory.mktemp("shared") / "state")


@pytest.fixture
def county(database: Database, tmp_path: Path) -> County:
    return settle(database, tmp_path / "state")
