"""Keys for programs: ``rc_<prefix>_<secret>``, shown once.

Of the secret, 256 random bits, only SHA-256 is kept: a copy of the database signs nobody in. A key acts as
the person who made it, within the actions it was made for, and is nothing once that person is switched off.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.permission import ACTIONS
from service.accounts.identity import Identity
from service.accounts.models import Account, ApiKey
from service.accounts.sessions import SEEN_SECONDS, identity_of
from service.config import Settings
from service.db import SYSTEM, transaction
from service.errors import ConflictError, InvalidError, NotFoundError

LONGEST_DAYS = 365
MOST = 20
"""Keys of one person that work at a time."""

FOR_PROGRAMS = (
    "round.view",
    "list.view",
    "list.upload",
    "list.download",
    "run.view",
    "run.start",
    "job.view",
)
"""Actions that a key may be made for. Records of children are for people with a second factor."""

OF_EVERY_KEY = ("self.use", "api_key.use")
assert set(FOR_PROGRAMS) | set(OF_EVERY_KEY) <= set(ACTIONS)


def offered(who: Identity) -> list[str]:
    """The actions that this person may give to a key."""
    return [action for action in FOR_PROGRAMS if who.may(action)]


def make(
    session: Session, who: Identity, name: str, actions: Collection[str], days: int
) -> tuple[ApiKey, str]:
    """Make a key; the row, and the text that is shown once.

    Raises:
        InvalidError: no name, no action or one that is not this person's to give, or too many days.
        ConflictError: the person has as many keys as one may have.
    """
    if not name.strip() or len(name.strip()) > 60:
        raise InvalidError(_("请填写密钥的用途，60 字以内。"), field="name")
    if not actions or not set(actions) <= set(offered(who)):
        raise InvalidError(_("请选择密钥可以做什么；只能选本人有权限的。"), field="actions")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(_("有效期为 1 至 %(days)s 天。", days=LONGEST_DAYS), field="days")
    if sum(1 for key in of_account(session, who.account_id) if works(key)) >= MOST:
        raise ConflictError(_("有效的密钥已有 %(count)s 个，请先停用不用的。", count=MOST))
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        account_id=who.account_id,
        agency_id=who.agency_id,
        name=name.strip(),
        prefix=prefix,
        digest=_digest(secret),
        actions=sorted(set(actions)),
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    return key, f"rc_{prefix}_{secret}"


def of_account(session: Session, account_id: int) -> list[ApiKey]:
    """Every key of a person, the newest first."""
    statement = select(ApiKey).where(ApiKey.account_id == account_id).order_by(ApiKey.id.desc())
    return list(session.execute(statement).scalars())


def revoke(session: Session, account_id: int, key_id: int) -> ApiKey:
    """Make a key of this person useless; one that is so already stays so.

    Raises:
        NotFoundError: this person has no such key.
    """
    statement = select(ApiKey).where(ApiKey.id == key_id, ApiKey.account_id == account_id)
    key = session.execute(statement).scalar_one_or_none()
    if key is None:
        raise NotFoundError
    key.revoked_at = key.revoked_at or datetime.now(UTC)
    return key


def works(key: ApiKey) -> bool:
    """Whether the key is neither revoked nor too old."""
    return key.revoked_at is None and key.expires_at > datetime.now(UTC)


def identity_by(settings: Settings, header: str) -> Identity | None:
    """Who an ``Authorization`` header stands for; None where it is no key of ours that works."""
    scheme, _space, text = header.partition(" ")
    parts = text.strip().split("_", 2)
    if scheme.lower() != "bearer" or len(parts) != 3 or parts[0] != "rc" or len(parts[1]) > 12:
        return None
    with transaction(settings.database_url, SYSTEM) as session:
        found = select(ApiKey).where(ApiKey.prefix == parts[1].replace("\0", ""))
        key = session.execute(found).scalar_one_or_none()
        if key is None or not hmac.compare_digest(key.digest, _digest(parts[2])) or not works(key):
            return None
        account = session.get_one(Account, key.account_id)
        person = identity_of(account)
        # Of a person who moved to another agency the key stays with the agency it was made for.
        if person is None or key.agency_id != account.agency_id:
            return None
        now = datetime.now(UTC)
        if key.used_at is None or now - key.used_at > timedelta(seconds=SEEN_SECONDS):
            key.used_at = now
        return replace(person, machine=True, actions=frozenset({*key.actions, *OF_EVERY_KEY}))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
