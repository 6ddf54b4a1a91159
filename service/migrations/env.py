"""Run by Alembic: one connection, a transaction for each migration, with a short lock timeout."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from service.db import Base
from service.features import load_models

LOCK = 7_281_001
"""Of two migrations started at once the second waits for the first."""

load_models()
engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
    connection.execute(text("set lock_timeout = '4s'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
    connection.commit()
engine.dispose()
