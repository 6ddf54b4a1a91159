"""Who works in this browser: a random token in the cookie, its digest and everything else in the database.

Who is not signed in has no row: a signed cookie holds the seed of the form tokens, so that opening the
sign-in page writes nothing. A session gets a new token whenever more may be done with it: signing in, second
factor, new password. It ends when it is idle, when it is old, and when an administrator changes what the
person may do.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import CallbackDict
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.identity import Identity
from service.accounts.models import Account, WebSession
from service.config import Settings
from service.db import SYSTEM, transaction

PASSWORD, OPEN = "password", "open"
"""Known by the password, something is still missing; signed in."""

PENDING_MINUTES = 10
"""So long may pass between the password and the rest."""

SEEN_SECONDS = 60
"""How often it is written that a session was used: not with every picture of a page."""

_SIGNED = "a."


class BrowserSession(CallbackDict[str, Any], SessionMixin):
    """What ``flask.session`` is.

    Attributes:
        token: of the cookie, where it must be sent. digest, account_id, state: of the row; None, 0 and ""
            where nobody is known. identity: who is signed in. resolved: whether the cookie was looked up.
    """

    def __init__(self, cookie: str = "") -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__({}, changed)
        self.modified = False
        self.cookie, self.resolved = cookie, False
        self.token = ""
        self.digest: bytes | None = None
        self.account_id, self.state = 0, ""
        self.identity: Identity | None = None

    def become(self, row: WebSession, identity: Identity | None = None) -> None:
        """Stand for a row of the database."""
        self.clear()
        self.update(row.data)
        self.modified = False
        self.digest, self.account_id, self.state = row.digest, row.account_id, row.state
        self.identity = identity if row.state == OPEN else None


def browser() -> BrowserSession:
    """The session of this request."""
    found = flask_session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(found, BrowserSession)
    return found


class DatabaseSessions(SessionInterface):
    """Keeps ``flask.session`` in the table ``web_session``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.cookie = "__Host-rollcall" if settings.secure_cookies else "rollcall"
        self._signer = URLSafeTimedSerializer(settings.secret_key, "anonymous session")

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Take the cookie; it is looked up by ``resolve``, where an error can be answered."""
        return BrowserSession(request.cookies.get(self.cookie, ""))

    def resolve(self, found: BrowserSession) -> None:
        """Look the cookie up. One that is unknown, idle or old is nobody's."""
        found.resolved = True
        if found.cookie.startswith(_SIGNED):
            try:
                data = self._signer.loads(
                    found.cookie.removeprefix(_SIGNED), self._settings.session_hours * 3600
                )
            except BadSignature:
                return
            found.update(data)
            found.modified = False
        elif found.cookie:
            with transaction(self._settings.database_url, SYSTEM) as session:
                self._look_up(session, found)

    def _look_up(self, session: Session, found: BrowserSession) -> None:
        now = datetime.now(UTC)
        # One statement, roles and agency with it: every page begins with this.
        statement = select(WebSession, Account).join(Account, Account.id == WebSession.account_id)
        wanted = statement.where(WebSession.digest == digest_of(found.cookie))
        read = session.execute(wanted.options(joinedload(Account.roles))).unique().one_or_none()
        if read is None:
            return
        row, account = read
        identity = identity_of(account)
        if identity is None or self._over(row, now):
            session.delete(row)
            return
        if now - row.seen_at > timedelta(seconds=SEEN_SECONDS):
            row.seen_at = now
        found.become(row, identity)

    def _over(self, row: WebSession, now: datetime) -> bool:
        if row.state != OPEN:
            return now - row.created_at > timedelta(minutes=PENDING_MINUTES)
        idle, whole = self._settings.session_idle_minutes, self._settings.session_hours
        return now - row.seen_at > timedelta(minutes=idle) or now - row.created_at > timedelta(hours=whole)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed, and send the cookie where it is a new one."""
        assert isinstance(session, BrowserSession)
        if session.token:
            self._send(response, session.token)
        if not session.modified or not session.resolved:
            return
        if session.digest is not None:
            with transaction(self._settings.database_url, SYSTEM) as written:
                statement = update(WebSession).where(WebSession.digest == session.digest)
                written.execute(statement.values(data=dict(session)))
        elif session:
            self._send(response, _SIGNED + str(self._signer.dumps(dict(session))))

    def _send(self, response: Response, value: str) -> None:
        # No Max-Age: the browser forgets it when it is closed.
        response.set_cookie(
            self.cookie, value, httponly=True, secure=self._settings.secure_cookies, samesite="Lax"
        )

    def forget(self, response: AnyResponse) -> None:
        """Take the cookie back."""
        response.delete_cookie(
            self.cookie, httponly=True, secure=self._settings.secure_cookies, samesite="Lax"
        )


def start(
    session: Session, account: Account, state: str, data: dict[str, Any], since: datetime | None = None
) -> None:
    """Give this browser a new session of the account, in the caller's transaction; its old one ends.

    ``since`` keeps the age of the one before, for what does not begin the eight hours anew.
    """
    now, token, current = datetime.now(UTC), secrets.token_urlsafe(32), browser()
    if current.digest is not None:
        session.execute(delete(WebSession).where(WebSession.digest == current.digest))
    session.execute(delete(WebSession).where(WebSession.seen_at < now - timedelta(days=1)))
    row = WebSession(
        digest=digest_of(token),
        account_id=account.id,
        state=state,
        # The seed is made here, so that no page needs to write it later.
        data={**data, "csrf_token": secrets.token_hex(20)},
        created_at=since or now,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    current.become(row, identity_of(account))
    current.token = token
    # The token of the page that was just sent belongs to the session before.
    g.pop("csrf_token", None)


def end(session: Session) -> None:
    """End this browser's session."""
    current = browser()
    if current.digest is not None:
        session.execute(delete(WebSession).where(WebSession.digest == current.digest))
    current.become(WebSession(digest=b"", account_id=0, state="", data={}))
    current.digest = None


def end_all(session: Session, account_id: int, spare: bytes | None = None) -> int:
    """End every session of an account but one; how many."""
    statement = delete(WebSession).where(WebSession.account_id == account_id)
    if spare is not None:
        statement = statement.where(WebSession.digest != spare)
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def of_account(session: Session, account_id: int) -> list[WebSession]:
    """The open sessions of an account, the one used last first."""
    statement = select(WebSession).where(WebSession.account_id == account_id, WebSession.state == OPEN)
    return list(session.execute(statement.order_by(WebSession.seen_at.desc())).scalars())


def digest_of(token: str) -> bytes:
    """What of a token lies in the database."""
    return hashlib.sha256(token.encode()).digest()


def identity_of(account: Account) -> Identity | None:
    """Who an account is in a request; None where it, or its agency, was switched off."""
    if account.disabled_at is not None or not account.agency.active:
        return None
    return Identity(
        account_id=account.id,
        login=account.login,
        name=account.name,
        agency_id=account.agency_id,
        agency_name=account.agency.name,
        agency_kind=account.agency.kind,
        region_code=account.agency.region_code,
        roles=frozenset(held.role for held in account.roles),
        language=account.language,
    )


def identify(sessions: DatabaseSessions, by_key: Callable[[str], Identity | None]) -> None:
    """Set ``g.identity`` from the cookie, or for a program from its key. A program's cookies are not read."""
    g.identity = None
    if request.endpoint == "static":
        return
    given = request.headers.get("Authorization", "")
    if given and request.path.startswith("/api/"):
        g.identity = by_key(given)
        return
    current = browser()
    sessions.resolve(current)
    g.identity = current.identity
