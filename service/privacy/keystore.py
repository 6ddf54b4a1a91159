"""Who holds the master key: the environment of this process, or a machine made for it.

Data keys lie in the database wrapped; to read anything, the database and a key store are needed together. A
certified cryptographic machine (密码机, HSM) takes the place of ``LocalKeyStore`` by the same two methods.
"""

from __future__ import annotations

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag

from service.privacy.ciphers import MASTER_BYTES, NONCE_BYTES, Profile, Sealer, Secret, TamperedError

VERSION = b"\x01"


class KeyStore(Protocol):
    """Wraps and unwraps data keys. ``context`` says what a key is for and must be the same both times."""

    def wrap(self, profile: Profile, key: bytes, context: str) -> bytes:
        """The key as it may lie in a database."""

    def unwrap(self, profile: Profile, wrapped: bytes, context: str) -> bytes:
        """The key itself.

        Raises:
            TamperedError: another master key wrapped it, or for another purpose, or it was changed.
        """


class LocalKeyStore:
    """A master key of 32 bytes held in memory, from a setting or the file that it names."""

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_BYTES:
            raise ValueError("the master key has 32 bytes")
        self._master = Secret(master)

    def wrap(self, profile: Profile, key: bytes, context: str) -> bytes:
        """Seal the key under one derived from the master key for this purpose only."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._sealer(profile, context).seal(nonce, key, context.encode())

    def unwrap(self, profile: Profile, wrapped: bytes, context: str) -> bytes:
        """Open what ``wrap`` sealed."""
        nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        try:
            if wrapped[:1] != VERSION or len(nonce) != NONCE_BYTES:
                raise InvalidTag
            return self._sealer(profile, context).open(nonce, sealed, context.encode())
        except InvalidTag:
            raise TamperedError(
                f"数据密钥（{context}）无法解开：主密钥 ROLLCALL_MASTER_KEY 不是当时所用的那一个，"
                "或密钥表被改动",
                "data_key",
                context,
            ) from None

    def _sealer(self, profile: Profile, context: str) -> Sealer:
        info = f"rollcall wrap {context}".encode()
        return profile.sealer(profile.derive(self._master.reveal(), b"", info))
