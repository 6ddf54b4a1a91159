"""A site for the tests of jobs: a database, the broker, and real workers where a test asks for them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from service.config import Settings
from service.db import engine_of
from tests.servers import Database, Servers
from tests.service.jobs.site import Site

KEYS = [base64.b64encode(bytes([each]) * 32).decode() for each in (1, 2)]
TABLES = (
    "create table effect (job_id int, row int)",
    "create table told (job_id int, state text)",
    "grant select, insert on effect, told to rollcall_app",
)


def settings_for(database: Database, broker_url: str, state: Path) -> Settings:
    with engine_of(database.owner_url).begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    return Settings(
        database_url=database.app_url,
        broker_url=broker_url,
        state=str(state),
        master_key=KEYS[0],
        audit_key=KEYS[1],
        lease_seconds=2,
    )


@pytest.fixture
def settings(servers: Servers, database: Database, tmp_path: Path) -> Settings:
    """Of a database and a broker of this test alone, without workers."""
    url = servers.valkey.url.removesuffix("/0") + "/1"
    with redis.Redis.from_url(url) as broker:
        broker.flushdb()
    return settings_for(database, url, tmp_path)


@pytest.fixture(scope="session")
def shared_site(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database, state = servers.fresh(), tmp_path_factory.mktemp("site")
    site = Site(settings_for(database, servers.valkey.url, state), state / "flags")
    try:
        yield site
    finally:
        site.close()
        servers.drop(database)


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """Workers, relay and sweep; what a test left undone is cleared away."""
    shared_site.ensure("bells", "beat", "lists")
    yield shared_site
    shared_site.settle()
