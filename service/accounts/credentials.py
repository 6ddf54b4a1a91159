"""A person's own password and second factor: choosing, checking, taking."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from flask_babel import gettext as _

from service.accounts import passwords, sealing, second_factor
from service.accounts.guard import settings
from service.accounts.models import Account
from service.accounts.passwords import Passwords
from service.accounts.sealing import seal, unseal
from service.accounts.sessions import browser
from service.config import Settings


def rules_of(at: Settings) -> list[str]:
    """What a new password must be, said before somebody chooses one."""
    said = [_("至少 %(count)s 个字符", count=at.password_length)]
    if at.password_kinds > 1:
        said.append(_("大写字母、小写字母、数字、其他字符中至少 %(count)s 种", count=at.password_kinds))
    said.append(_("不含登录名，不是常见密码"))
    if at.password_days:
        said.append(_("每 %(days)s 天更换一次", days=at.password_days))
    return said


def fault_of(at: Settings, hasher: Passwords, account: Account, new: str, again: str) -> str:
    """What is wrong with a new password; "" where nothing is."""
    if new != again:
        return str(_("两次输入的密码不一致。"))
    wrong = passwords.fault(at, new, account.login)
    if wrong is not None:
        return str(wrong)
    return _("新密码不能与现在的密码相同。") if is_of(at, hasher, account, new) else ""


def is_of(at: Settings, hasher: Passwords, account: Account, password: str) -> bool:
    """Whether it is the account's present password."""
    sealed = account.password_sealed
    return hasher.matches(unseal(at, "password_sealed", account.id, sealed) if sealed else None, password)


def take(at: Settings, hasher: Passwords, account: Account, password: str, own: bool = True) -> None:
    """Make it the account's password; ``own`` is False for one that was handed out."""
    account.password_sealed = seal(at, "password_sealed", account.id, hasher.hash(password))
    account.password_changed_at = datetime.now(UTC)
    account.must_change_password = not own


def new_offer(account: Account) -> str:
    """A secret for an app as a session keeps it until its first code was right."""
    return base64.b64encode(seal(settings(), sealing.OFFER, account.id, second_factor.new_secret())).decode()


def offered_secret() -> str:
    """The secret that this session offers.

    Raises:
        KeyError: it offers none.
    """
    current = browser()
    return unseal(settings(), sealing.OFFER, current.account_id, base64.b64decode(current["offered"]))
