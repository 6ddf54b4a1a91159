"""The real PostgreSQL and the real Valkey of the tests: one of each a process, started when first asked for.

Where ``ROLLCALL_TEST_DATABASE_URL`` is set (a superuser's address, on a server for tests), databases are made
there instead. Every test has a database as the migrations leave it, copied from a template in 0.1 seconds.
Fixtures: ``database`` (a test's own), ``module_database`` (a module's), ``broker_url`` (emptied before each).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url

from service.db import engine_of
from service.embedded.postgres import DATABASE, Postgres
from service.embedded.roles import APP, OWNER, ensure_database, ensure_extensions, ensure_role
from service.embedded.valkey import Valkey
from service.migrations import upgrade
from service.privacy.custody import ring_of

EXTERNAL = "ROLLCALL_TEST_DATABASE_URL"


@dataclass(frozen=True)
class Database:
    """Addresses of one database: for its superuser, for its owner (migrations) and for the service."""

    name: str
    admin_url: str
    owner_url: str
    app_url: str


class Servers:
    """What the tests of this process run against; nothing is started before it is asked for.

    The name of a dropped database is given again: the engine of its address, with all the statements that it
    has compiled, serves the next one too.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._numbers = count(1)
        self._free: list[int] = []
        self._making: psycopg.Connection[tuple[object, ...]] | None = None

    @cached_property
    def postgres(self) -> Postgres:
        """The server of this process."""
        return self._open.enter_context(Postgres(self._folder("pg"), fast=True))

    @cached_property
    def valkey(self) -> Valkey:
        """The broker of this process."""
        return self._open.enter_context(Valkey(self._folder("vk")))

    @cached_property
    def template(self) -> Database:
        """The migrated database that the others are copies of; nobody may be connected to it."""
        made = self._described("template")
        with self._maker.transaction():
            # Roles are of the whole server, which two processes of one run may share.
            self._maker.execute("SELECT pg_advisory_xact_lock(706583)")
            for url in map(make_url, (made.owner_url, made.app_url)):
                ensure_role(self._maker, str(url.username), str(url.password))
        self._open.callback(self.drop, made)
        ensure_database(self._maker, made.name)
        with self._admin(made) as admin:
            ensure_extensions(admin)
        upgrade(made.owner_url)
        engine_of(made.owner_url).dispose()
        return made

    def fresh(self, of: Database | None = None) -> Database:
        """Make a database as the migrations leave it, or as another one is now."""
        template = of or self.template
        for url in (template.owner_url, template.app_url):
            engine_of(url).dispose()
        made = self._described(str(heappop(self._free) if self._free else next(self._numbers)))
        strategy = "WAL_LOG" if os.environ.get(EXTERNAL) else "FILE_COPY"
        ensure_database(self._maker, made.name, template=template.name, strategy=strategy)
        ring_of.cache_clear()  # of the database that had this name before
        return made

    def empty(self) -> Database:
        """Make a database with nothing in it, not even tables; its roles are there."""
        made = self._described(str(next(self._numbers)))
        assert self.template, "the roles are made with it"
        with self._admin(made, "postgres") as admin:
            ensure_database(admin, made.name)
        return made

    def drop(self, database: Database) -> None:
        """Let go of the database, and of the connections to it that the service keeps."""
        for url in (database.owner_url, database.app_url, database.admin_url):
            engine_of(url).dispose()
        self._maker.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database.name)))
        number = database.name.rpartition("_")[2]
        if number.isdigit() and int(number) not in self._free:
            heappush(self._free, int(number))

    @property
    def _maker(self) -> psycopg.Connection[tuple[object, ...]]:
        """The connection that makes databases and drops them; a test may have restarted the server since."""
        try:
            if self._making is not None and self._making.execute("SELECT 1"):
                return self._making
        except psycopg.OperationalError:
            pass
        self._making = self._open.enter_context(self._admin(self._described("postgres"), "postgres"))
        return self._making

    @cached_property
    def _states(self) -> Path:
        return self._folder("state")

    def state_for(self, database: Database) -> Path:
        """A folder for the files of a database that is not there yet: another of this name has the same."""
        folder = self._states / database.name
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def close(self) -> None:
        """Stop what was started and remove its folders."""
        self._open.close()

    def _folder(self, name: str) -> Path:
        # Not below pytest's own folder: only its owner may enter that, and a server run as nobody could not.
        place = _quick_place()
        for left in place.glob("rollcall-test-[0-9]*-*"):
            if not Path(f"/proc/{left.name.split('-')[2]}").exists():
                shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
        folder = Path(tempfile.mkdtemp(prefix=f"rollcall-test-{os.getpid()}-{name}-", dir=place))
        self._open.callback(shutil.rmtree, folder)
        return folder

    def _described(self, name: str) -> Database:
        name = f"rollcall_test_{os.getpid()}_{name}"
        given = os.environ.get(EXTERNAL)
        if not given:
            server = self.postgres
            return Database(
                name, server.url("postgres", name), server.url(OWNER, name), server.url(APP, name)
            )
        admin = make_url(given).set(drivername="postgresql+psycopg", database=name)
        # All processes of a run must come to the same password, and nobody may guess it.
        password = sha256(given.encode()).hexdigest()[:32]
        roles = [admin.set(username=role, password=password) for role in (OWNER, APP)]
        return Database(name, *(_written(each) for each in (admin, *roles)))

    @contextmanager
    def _admin(
        self, database: Database, name: str | None = None
    ) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        url = make_url(database.admin_url).set(drivername="postgresql", database=name or database.name)
        with psycopg.connect(_written(url), autocommit=True) as connection:
            in_use = SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(DATABASE)
            if os.environ.get(EXTERNAL) and connection.execute(in_use).fetchone():
                raise pytest.UsageError(
                    f"{EXTERNAL}: a Rollcall lives on that server; tests need one of their own"
                )
            yield connection


def _quick_place() -> Path:
    """Memory where there is enough: a database is some hundred files, a second of a busy disk."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 2**30
    return memory if enough else Path(tempfile.gettempdir())


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers of this process, stopped at its end."""
    started = Servers()
    try:
        yield started
    finally:
        started.close()


@contextmanager
def _lent(servers: Servers) -> Iterator[Database]:
    database = servers.fresh()
    try:
        yield database
    finally:
        servers.drop(database)


@pytest.fixture
def database(servers: Servers) -> Iterator[Database]:
    """A test's own database."""
    with _lent(servers) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(servers: Servers) -> Iterator[Database]:
    """One database for the tests of a module."""
    with _lent(servers) as made:
        yield made


@pytest.fixture
def broker_url(servers: Servers) -> str:
    """The address of the broker, with nothing in it."""
    with redis.Redis.from_url(servers.valkey.url) as client:
        client.flushall()
    return servers.valkey.url
