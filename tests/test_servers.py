"""The servers that the other tests stand on."""

from __future__ import annotations

import socket
import time

import psycopg
import pytest
import redis
from sqlalchemy import text

from service.db import engine_of
from tests.servers import Database, Servers


def names(url: str) -> set[str]:
    with engine_of(url).connect() as connection:
        return set(
            connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars()
        )


def test_a_database_is_fresh(servers: Servers, database: Database) -> None:
    left = names(database.app_url)
    with engine_of(database.owner_url).begin() as connection:
        connection.execute(text("create table left_behind (a int)"))
    assert names(database.app_url) == left | {"left_behind"}
    another = servers.fresh()
    assert names(another.app_url) == left
    servers.drop(another)


def test_a_fresh_database_is_quick(servers: Servers) -> None:
    servers.drop(servers.fresh())
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        made = servers.fresh()
        seconds.append(time.perf_counter() - started)
        servers.drop(made)
    assert min(seconds) < 0.3, "the quickest of five: others work on this machine too"


def test_it_is_the_owners_and_open_to_the_service_only(database: Database) -> None:
    with engine_of(database.app_url).connect() as connection:
        assert connection.execute(text("select current_user")).scalar_one() == "rollcall_app"
        owner = text(
            "select pg_get_userbyid(datdba), datacl::text from pg_database where datname = current_database()"
        )
        assert connection.execute(owner).one() == (
            "rollcall_owner",
            "{rollcall_owner=CTc/rollcall_owner,rollcall_app=Tc/rollcall_owner}",
        )


@pytest.mark.parametrize("nth", ["first", "second"])
def test_a_module_shares_one(module_database: Database, database: Database, nth: str) -> None:
    """A test's own database and its module's are two."""
    with engine_of(module_database.owner_url).begin() as connection:
        connection.execute(text(f"create table seen_by_the_module_{nth} (a int)"))
    assert f"seen_by_the_module_{nth}" in names(module_database.app_url)
    assert f"seen_by_the_module_{nth}" not in names(database.app_url)


def test_a_dropped_database_is_gone_though_somebody_holds_it(servers: Servers) -> None:
    made = servers.fresh()
    with psycopg.connect(made.app_url.replace("+psycopg", "")) as held:
        servers.drop(made)
        with pytest.raises(psycopg.OperationalError):
            held.execute("select 1")


@pytest.mark.parametrize("word", ["first", "second"])
def test_the_broker_is_empty_before_each_test(broker_url: str, word: str) -> None:
    with redis.Redis.from_url(broker_url) as client:
        assert client.keys() == []
        client.set(word, 1)


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])
def test_nothing_but_this_machine_can_be_reached(address: str) -> None:
    with socket.socket() as reach, pytest.raises(UserWarning, match="tried to use socket"):
        reach.connect((address, 80))
