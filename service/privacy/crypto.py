"""Single fields, encrypted so that each opens only where it was written.

A ciphertext is ``version 1 | profile 1 | key id 4 | nonce 12 | sealed value and tag``, lengths in bytes.
Table, column, agency and row go in as associated data: moved to another row, it does not open. A value is
padded to a multiple of 32 bytes, since its length would tell a disability number from none.

Nonces are random, 96 bits: one key is good for 2**32 values (NIST SP 800-38D, 8.3), a province's lists of
twenty years; ``rollcall keys rotate`` each year stays far below.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import repeat

from cryptography.exceptions import InvalidTag

from service.privacy.ciphers import BY_CODE, NONCE_BYTES, TAG_BYTES, Sealing, TamperedError
from service.privacy.keys import FIELD, DataKey, KeyRing, KeyUnknownError

VERSION = 1
HEADER = struct.Struct(">BBI")
BLOCK = 32
LEAST = HEADER.size + NONCE_BYTES + BLOCK + TAG_BYTES

Agencies = str | int | Sequence[str] | Sequence[int]
"""The agency that owns the rows: one for all, or one a row."""


class FieldCipher:
    """Encrypts and decrypts columns with the keys of a ring; ``scope`` as the keys have it."""

    def __init__(self, ring: KeyRing, scope: str = "") -> None:
        self._ring, self._scope = ring, scope

    def encrypt(self, text: str, table: str, column: str, row_id: object, agency: str | int) -> bytes:
        """One value; as ``encrypt_many``."""
        return self.encrypt_many([text], table, column, [row_id], agency)[0]

    def decrypt(
        self, sealed: bytes | None, table: str, column: str, row_id: object, agency: str | int
    ) -> str:
        """One value; as ``decrypt_many``."""
        return self.decrypt_many([sealed], table, column, [row_id], agency)[0]

    def encrypt_many(
        self, texts: Sequence[str], table: str, column: str, row_ids: Sequence[object], agency: Agencies
    ) -> list[bytes]:
        """A column of values; "" is encrypted like any other, so that nobody sees which are missing.

        Args:
            texts, row_ids: of the same length; a row's id never changes.
            agency: of all rows, or a sequence of the same length.
        """
        return self.seal_many([text.encode() for text in texts], table, column, row_ids, agency)

    def seal(self, data: bytes, table: str, column: str, row_id: object, agency: str | int) -> bytes:
        """As ``encrypt``, of bytes: a compressed table of records, a secret."""
        return self.seal_many([data], table, column, [row_id], agency)[0]

    def unseal(self, sealed: bytes, table: str, column: str, row_id: object, agency: str | int) -> bytes:
        """As ``decrypt``, of bytes."""
        return self.unseal_many([sealed], table, column, [row_id], agency)[0]

    def seal_many(
        self, values: Sequence[bytes], table: str, column: str, row_ids: Sequence[object], agency: Agencies
    ) -> list[bytes]:
        """As ``encrypt_many``, of bytes."""
        key = self._ring.current(FIELD, self._scope)
        seal, header = key.sealer().seal, HEADER.pack(VERSION, key.profile.code, key.id)
        start = _starts(header, table, column)
        chance = os.urandom(NONCE_BYTES * len(values))
        nonces = (chance[at : at + NONCE_BYTES] for at in range(0, len(chance), NONCE_BYTES))
        return [
            header + nonce + seal(nonce, _pad(value), start(owner) + str(row_id).encode())
            for value, nonce, row_id, owner in zip(
                values, nonces, row_ids, _each(agency, len(values)), strict=True
            )
        ]

    def decrypt_many(
        self,
        sealed: Sequence[bytes | None],
        table: str,
        column: str,
        row_ids: Sequence[object],
        agency: Agencies,
    ) -> list[str]:
        """A column of values as they were; None, what erasure leaves, gives "".

        Raises:
            TamperedError: naming table, column and row of the first that is not what was stored there.
            KeyAbsentError: its key was destroyed.
        """
        return [text.decode() for text in self.unseal_many(sealed, table, column, row_ids, agency)]

    def unseal_many(
        self,
        sealed: Sequence[bytes | None],
        table: str,
        column: str,
        row_ids: Sequence[object],
        agency: Agencies,
    ) -> list[bytes]:
        """As ``decrypt_many``, of bytes."""
        openers: dict[bytes, tuple[Sealing, Callable[[str | int], bytes]]] = {}
        values = []
        for value, row_id, owner in zip(sealed, row_ids, _each(agency, len(sealed)), strict=True):
            if value is None:
                values.append(b"")
                continue
            header = value[: HEADER.size]
            if (opener := openers.get(header)) is None:
                opener = openers[header] = self._opener(value, table, column, row_id)
            open_, start = opener
            body = HEADER.size + NONCE_BYTES
            try:
                padded = open_(value[HEADER.size : body], value[body:], start(owner) + str(row_id).encode())
            except (InvalidTag, ValueError):
                raise _tampered(table, column, row_id) from None
            values.append(padded.rstrip(b"\0")[:-1])
        return values

    def _opener(
        self, value: bytes, table: str, column: str, row_id: object
    ) -> tuple[Sealing, Callable[[str | int], bytes]]:
        """What opens values that begin like this one."""
        if len(value) < LEAST:
            raise _tampered(table, column, row_id)
        key = key_of(self._ring, value)
        if key is None:
            raise _tampered(table, column, row_id)
        return key.sealer().open, _starts(value[: HEADER.size], table, column)


def key_of(ring: KeyRing, value: bytes) -> DataKey | None:
    """The key that a ciphertext names; None where its head is not one of ours."""
    version, code, number = HEADER.unpack_from(value)
    if version != VERSION or code not in BY_CODE:
        return None
    try:
        key = ring.by_id(number)
    except KeyUnknownError:
        return None
    return key if key.purpose == FIELD and key.profile.code == code else None


def head(key: DataKey) -> bytes:
    """With what each ciphertext under this key begins: ``rotation`` counts by it."""
    return HEADER.pack(VERSION, key.profile.code, key.id)


def _starts(header: bytes, table: str, column: str) -> Callable[[str | int], bytes]:
    """Agency -> associated data before the row's id. Each part has its length before it, the id is last."""
    place = b"".join(len(part).to_bytes(2) + part for part in (header, table.encode(), column.encode()))

    @cache
    def start(agency: str | int) -> bytes:
        owner = str(agency).encode()
        return place + len(owner).to_bytes(2) + owner

    return start


def _each(agency: Agencies, count: int) -> Iterable[str | int]:
    return repeat(agency, count) if isinstance(agency, str | int) else agency


def _pad(value: bytes) -> bytes:
    """ISO/IEC 7816-4: one byte 0x80, then zeros."""
    return (value + b"\x80").ljust(-(-(len(value) + 1) // BLOCK) * BLOCK, b"\0")


def _tampered(table: str, column: str, row_id: object) -> TamperedError:
    return TamperedError(
        f"{table}.{column} 第 {row_id} 行的密文未通过校验：它被改动、截断，或是从别处移来的。"
        "请勿修改数据，立即告知安全管理员",
        f"{table}.{column}",
        row_id,
    )
