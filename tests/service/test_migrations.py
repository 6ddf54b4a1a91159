"""J1, J2: the steps of the database lead up, down and up again, and end at what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from service.db import Base, engine_of
from service.features import load_models
from service.migrations import downgrade, upgrade
from tests import factories
from tests.servers import Database

SHAPE = """
select 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
from information_schema.columns where table_schema = 'public'
union all select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
union all select 'wall', tablename || '.' || policyname, cmd || coalesce(qual, '') || coalesce(with_check, '')
from pg_policies where schemaname = 'public'
union all select 'forced', relname, relrowsecurity::text || relforcerowsecurity::text
from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
union all select 'grant', table_name || '.' || privilege_type, grantee
from information_schema.role_table_grants where table_schema = 'public' and grantee <> grantor
"""
"""Everything that a step makes: columns, constraints, indexes, walls, rights."""


def shape(database: Database) -> set[tuple[str, ...]]:
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        found = {tuple(map(str, row)) for row in connection.execute(text(SHAPE))}
    engine.dispose()
    return found


def test_j1_up_down_and_up_again_on_data_gives_the_same_database(database: Database) -> None:
    """One step there is yet, and below it nothing: what it takes down is all, and rows are in its way."""
    before = shape(database)
    assert {each[0] for each in before} == {"column", "constraint", "index", "wall", "forced", "grant"}
    with Session(engine_of(database.admin_url)) as session, session.begin():
        factories.account(session, "officer")
    engine_of(database.admin_url).dispose()
    downgrade(database.owner_url)
    assert {each for each in shape(database) if "alembic_version" not in each[1]} == set()
    upgrade(database.owner_url)
    assert shape(database) == before


def test_j2_the_models_ask_for_nothing_that_the_steps_have_not_made(database: Database) -> None:
    load_models()
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        unnamed = connection.execute(
            text(
                "select conrelid::regclass || '.' || conname from pg_constraint where contype <> 'n'"
                " and connamespace = 'public'::regnamespace and conname !~ '^(ck|uq|fk|pk)_'"
            )
        ).all()
    engine.dispose()
    assert {name for (name,) in unnamed} <= {"alembic_version.alembic_version_pkc"}, (
        "a constraint that nobody named gets the server's name"
    )
