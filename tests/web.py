"""The whole app on a database of the tests, and people who use it through their browsers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from time import time
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.accounts import sealing
from service.accounts.models import Account
from service.accounts.passwords import Passwords
from service.app import create_app
from service.config import Settings
from service.db import SYSTEM, engine_of, transaction
from service.privacy.custody import ensure_keys, store_of
from tests import factories
from tests.servers import Database

PASSWORD = "Tall-river 7 lanterns"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of a second factor."""
CHEAP = Passwords(time_cost=1, memory_kib=8, lanes=1)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf-token" content="([^"]+)"')


def settings_of(database: Database, **changes: Any) -> Settings:
    """Settings as in production, but on http and without the second factor unless said."""
    return Settings(
        **{
            "database_url": database.app_url,
            "secret_key": "s" * 40,
            "master_key": base64.b64encode(b"m" * 32).decode(),
            "audit_key": base64.b64encode(b"a" * 32).decode(),
            "secure_cookies": False,
            "second_factor": False,
            **changes,
        }
    )


def app_of(database: Database, **changes: Any) -> Flask:
    """The app on a database, with hashes that cost nothing and without limits of rate unless said."""
    limited = changes.pop("limited", False)
    app = create_app(_keyed(database, changes))
    app.extensions["rollcall.passwords"] = CHEAP
    app.extensions["rollcall.limiter"].enabled = limited
    return app


def kept_app(database: Database, **changes: Any) -> Flask:
    """The same for tests that leave the app as it is: one whose database had this name before has it too."""
    return kept_of(_keyed(database, changes))


@lru_cache(maxsize=8)
def kept_of(settings: Settings) -> Flask:
    """The app of these settings, made once while it is not pushed out by others."""
    app = create_app(settings)
    app.extensions["rollcall.passwords"] = CHEAP
    app.extensions["rollcall.limiter"].enabled = False
    return app


def _keyed(database: Database, changes: dict[str, Any]) -> Settings:
    at = settings_of(database, **changes)
    with transaction(at.database_url, SYSTEM) as session:
        ensure_keys(session, store_of(at), at.crypto_profile)
    return at


def person(session: Session, app: Flask, *roles: str, secret: str = "", **changes: Any) -> Account:
    """An account that can sign in with ``PASSWORD``, and with a second factor where its secret is given."""
    made = factories.account(session, *roles, **changes)
    at = app.config["ROLLCALL"]
    made.password_sealed = sealing.seal(at, "password_sealed", made.id, CHEAP.hash(PASSWORD))
    if secret:
        made.totp_sealed, made.totp_confirmed = sealing.seal(at, "totp_sealed", made.id, secret), True
    session.flush()
    return made


def code_of(secret: str, steps: int = 0) -> str:
    """The code of an app, so many half minutes from now."""
    return pyotp.TOTP(secret).at(int(time()) + 30 * steps)


@dataclass
class Browser:
    """Somebody's browser on the app: it keeps cookies, and sends the token of the page that it saw."""

    app: Flask
    client: FlaskClient = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def base(self) -> str:
        return "https://localhost" if self.app.config["ROLLCALL"].secure_cookies else "http://localhost"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._seen(self.client.get(path, base_url=self.base, **options))

    def post(self, path: str, token: str | None = None, **form: Any) -> TestResponse:
        """Send a form with the token of the page before; another token where one is given."""
        sent = {"csrf_token": self.token if token is None else token, **form}
        headers = {"Referer": f"{self.base}/"}
        return self._seen(self.client.post(path, base_url=self.base, data=sent, headers=headers))

    def sign_in(self, who: Account | str, password: str = PASSWORD, **form: Any) -> TestResponse:
        self.get("/login")
        login = who if isinstance(who, str) else who.login
        response = self.post("/login", login=login, password=password, **form)
        if response.status_code == 303:
            # A page with the token of the new session, which everybody may see.
            self.get(response.location if response.location.startswith("/login/") else "/me")
        return response

    def take(self, cookie: str, token: str) -> None:
        """Go on with a session that another browser has begun."""
        self.client.set_cookie("rollcall", cookie)
        self.token = token

    def cookie(self, name: str = "rollcall") -> str:
        found = self.client.get_cookie(name)
        return found.value if found else ""

    def _seen(self, response: TestResponse) -> TestResponse:
        token = TOKEN.search(response.text) if response.mimetype == "text/html" else None
        if token:
            self.token = unescape(token[1] or token[2])
        return response


def system(app: Flask):
    """A transaction of the service itself on the app's database."""
    return transaction(app.config["ROLLCALL"].database_url, SYSTEM)


@contextmanager
def statements(site: Any) -> Iterator[list[str]]:
    """What is said meanwhile to the database of a site (whatever has ``settings``)."""
    said: list[str] = []

    def hear(connection, cursor, statement, *rest):
        said.append(statement)

    engine = engine_of(site.settings.database_url)
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)
