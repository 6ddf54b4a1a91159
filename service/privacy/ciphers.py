"""The two families of algorithms that data may be kept under, and nothing of our own beneath them.

``aes``: AES-256-GCM and HMAC-SHA-256. ``sm``: SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905), as GB/T 39786
asks for. Each ciphertext says which one it was made with, so a database may hold both.
"""

from __future__ import annotations

import hmac as standard_hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
TAG_BYTES = 16
MAC_KEY_BYTES = 32
MASTER_BYTES = 32

Sealing = Callable[[bytes, bytes, bytes], bytes]
"""(nonce, data, associated data) -> data; the sealed form carries its tag of 16 bytes at the end."""


class TamperedError(Exception):
    """A ciphertext is not what was stored there: changed, cut, moved, or of another key. Carries no value.

    Attributes:
        subject, subject_id: where it lies (``run_child.name``, ``7/12``), for the audit.
    """

    def __init__(self, message: str = "", subject: str = "", subject_id: object = "") -> None:
        super().__init__(message)
        self.subject, self.subject_id = subject, str(subject_id)


@dataclass(frozen=True, slots=True)
class Sealer:
    """One key, ready to use. ``open`` raises InvalidTag unless key, nonce, data and associated data fit."""

    seal: Sealing
    open: Sealing


@dataclass(frozen=True, slots=True)
class Profile:
    """A family of algorithms.

    Attributes:
        name: as the setting ROLLCALL_CRYPTO has it.
        code: the byte that stands in each ciphertext.
        key_bytes: length of an encryption key.
        digest: of HMAC and HKDF.
        sealer: key -> authenticated encryption with it.
    """

    name: str
    code: int
    key_bytes: int
    digest: Callable[[], hashes.HashAlgorithm]
    sealer: Callable[[bytes], Sealer]

    def mac(self, key: bytes) -> Callable[[bytes], bytes]:
        """Message -> 32 bytes of HMAC under the key, which is set up once for many messages."""
        begun = hmac.HMAC(key, self.digest())

        def mac(message: bytes) -> bytes:
            one = begun.copy()
            one.update(message)
            return one.finalize()

        return mac

    def derive(self, key: bytes, salt: bytes, info: bytes, length: int = 0) -> bytes:
        """A key for one use out of another key (HKDF); ``length`` 0 for that of an encryption key."""
        return HKDF(self.digest(), length or self.key_bytes, salt, info).derive(key)


def _aes(key: bytes) -> Sealer:
    cipher = AESGCM(key)
    return Sealer(cipher.encrypt, cipher.decrypt)


def _sm4(key: bytes) -> Sealer:
    algorithm = algorithms.SM4(key)

    def seal(nonce: bytes, data: bytes, associated: bytes) -> bytes:
        context = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        context.authenticate_additional_data(associated)
        sealed = context.update(data)
        context.finalize()
        return sealed + context.tag

    def open_(nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        if len(sealed) < TAG_BYTES:
            raise InvalidTag
        mode: Any = modes.GCM(nonce, sealed[-TAG_BYTES:])
        context = Cipher(algorithm, mode).decryptor()
        context.authenticate_additional_data(associated)
        data = context.update(sealed[:-TAG_BYTES])
        context.finalize()
        return data

    return Sealer(seal, open_)


AES = Profile("aes", 1, 32, hashes.SHA256, _aes)
SM = Profile("sm", 2, 16, hashes.SM3, _sm4)
PROFILES: Mapping[str, Profile] = {"aes": AES, "sm": SM}
BY_CODE: Mapping[int, Profile] = {profile.code: profile for profile in PROFILES.values()}


class Secret:
    """Bytes that show themselves only to who asks: not in a repr, a log, a traceback or a pickle."""

    __slots__ = ("_bytes",)

    def __init__(self, secret: bytes) -> None:
        self._bytes = bytes(secret)

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._bytes

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and standard_hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not written down")
