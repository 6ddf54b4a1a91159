"""Rings of keys made for a test: no database beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.privacy.keys import ACTIVE, KeyRing, KeyRow, fresh_key
from service.privacy.keystore import LocalKeyStore

MASTER = bytes(range(32))
PURPOSES = ("field", "blob", "index.id_number", "index.name_birth", "index.child")


class Table:
    """The rows of ``data_key``, in memory; ``reads`` counts how often they were asked for."""

    def __init__(self, profile: str = "aes", purposes: Sequence[str] = PURPOSES) -> None:
        self.store, self.rows, self.reads = LocalKeyStore(MASTER), dict[int, KeyRow](), 0
        for purpose in purposes:
            self.add(purpose, profile)

    def add(self, purpose: str, profile: str, state: str = ACTIVE, slot: int = 0, scope: str = "") -> int:
        number = len(self.rows) + 1
        wrapped = fresh_key(self.store, purpose, scope, profile)
        self.rows[number] = KeyRow(number, purpose, scope, profile, state, wrapped, slot)
        return number

    def set(self, number: int, **values: object) -> None:
        self.rows[number] = replace(self.rows[number], **values)  # type: ignore[arg-type]

    def load(self) -> list[KeyRow]:
        self.reads += 1
        return list(self.rows.values())

    def ring(self, **options: object) -> KeyRing:
        return KeyRing(self.load, self.store, **options)  # type: ignore[arg-type]
