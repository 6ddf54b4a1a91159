"""From a login and a password to an open session: what is checked, in which order, what is written of it.

A try is counted in a transaction of its own, then the password is compared without one (it takes half a
second on purpose), then what came of it is written. Whoever does not exist, is switched off, or whose
handed-out password is too old gets the answer of a wrong password, in the same time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import credentials, passwords, sessions, sign_in_limits
from service.accounts.guard import audit, db, settings
from service.accounts.models import Account
from service.accounts.passwords import Passwords
from service.accounts.sealing import seal, unseal
from service.accounts.sessions import OPEN, PASSWORD, identity_of
from service.accounts.sign_in_limits import Place
from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, transaction

DEVICE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a login and a password: the account, or 0; ``until`` when trying again is refused."""

    account_id: int = 0
    until: datetime | None = None


def check_password(
    at: Settings, hasher: Passwords, login: str, password: str, place: Place, request_id: str
) -> Checked:
    """Compare a password, counting the try and writing a refusal into the audit."""
    who = sign_in_limits.digest_of(at, login)
    with transaction(at.database_url, SYSTEM) as session:
        until = sign_in_limits.reserve(session, at, who, place)
        account = by_login(session, login)
        if until is not None:
            refuse(session, at, account, "locked", place, request_id)
            return Checked(until=until)
    hashed = _hash_of(at, account)
    right = hasher.matches(hashed, password)
    now = datetime.now(UTC)
    with transaction(at.database_url, SYSTEM) as session:
        account = by_login(session, login)
        why = _why_not(account, right, now)
        if why or account is None:
            # The audit's head is locked last, here as everywhere: whoever holds it waits for nobody.
            until = sign_in_limits.failed(session, at, who, place)
            refuse(session, at, account, why, place, request_id)
            return Checked(until=until)
        sign_in_limits.passed(session, who, place)
        if hashed and hasher.outdated(hashed):
            account.password_sealed = seal(at, "password_sealed", account.id, hasher.hash(password))
        return Checked(account.id)


def _hash_of(at: Settings, account: Account | None) -> str | None:
    if account is None or account.password_sealed is None:
        return None
    return unseal(at, "password_sealed", account.id, account.password_sealed)


def _why_not(account: Account | None, right: bool, now: datetime) -> str:
    """Why the sign-in is refused, for the audit; "" where it is not."""
    if account is None:
        return "unknown"
    if not right:
        return "password"
    if identity_of(account) is None:
        return "disabled"
    if account.must_change_password and passwords.lapsed(account.password_changed_at, now):
        return "lapsed"
    return ""


def by_login(session: Session, login: str) -> Account | None:
    """The account of a login, whatever its capitals."""
    wanted = login.strip().lower().replace("\0", "")
    return session.execute(select(Account).where(func.lower(Account.login) == wanted)).scalar_one_or_none()


def refuse(
    session: Session, at: Settings, account: Account | None, why: str, place: Place, request_id: str
) -> None:
    """Write a refused sign-in. What was typed is not written: it may have been the password."""
    who = (
        Actor(account.id, account.login, account.agency_id, request_id)
        if account
        else Actor(request=request_id)
    )
    act = Act("sign_in", "account", account.id if account else "", result="refused")
    act.detail.update(why=why, address=place.address)
    record(session, at.key("audit_key"), who, act)


def note(account: Account, action: str, **detail: object) -> None:
    """Write what somebody did with the own account before the session was open."""
    who = Actor(account.id, account.login, account.agency_id, g.request_id)
    record(db(), settings().key("audit_key"), who, Act(action, "account", account.id, detail=detail))


def pending(at: Settings, account: Account, data: dict[str, Any], now: datetime) -> str:
    """The page of what is still missing before the session opens: an endpoint, or "" where nothing is."""
    if account.totp_confirmed and not data.get("second"):
        return "accounts.second"
    stale = account.must_change_password or passwords.expired(at, account.password_changed_at, now)
    if stale and not data.get("oidc"):
        return "accounts.first_password"
    if at.second_factor and not account.totp_confirmed:
        return "accounts.enrol"
    return ""


def advance(account: Account, data: dict[str, Any]) -> AnyResponse:
    """After a step that went well: a new session, and on to the next step or in."""
    page = pending(settings(), account, data, datetime.now(UTC))
    if page == "accounts.enrol":
        data = {**data, "offered": credentials.new_offer(account)}
    if page:
        sessions.start(db(), account, PASSWORD, data)
        return redirect(url_for(page), 303)
    come_in(account, data)
    return remembered(redirect(inside(data.get("next", "")), 303), account.login)


def come_in(account: Account, data: dict[str, Any]) -> None:
    """Open the session, forget failures from here, and write it down."""
    sessions.start(db(), account, OPEN, {})
    sign_in_limits.clear(db(), sign_in_limits.digest_of(settings(), account.login), place_of(account.login))
    g.identity = identity_of(account)
    by = "oidc" if data.get("oidc") else "password"
    audit(
        "sign_in", "account", account.id, by=by, second=bool(data.get("second")), address=request.remote_addr
    )


def inside(wanted: str) -> str:
    """A path of ours to go to after signing in; the first page for anything else."""
    ours = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable()
    return wanted if ours and "\\" not in wanted and not wanted.startswith(("/login", "/logout")) else "/"


def place_of(login: str) -> Place:
    """From where this request comes, for this login."""
    device = ""
    try:
        known = _devices().loads(request.cookies.get(_cookie(), ""), DEVICE_DAYS * 86_400)
        if known["login"] == login.strip().lower():
            device = str(known["device"])
    except (BadSignature, KeyError, TypeError):
        pass
    return Place(request.remote_addr or "", device)


def remembered(response: AnyResponse, login: str) -> AnyResponse:
    """Let the browser prove later that this person signed in from it: others' failures do not lock it out."""
    device = place_of(login).device or secrets.token_hex(12)
    response.set_cookie(
        _cookie(),
        str(_devices().dumps({"login": login.lower(), "device": device})),
        max_age=DEVICE_DAYS * 86_400,
        httponly=True,
        secure=settings().secure_cookies,
        samesite="Lax",
    )
    return response


def _devices() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, "known device")


def _cookie() -> str:
    return "__Host-device" if settings().secure_cookies else "device"


Answer = str | Response | AnyResponse | tuple[str, int]
