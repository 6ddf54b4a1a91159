"""The database: one transaction a request or task, and in it who acts, for the walls inside PostgreSQL.

A scope is set with ``set_config(..., is_local => true)`` when a transaction begins, so nothing of it is left
on a pooled connection. Row-level security reads it (``service/tenancy.py``): a query that forgets to ask for
its own agency's rows gets no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Session

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Of every table of the service; its constraints are named, so that a migration can name them."""

    metadata = MetaData(naming_convention=NAMES)


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts in a transaction, and on whose rows.

    Attributes:
        kind: ``all`` (the whole county), ``region`` (what lies in ``region``), ``agency`` (own rows),
            ``system`` (signing in, jobs' own bookkeeping, the audit), or ``none``.
        user_id, agency_id: 0 where nobody, or no agency, acts.
        region: prefix of the region codes seen (GB/T 2260: 6 digits a county, 9 a township, 12 a village).
    """

    kind: str = "none"
    user_id: int = 0
    agency_id: int = 0
    region: str = ""


SYSTEM = Scope("system")


@cache
def engine_of(url: str) -> Engine:
    """The engine of a database, one a process. After a fork call ``forget_connections`` first."""
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged, names and numbers are not
        pool_size=5,
        max_overflow=10,
        connect_args={"options": "-c statement_timeout=300000 -c idle_in_transaction_session_timeout=600000"},
    )


def forget_connections(url: str) -> None:
    """In a forked child: leave the parent's connections alone and open new ones."""
    engine_of(url).dispose(close=False)


@contextmanager
def transaction(url: str, scope: Scope) -> Iterator[Session]:
    """One new session and one transaction in this scope: committed at the end, undone by an exception."""
    with Session(engine_of(url), expire_on_commit=False) as session, session.begin():
        enter(session, scope)
        yield session


@contextmanager
def widened(session: Session) -> Iterator[None]:
    """Let an agency write what it will not see afterwards: a case that it gives back.

    Whether it may, is asked before, behind its own wall. What fails inside is undone, and the wall with it.
    """
    before: Scope = session.info["scope"]
    if before.kind != "agency":
        yield
        return
    try:
        with session.begin_nested():
            enter(session, replace(before, kind="all"))
            yield
            session.flush()
            enter(session, before)
    finally:
        session.info["scope"] = before


def enter(session: Session, scope: Scope) -> None:
    """Say who acts, for as long as the session's transaction lasts."""
    session.execute(
        text(
            "select set_config('rollcall.scope', :kind, true), set_config('rollcall.agency', :agency, true),"
            " set_config('rollcall.region', :region, true), set_config('rollcall.user', :user, true)"
        ),
        {
            "kind": scope.kind,
            "agency": str(scope.agency_id),
            "region": scope.region,
            "user": str(scope.user_id),
        },
    )
    session.info["scope"] = scope
