"""Making keys, changing them, and ending them: what the security administrator does and the audit records.

Every change is one row's move from a state to the next, in the caller's transaction; what uses the keys
learns of it within ``keys.MAX_AGE_SECONDS``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.config import Settings
from service.db import SYSTEM, transaction
from service.privacy.blind_index import PURPOSES, BlindIndex
from service.privacy.blobs import BlobStore
from service.privacy.ciphers import PROFILES
from service.privacy.crypto import FieldCipher
from service.privacy.keys import (
    ACTIVE,
    BLOB,
    DESTROYED,
    DRAINING,
    FIELD,
    NEXT,
    RETIRED,
    KeyAbsentError,
    KeyRing,
    KeyRow,
    context_of,
    fresh_key,
    is_index,
)
from service.privacy.keystore import KeyStore, LocalKeyStore
from service.privacy.models import DataKeyRecord

NEEDED = (FIELD, BLOB, *(purpose.key_purpose for purpose in PURPOSES.values()))
"""The purposes that a service has a key for from its first start."""


class CustodyError(Exception):
    """A key may not be changed like this now. The text says why and what to do, in Chinese."""


def store_of(settings: Settings) -> KeyStore:
    """Who holds the master key. The one place to put a cryptographic machine in."""
    return LocalKeyStore(settings.key("master_key"))


@lru_cache(maxsize=8)
def ring_of(settings: Settings) -> KeyRing:
    """The ring of this process for these settings."""

    def load() -> list[KeyRow]:
        with transaction(settings.database_url, SYSTEM) as session:
            return rows(session)

    return KeyRing(load, store_of(settings))


def cipher_of(settings: Settings, scope: str = "") -> FieldCipher:
    """Encrypts and decrypts fields."""
    return FieldCipher(ring_of(settings), scope)


def index_of(settings: Settings, purpose: str) -> BlindIndex:
    """Computes the blind index of a purpose."""
    return BlindIndex(ring_of(settings), purpose)


def blobs_of(settings: Settings, scope: str = "") -> BlobStore:
    """The store of encrypted files."""
    return BlobStore(Path(settings.state) / "blobs", ring_of(settings), scope)


def rows(session: Session) -> list[KeyRow]:
    """The table of keys, as rings read it."""
    found = session.scalars(select(DataKeyRecord).order_by(DataKeyRecord.id))
    return [
        KeyRow(each.id, each.purpose, each.scope, each.profile, each.state, each.wrapped, each.slot)
        for each in found
    ]


def ensure_keys(session: Session, store: KeyStore, profile: str, scope: str = "") -> list[str]:
    """Make what keys are missing and return their purposes. Two processes at once make one key.

    With a ``scope`` only the encryption keys of it are made: indexes must meet across school years.
    """
    made = []
    for purpose in (FIELD, BLOB) if scope else NEEDED:
        values = {
            "purpose": purpose,
            "scope": scope,
            "profile": profile,
            "state": ACTIVE,
            "slot": 0,
            "wrapped": fresh_key(store, purpose, scope, profile),
        }
        added = insert(DataKeyRecord).values(values).on_conflict_do_nothing().returning(DataKeyRecord.id)
        if session.scalar(added) is not None:
            made.append(purpose)
    return made


def rotate(session: Session, store: KeyStore, purpose: str, profile: str, scope: str = "") -> int:
    """Make a new key beside the active one and return its id (``Rotation.begin`` looks before).

    An encryption key is written with at once, and the old one drains. A key of an index is ``next``: written
    beside the old one, in the other column, until every row has both.

    Raises:
        TamperedError: the store's master key is not the one of today.
        KeyAbsentError: there is none to follow. CustodyError: the last change has not come to its end.
    """
    active = _active(session, purpose, scope)
    # Under another master key than the others a new key would lock away what is written from now on.
    store.unwrap(PROFILES[active.profile], active.wrapped, context_of(purpose, scope))
    if is_index(purpose):
        open_ones = session.scalar(
            select(func.count()).where(
                DataKeyRecord.purpose == purpose, DataKeyRecord.state.in_((NEXT, DRAINING))
            )
        )
        if open_ones:
            raise CustodyError(
                f"“{purpose}”上一次更换密钥尚未完成：请先运行 rollcall keys advance 直至完成，再更换"
            )
        state, slot = NEXT, 1 - active.slot
    else:
        _move(active, DRAINING)
        session.flush()
        state, slot = ACTIVE, 0
    new = DataKeyRecord(
        purpose=purpose,
        scope=scope,
        profile=profile,
        state=state,
        slot=slot,
        wrapped=fresh_key(store, purpose, scope, profile),
    )
    session.add(new)
    session.flush()
    return new.id


def promote(session: Session, number: int) -> None:
    """Make the next key of an index the active one; look-ups go to its column from now on."""
    following = _locked(session, number, NEXT)
    _move(_active(session, following.purpose, following.scope), DRAINING)
    session.flush()
    _move(following, ACTIVE)


def retire(session: Session, number: int) -> None:
    """Nothing is written with the key any more. That nothing is left under it is for ``rotation`` to know."""
    _move(_locked(session, number, DRAINING), RETIRED)


def destroy(session: Session, number: int) -> None:
    """Forget a retired key for ever: what lies in backups under it cannot be read again."""
    key = _locked(session, number, RETIRED)
    key.wrapped = b""
    _move(key, DESTROYED)


def age(session: Session, number: int) -> float:
    """Seconds since a key came into its state, by the database's clock."""
    changed = select(func.extract("epoch", func.clock_timestamp() - DataKeyRecord.changed_at))
    return float(session.execute(changed.where(DataKeyRecord.id == number)).scalar_one())


def rewrap(session: Session, old: KeyStore, new: KeyStore) -> int:
    """Wrap every key under another master key and return how many; data are not touched."""
    found = session.scalars(
        select(DataKeyRecord).where(DataKeyRecord.state != DESTROYED).with_for_update()
    ).all()
    for key in found:
        profile, context = PROFILES[key.profile], context_of(key.purpose, key.scope)
        key.wrapped = new.wrap(profile, old.unwrap(profile, key.wrapped, context), context)
    return len(found)


def _active(session: Session, purpose: str, scope: str) -> DataKeyRecord:
    wanted = select(DataKeyRecord).filter_by(purpose=purpose, scope=scope, state=ACTIVE).with_for_update()
    found = session.scalar(wanted)
    if found is None:
        raise KeyAbsentError(f"没有用途为“{purpose}”的密钥：请先运行 rollcall keys init")
    return found


def _locked(session: Session, number: int, state: str) -> DataKeyRecord:
    key = session.get(DataKeyRecord, number, with_for_update=True, populate_existing=True)
    if key is None:
        raise KeyAbsentError(f"没有编号为 {number} 的密钥：请用 rollcall keys status 查看")
    if key.state != state:
        raise CustodyError(f"密钥 {number} 现在的状态是 {key.state}，须为 {state} 才能这样做")
    return key


def _move(key: DataKeyRecord, state: str) -> None:
    key.state, key.changed_at = state, func.clock_timestamp()
