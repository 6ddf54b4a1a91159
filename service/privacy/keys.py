"""The data keys of this process: read once from the database, unwrapped when first used, read again when old.

A key is made for one purpose. Encryption keys have the purposes ``field`` and ``blob``; each blind index has
its own, ``index.<name>``. ``scope`` narrows an encryption key to a school year or a list, so that destroying
the key erases what was written with it, in backups too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import RLock

from service.privacy.ciphers import MAC_KEY_BYTES, PROFILES, Profile, Sealer, Secret, TamperedError
from service.privacy.keystore import KeyStore

FIELD, BLOB = "field", "blob"
ACTIVE, NEXT, DRAINING, RETIRED, DESTROYED = "active", "next", "draining", "retired", "destroyed"
STATES = (NEXT, ACTIVE, DRAINING, RETIRED, DESTROYED)
"""A key that is written with is active; a retiring one drains until nothing is left that it was used for.

Only keys of blind indexes are ever ``next``: written beside the active one until all rows have both.
"""

MAX_AGE_SECONDS = 60
"""A ring older than this is read again: so long after a change, every process knows of it."""


class KeyAbsentError(Exception):
    """There is no such key, or it was destroyed. The text says what to do, in Chinese."""


class KeyUnknownError(KeyAbsentError):
    """No key ever had this number."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of ``data_key`` as the ring needs it. ``slot`` is 0 or 1: which column of a blind index."""

    id: int
    purpose: str
    scope: str
    profile: str
    state: str
    wrapped: bytes
    slot: int = 0


@dataclass(frozen=True, slots=True)
class DataKey:
    """An unwrapped key."""

    id: int
    purpose: str
    scope: str
    state: str
    slot: int
    profile: Profile
    secret: Secret

    def sealer(self) -> Sealer:
        """Authenticated encryption under this key."""
        return self.profile.sealer(self.secret.reveal())

    def mac(self) -> Callable[[bytes], bytes]:
        """HMAC under this key."""
        return self.profile.mac(self.secret.reveal())


def context_of(purpose: str, scope: str) -> str:
    """What a wrapped key is bound to."""
    return f"{purpose}/{scope}"


def is_index(purpose: str) -> bool:
    """Whether a purpose is that of a blind index."""
    return purpose.startswith("index.")


def fresh_key(store: KeyStore, purpose: str, scope: str, profile: str) -> bytes:
    """The wrapped bytes of a new random key."""
    family = PROFILES[profile]
    length = MAC_KEY_BYTES if is_index(purpose) else family.key_bytes
    return store.wrap(family, os.urandom(length), context_of(purpose, scope))


class KeyRing:
    """The keys that a process works with. Safe to share between threads."""

    def __init__(
        self,
        load: Callable[[], Iterable[KeyRow]],
        store: KeyStore,
        clock: Callable[[], float] = time.monotonic,
        max_age: float = MAX_AGE_SECONDS,
    ) -> None:
        """``load`` reads the rows of ``data_key``, in a transaction of its own."""
        self._load, self._store, self._clock, self._max_age = load, store, clock, max_age
        self._lock = RLock()
        self._rows: dict[int, KeyRow] = {}
        self._keys: dict[int, DataKey] = {}
        self._read_at = float("-inf")

    def refresh(self) -> None:
        """Read the table again. Keys already unwrapped stay so, under their new state."""
        with self._lock:
            self._rows = {row.id: row for row in self._load()}
            self._keys = {
                number: key
                for number, key in self._keys.items()
                if number in self._rows and self._rows[number].state == key.state
            }
            self._read_at = self._clock()

    def current(self, purpose: str, scope: str = "") -> DataKey:
        """The key that new values of this purpose are written with.

        Raises:
            KeyAbsentError: none was made yet.
        """
        found = self._with_state(purpose, scope, (ACTIVE,))
        if not found:
            self.refresh()
            found = self._with_state(purpose, scope, (ACTIVE,))
        if not found:
            raise KeyAbsentError(f"没有用于“{context_of(purpose, scope)}”的密钥：请先运行 rollcall keys init")
        return self._unwrapped(found[-1])

    def written(self, purpose: str) -> dict[int, DataKey]:
        """Slot -> key of each column of a blind index that is being written, the active one among them."""
        self.current(purpose)
        rows = self._with_state(purpose, "", (ACTIVE, NEXT, DRAINING))
        return {row.slot: self._unwrapped(row) for row in rows}

    def by_id(self, number: int) -> DataKey:
        """The key of a ciphertext, whatever its state.

        Raises:
            KeyAbsentError: it was destroyed; KeyUnknownError: it never was.
        """
        row = self._row(number)
        if row is None:
            self.refresh()
            row = self._row(number)
        if row is None:
            raise KeyUnknownError(f"密钥表中没有密钥 {number}：数据库不完整，请从备份恢复 data_key 表")
        if row.state == DESTROYED:
            raise KeyAbsentError(f"密钥 {number} 已按规定销毁：用它加密的内容不能再读取")
        return self._unwrapped(row)

    def rows(self) -> list[KeyRow]:
        """What the table holds, in order of id."""
        self._renew()
        return [self._rows[number] for number in sorted(self._rows)]

    def _row(self, number: int) -> KeyRow | None:
        self._renew()
        return self._rows.get(number)

    def _renew(self) -> None:
        if self._clock() - self._read_at > self._max_age:
            self.refresh()

    def _with_state(self, purpose: str, scope: str, states: tuple[str, ...]) -> list[KeyRow]:
        return [
            row
            for row in self.rows()
            if row.purpose == purpose and row.scope == scope and row.state in states
        ]

    def _unwrapped(self, row: KeyRow) -> DataKey:
        with self._lock:
            key = self._keys.get(row.id)
            if key is None:
                profile = PROFILES.get(row.profile)
                if profile is None:
                    raise TamperedError(
                        f"密钥 {row.id} 的算法“{row.profile}”不存在：密钥表被改动", "data_key", row.id
                    )
                secret = Secret(self._store.unwrap(profile, row.wrapped, context_of(row.purpose, row.scope)))
                key = DataKey(row.id, row.purpose, row.scope, row.state, row.slot, profile, secret)
                self._keys[row.id] = key
            return key
