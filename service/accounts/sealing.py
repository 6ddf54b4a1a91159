"""Secrets of accounts, encrypted before they lie in the database: a copy of it signs nobody in.

A sealed value opens only for the account and the column that it was sealed for; the keys are those of the
fields (``service.privacy``) and change with them.
"""

from __future__ import annotations

from service.config import Settings
from service.privacy.custody import cipher_of

OFFER = "offer"
"""No column: a second factor that was offered and not taken yet, kept in the session."""


def seal(settings: Settings, column: str, account_id: int, text: str) -> bytes:
    """Encrypt a secret of an account."""
    return cipher_of(settings).encrypt(text, "account", column, account_id, "")


def unseal(settings: Settings, column: str, account_id: int, sealed: bytes) -> str:
    """The secret again.

    Raises:
        TamperedError: it is not what was sealed for this account and column.
    """
    return cipher_of(settings).decrypt(sealed, "account", column, account_id, "")
