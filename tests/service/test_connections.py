"""Connections that the service keeps: one that has ended is never handed out, whoever ended it."""

from __future__ import annotations

import psycopg
from sqlalchemy import text

from service.db import SYSTEM, engine_of, transaction
from tests.servers import Database


def backend(url: str) -> int:
    with transaction(url, SYSTEM) as session:
        return int(session.execute(text("select pg_backend_pid()")).scalar_one())


def test_h4_a_connection_that_the_server_ended_is_replaced(module_database: Database) -> None:
    url = module_database.app_url
    first = backend(url)
    assert backend(url) == first, "it is kept"
    with psycopg.connect(module_database.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        assert admin.execute("select pg_terminate_backend(%s, 5000)", [first]).fetchone() == (True,)
    assert backend(url) != first


def test_h4_all_that_a_restart_ended_are_replaced(module_database: Database) -> None:
    url = module_database.app_url
    with transaction(url, SYSTEM) as one, transaction(url, SYSTEM) as two:
        kept = {each.execute(text("select pg_backend_pid()")).scalar_one() for each in (one, two)}
    with psycopg.connect(module_database.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        for each in kept:
            admin.execute("select pg_terminate_backend(%s, 5000)", [each])
    assert not kept & {backend(url) for _ in range(3)}
    assert engine_of(url).pool.checkedout() == 0  # type: ignore[attr-defined]
