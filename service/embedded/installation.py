"""What runs out of one folder of this machine: servers that are ours, the keys, and what the service is told.

Where ``DATABASE_URL`` or ``BROKER_URL`` is set, or in production, that server is somebody else's.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.config import KEY_BYTES, Settings, read_settings
from service.db import SYSTEM, Base, engine_of, transaction
from service.embedded import EmbeddedError
from service.embedded.kept import kept_secrets, locked
from service.embedded.postgres import Postgres
from service.embedded.valkey import Valkey
from service.tenancy import assert_walls

OWNER_URL = "ROLLCALL_OWNER_DATABASE_URL"
SIGN_INS = "demo-sign-in.txt"
"""Of the demo round, in the state folder, for its owner alone: login, password, role and agency a line."""


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


_KEYS: Mapping[str, Callable[[], str]] = {
    "ROLLCALL_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "ROLLCALL_MASTER_KEY": _key,
    "ROLLCALL_AUDIT_KEY": _key,
}


class Installation:
    """One folder with its servers; ``postgres`` or ``valkey`` is None where another is named."""

    def __init__(self, state: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.state = state.resolve()
        self._given = dict(environ)
        production = environ.get("ROLLCALL_ENV") == "production"
        self._keys = None if production else self.state / "keys.json"
        ours = {
            name for name in ("DATABASE_URL", "BROKER_URL") if not production and not _named(environ, name)
        }
        self.postgres = Postgres(self.state / "postgres") if "DATABASE_URL" in ours else None
        self.valkey = Valkey(self.state / "valkey") if "BROKER_URL" in ours else None

    def environment(self) -> dict[str, str]:
        """Return the variables of a process of the service; our servers have been started once before.

        A process of the service never learns how to sign in as the owner of the tables.
        """
        told = {name: text for name, text in self._given.items() if not name.startswith(OWNER_URL)}
        if self.postgres is not None:
            # What libpq reads from these would lead elsewhere.
            told = {name: text for name, text in told.items() if not name.startswith("PG")}
            told["DATABASE_URL"] = self.postgres.app_url
        if self.valkey is not None and self.valkey.started_once:
            told["BROKER_URL"] = self.valkey.url
        if self._keys is not None:
            missing = {name: make for name, make in _KEYS.items() if not _named(told, name)}
            self.state.mkdir(parents=True, exist_ok=True)
            with locked(self.state / "keys.lock"):
                kept = kept_secrets(self._keys, missing) if missing else {}
            told |= {name: kept[name] for name in missing}
        return told | {"ROLLCALL_STATE": str(self.state)}

    def settings(self) -> Settings:
        """Return what a process of the service is told. Raises ``UnsafeSettingError``."""
        return read_settings(self.environment())

    def has_accounts(self) -> bool:
        """Whether anybody can sign in yet."""
        url = self.settings().database_url
        try:
            with transaction(url, SYSTEM) as session:
                return bool(session.scalar(text("select exists (select from account)")))
        finally:
            engine_of(url).dispose()

    def check(self) -> None:
        """Refuse here what every process of the service would refuse, each in its own log.

        Raises:
            UnsafeSettingError, StartRefusedError: what is wrong and what to do.
            EmbeddedError: the database cannot be reached.
        """
        from service.features import load_models

        settings = self.settings()
        for name in ("master_key", "audit_key"):
            settings.key(name)
        load_models()
        try:
            with engine_of(settings.database_url).connect() as connection:
                assert_walls(connection, Base.metadata)
        except OperationalError as error:
            raise EmbeddedError(f"DATABASE_URL 指定的数据库连不上：{error.orig}") from error
        finally:
            engine_of(settings.database_url).dispose()

    def migrate(self) -> bool:
        """Bring the database to the newest shape as its owner; False where nobody told us who that is."""
        # Here, for Alembic takes a while to load and most commands need none of it.
        from service.migrations import upgrade

        url = self.postgres.owner_url if self.postgres else self._given.get(OWNER_URL)
        if url:
            upgrade(url)
            self._make_keys()
        return bool(url)

    def _make_keys(self) -> None:
        """Make the keys of the data that are not there yet; safe to repeat."""
        from service.privacy.custody import ensure_keys, store_of

        settings = self.settings()
        with transaction(settings.database_url, SYSTEM) as session:
            ensure_keys(session, store_of(settings), settings.crypto_profile)


@contextmanager
def settings_at_hand(environ: Mapping[str, str] = os.environ) -> Iterator[Settings]:
    """Give a command its settings, with the database running and in its newest shape as long as it works.

    It may run beside ``rollcall up`` or alone: what runs is used, what was started for it is stopped.
    Bells that it leaves to ring are rung by the sweep of the next ``rollcall up``.
    """
    installation = Installation(Path(environ.get("ROLLCALL_STATE") or "out/state"), environ)
    with ExitStack() as started:
        if installation.postgres is not None:
            started.enter_context(installation.postgres)
            installation.migrate()
        yield installation.settings()


def _named(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))
