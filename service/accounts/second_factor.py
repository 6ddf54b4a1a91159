"""The second factor: codes of an app that change each half minute (TOTP, RFC 6238), recovery codes."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import secrets
from time import time

import pyotp
import segno
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from service.accounts.models import Account, RecoveryCode
from service.accounts.sealing import seal, unseal
from service.config import Settings

ISSUER = "Rollcall"
STEP_SECONDS = 30
WINDOW = (0, -1, 1)
"""Steps beside the present one that count too: clocks differ, fingers are slow (RFC 6238, 5.2)."""

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """A secret for an app: 160 random bits in base32."""
    return pyotp.random_base32()


def picture(login: str, secret: str) -> bytes:
    """The QR code that an app reads, as a whole SVG file."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=3, light="#ffffff")
    return out.getvalue()


def step_of(secret: str, code: str, after: int = 0) -> int | None:
    """The half minute that a code belongs to, later than ``after``; None where it is no code of now."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    now, totp = int(time()) // STEP_SECONDS, pyotp.TOTP(secret)
    for offset in WINDOW:
        step = now + offset
        if step > after and hmac.compare_digest(totp.at(step * STEP_SECONDS), digits):
            return step
    return None


def passes(session: Session, settings: Settings, account: Account, code: str) -> bool:
    """Use up a code of the app or a recovery code; True where it was good. No code is good twice."""
    if account.totp_sealed is None:
        return False
    secret = unseal(settings, "totp_sealed", account.id, account.totp_sealed)
    step = step_of(secret, code, account.totp_step)
    if step is not None:
        # Of two requests with one code the second finds the step taken.
        statement = update(Account).where(Account.id == account.id, Account.totp_step < step)
        return _touched(session, statement.values(totp_step=step))
    used = delete(RecoveryCode).where(
        RecoveryCode.account_id == account.id, RecoveryCode.digest == _digest(code)
    )
    return _touched(session, used)


def enrol(session: Session, settings: Settings, account: Account, secret: str, step: int) -> list[str]:
    """Make this secret the account's, and give new recovery codes, to be shown once."""
    account.totp_sealed = seal(settings, "totp_sealed", account.id, secret)
    account.totp_confirmed, account.totp_step = True, step
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account.id, digest=_digest(code)) for code in codes)
    return codes


def forget(session: Session, account: Account) -> None:
    """Take the second factor away: at the next sign-in a new one is set up."""
    account.totp_sealed, account.totp_confirmed = None, False
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _digest(code: str) -> bytes:
    return hashlib.sha256(re.sub(r"[^a-z0-9]", "", code.lower()).encode()).digest()


def _touched(session: Session, statement: object) -> bool:
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[call-overload]
