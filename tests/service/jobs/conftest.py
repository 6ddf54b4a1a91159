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
from service.jobs.celery import celery_app
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


@pytest.fixture(scope="session")
def quiet_place(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Settings]]:
    database, url = servers.fresh(), servers.valkey.url.removesuffix("/0") + "/1"
    try:
        yield database, settings_for(database, url, tmp_path_factory.mktemp("quiet"))
    finally:
        servers.drop(database)


@pytest.fixture
def settings(quiet_place: tuple[Database, Settings]) -> Settings:
    """Of a database and a broker without workers, with no job in either."""
    database, settings = quiet_place
    with engine_of(database.owner_url).begin() as connection:
        connection.execute(text("truncate job, region, effect, told cascade"))
    with redis.Redis.from_url(settings.broker_url) as broker:
        broker.flushdb()
    return settings


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
def site(shared_site: Site) -> Site:
    """Workers, relay and sweep; whoever asks here rings right after the commit."""
    celery_app(shared_site.settings)
    shared_site.ensure("bells", "beat", "lists")
    return shared_site
