"""The database's shape, step by step: ``upgrade`` brings a database to the newest."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

APP_ROLE = "rollcall_app"
"""The role that the service signs in as; ``service.tenancy`` gives it what it needs."""


def config_of(owner_url: str) -> Config:
    """Alembic's configuration for a database, as its owner."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = owner_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database to a revision, as the role that owns the tables; two at once wait for each other."""
    command.upgrade(config_of(owner_url), revision)


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Take the database back to a revision."""
    command.downgrade(config_of(owner_url), revision)
