"""Who may do what in a database of ours: one role owns it and migrates, the other works in it."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

OWNER, APP = "rollcall_owner", "rollcall_app"
EXTENSIONS = ("pg_trgm",)

# Row-level security binds neither superusers nor roles with BYPASSRLS: the service is none of them.
_POWERS = SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def ensure_role(connection: Connection[Any], name: str, password: str) -> None:
    """Make the role, or set its powers and its password to what they should be."""
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    statement = SQL("ALTER ROLE {} {} PASSWORD {}" if there else "CREATE ROLE {} {} PASSWORD {}")
    connection.execute(statement.format(Identifier(name), _POWERS, Literal(password)))


def ensure_database(
    connection: Connection[Any],
    name: str,
    owner: str = OWNER,
    app: str = APP,
    template: str = "template0",
    strategy: str = "WAL_LOG",
) -> bool:
    """Make the database of ``owner`` where it is missing, open to ``app`` and to nobody else. True if made.

    ``strategy`` is PostgreSQL's: ``FILE_COPY`` is the quicker one where a checkpoint costs nothing.
    The connection is a superuser's, with autocommit. What the app may do with the tables is the migrations'.
    """
    there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not there:
        make = SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {}")
        connection.execute(make.format(*map(Identifier, (name, owner, template, strategy.lower()))))
    connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(name)))
    grant = SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
    connection.execute(grant.format(Identifier(name), Identifier(app)))
    return not there


def ensure_extensions(connection: Connection[Any]) -> None:
    """Make the extensions in the database of the connection, which is a superuser's."""
    for name in EXTENSIONS:
        connection.execute(SQL("CREATE EXTENSION IF NOT EXISTS {}").format(Identifier(name)))
