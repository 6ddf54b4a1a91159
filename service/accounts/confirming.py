"""Asking somebody who is signed in once more who they are, before an act that binds their agency."""

from __future__ import annotations

from flask_babel import gettext as _

from service.accounts import credentials, rate, second_factor, sign_in, sign_in_limits
from service.accounts.blueprint import hasher
from service.accounts.guard import audit_apart, db, identity, settings
from service.accounts.models import Account
from service.audit.chain import Act
from service.db import SYSTEM, transaction

CODE, PASSWORD = "code", "password"


def asked() -> str:
    """What this person is asked for: ``code`` of the second factor, or ``password`` where there is none."""
    return CODE if db().get_one(Account, identity().account_id).totp_confirmed else PASSWORD


def fault_of(said: str, action: str) -> str:
    """What is wrong with a code or password; "" where it is right. A code is used up by it.

    Wrong ones count as failed sign-ins, so that none is guessed; each leaves an entry for ``action``.
    """
    rate.slow_down()
    at, account = settings(), db().get_one(Account, identity().account_id)
    place, who = sign_in.place_of(account.login), sign_in_limits.digest_of(settings(), account.login)
    with transaction(at.database_url, SYSTEM) as session:
        locked = sign_in_limits.reserve(session, at, who, place) is not None
    right = not locked and _right(account, said)
    with transaction(at.database_url, SYSTEM) as session:
        if right:
            sign_in_limits.passed(session, who, place)
        elif not locked:
            sign_in_limits.failed(session, at, who, place)
    if right:
        return ""
    why = "locked" if locked else asked()
    audit_apart(Act(action, "account", account.id, result="refused", detail={"why": why}))
    if locked:
        return str(_("失败次数过多，请稍后再试。"))
    if account.totp_confirmed:
        return str(_("验证码不正确或已用过。请等手机上出现新的验证码再输入。"))
    return str(_("密码不正确。"))


def _right(account: Account, said: str) -> bool:
    at = settings()
    if not account.totp_confirmed:
        return credentials.is_of(at, hasher(), account, said)
    with transaction(at.database_url, SYSTEM) as session:
        held = session.get_one(Account, account.id)
        return second_factor.passes(session, at, held, said[:60])
