"""Everything that the service began with."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from service.db import Base
from service.migrations import APP_ROLE
from service.tenancy import build_walls

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables and their walls."""
    connection = op.get_bind()
    Base.metadata.create_all(connection)
    connection.execute(text("insert into audit_head (one, number, digest) values (1, 0, '')"))
    build_walls(connection, Base.metadata, APP_ROLE)


def downgrade() -> None:
    """Drop them: the walls first, of which some ask other tables."""
    connection = op.get_bind()
    quote = connection.dialect.identifier_preparer.quote
    walls = text("select tablename, policyname from pg_policies where schemaname = 'public'")
    for table, name in connection.execute(walls).all():
        connection.execute(text(f"drop policy {quote(name)} on {quote(table)}"))
    Base.metadata.drop_all(connection)
