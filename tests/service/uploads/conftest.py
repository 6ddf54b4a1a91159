"""A county of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Database
from tests.service.uploads.county import County, settle


@pytest.fixture
def county(database: Database, tmp_path: Path) -> County:
    return settle(database, tmp_path / "state")
