"""Secrets of accounts, encrypted before they lie in the database: a copy of it signs nobody in.

A sealed value opens only for the account and the use that it was sealed for. The algorithms are those of
``ROLLCALL_CRYPTO``, named in the first byte, so that values of before a change still open.
"""

from __future__ import annotations

from service.config import Settings
from service.privacy.ciphers import BY_CODE, PROFILES
from service.privacy.keystore import LocalKeyStore


def seal(settings: Settings, use: str, account_id: int, text: str) -> bytes:
    """Encrypt a secret of an account for one use."""
    profile = PROFILES[settings.crypto_profile]
    return bytes([profile.code]) + _store(settings).wrap(profile, text.encode(), _context(use, account_id))


def unseal(settings: Settings, use: str, account_id: int, sealed: bytes) -> str:
    """The secret again.

    Raises:
        TamperedError: it is not what was sealed for this account and use.
        KeyError: no algorithms of ours.
    """
    profile = BY_CODE[sealed[0]]
    return _store(settings).unwrap(profile, sealed[1:], _context(use, account_id)).decode()


def _context(use: str, account_id: int) -> str:
    return f"account/{use}/{account_id}"


def _store(settings: Settings) -> LocalKeyStore:
    return LocalKeyStore(settings.key("master_key"))
