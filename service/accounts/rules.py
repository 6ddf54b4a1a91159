"""What administrators do with accounts: make, switch off, reset, unlock, grant and take roles.

Nobody does any of it with the own account. The system administrator hands out passwords that the service made
and never sees a second factor; the security administrator takes a lost second factor away and gives roles: no
one alone can work in another's name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from schemas.permission import ROLES, contradiction
from service.accounts import passwords, second_factor, sessions, sign_in_limits
from service.accounts.models import Account, AccountRole
from service.accounts.passwords import Passwords
from service.accounts.sealing import seal
from service.agencies.models import Agency
from service.config import Settings
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]{2,39}")
NEEDED = ("system_admin", "security_admin")
"""Roles that somebody must hold, or nobody could mend anything."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An account to be made. ``subject``: the person's name at the OpenID provider, where there is one."""

    login: str
    name: str
    agency_id: int
    subject: str = ""


def create(session: Session, settings: Settings, hasher: Passwords, draft: Draft) -> tuple[Account, str]:
    """Make an account without roles; it and its one-time password.

    Raises:
        InvalidError: the login or the name will not do, or there is no such agency. ConflictError: taken.
    """
    login, name, subject = draft.login.strip(), draft.name.strip(), draft.subject.strip()
    if not LOGIN.fullmatch(login):
        raise InvalidError(_("登录名用 3 至 40 个字母、数字、点、下划线或短横，以字母开头。"), field="login")
    if not name or len(name) > 60:
        raise InvalidError(_("请填写姓名，60 字以内。"), field="name")
    agency = session.get(Agency, draft.agency_id)
    if agency is None or not agency.active:
        raise InvalidError(_("请选择使用中的单位。"), field="agency_id")
    if len(subject) > 200:
        raise InvalidError(_("统一身份认证标识最多 200 个字符。"), field="subject")
    account = Account(login=login, name=name, agency_id=agency.id, agency=agency, roles=[])
    if subject:
        account.issuer, account.subject = settings.oidc_issuer, subject
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError:
        raise ConflictError(_("登录名或统一身份认证标识已被使用，请换一个。"), field="login") from None
    return account, hand_out(settings, hasher, account)


def hand_out(settings: Settings, hasher: Passwords, account: Account) -> str:
    """Give the account a random password that only serves to choose an own one; shown once."""
    password = passwords.one_time()
    account.password_sealed = seal(settings, "password_sealed", account.id, hasher.hash(password))
    account.password_changed_at, account.must_change_password = datetime.now(UTC), True
    return password


def reset_password(session: Session, settings: Settings, hasher: Passwords, account: Account) -> str:
    """End the sessions of the account and hand out a new password."""
    sessions.end_all(session, account.id)
    unlock(session, settings, account)
    return hand_out(settings, hasher, account)


def reset_second_factor(session: Session, account: Account) -> None:
    """Take a lost second factor away; the next sign-in sets up another."""
    second_factor.forget(session, account)
    sessions.end_all(session, account.id)


def unlock(session: Session, settings: Settings, account: Account) -> None:
    """Forget the failed sign-ins of the account, from wherever they came."""
    sign_in_limits.clear(session, sign_in_limits.digest_of(settings, account.login))


def disable(session: Session, account: Account) -> None:
    """Switch an account off at once: its sessions end, its keys are nothing.

    Raises:
        ConflictError: it is the last one with a role that somebody must hold.
    """
    _keep_needed(session, account, set())
    account.disabled_at = account.disabled_at or datetime.now(UTC)
    sessions.end_all(session, account.id)


def enable(account: Account) -> None:
    """Switch an account on again."""
    account.disabled_at = None


def set_roles(session: Session, account: Account, wanted: Collection[str], before: Collection[str]) -> None:
    """Give the account these roles and no others; its sessions end.

    Args:
        before: the roles that the administrator saw, so that two do not overwrite each other unseen.

    Raises:
        InvalidError: no such role, two that exclude each other, or one not for this kind of agency.
        ConflictError: changed meanwhile, or nobody would hold a role that somebody must.
    """
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    session.refresh(account, ["roles"])
    held, wanted = {each.role for each in account.roles}, set(wanted)
    if held != set(before):
        raise ConflictError(_("这个账号的角色刚刚被别人修改，请查看后再改。"))
    if fault := roles_fault(wanted, account.agency.kind):
        raise InvalidError(fault, field="roles")
    _keep_needed(session, account, wanted)
    account.roles = [each for each in account.roles if each.role in wanted]
    # Taken ones first: the database refuses contradictions row by row.
    session.flush()
    account.roles = [*account.roles, *(AccountRole(role=role) for role in sorted(wanted - held))]
    session.flush()
    if wanted != held:
        sessions.end_all(session, account.id)


def roles_fault(roles: Collection[str], agency_kind: str) -> str:
    """What speaks against holding these roles together in such an agency; "" where nothing does."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        return str(_("没有这个角色：%(role)s", role=unknown[0]))
    pair = contradiction(roles)
    if pair:
        one, other = (_(ROLES[role].label) for role in sorted(pair, key=list(ROLES).index))
        return str(_("“%(one)s”和“%(other)s”不能由同一人担任（三员分立）。", one=one, other=other))
    for role in roles:
        if ROLES[role].kinds and agency_kind not in ROLES[role].kinds:
            return str(_("“%(role)s”不能授予这类单位的人员。", role=_(ROLES[role].label)))
    return ""


def _keep_needed(session: Session, account: Account, keeps: set[str]) -> None:
    held = {each.role for each in account.roles}
    for role in (each for each in NEEDED if each in held - keeps):
        others = (
            select(func.count())
            .select_from(AccountRole)
            .join(Account, Account.id == AccountRole.account_id)
            .where(AccountRole.role == role, Account.id != account.id, Account.disabled_at.is_(None))
        )
        # Two administrators who switch each other off at once: the second waits here, then sees the first.
        session.execute(select(AccountRole.role).where(AccountRole.role == role).with_for_update())
        if account.disabled_at is None and not session.execute(others).scalar_one():
            raise ConflictError(
                _("这是最后一个“%(role)s”，请先让另一个人担任，再做这项修改。", role=_(ROLES[role].label))
            )


def other(session: Session, account_id: int, own_id: int) -> Account:
    """An account that an administrator is about to change.

    Raises:
        NotFoundError: there is none. ForbiddenError: it is the administrator's own.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFoundError
    if account.id == own_id:
        raise ForbiddenError(
            _("不能在这里修改本人的账号。本人的密码和第二因素在“我的账号”里修改，其他请另一位管理员处理。")
        )
    return account


def listed(session: Session, words: str, after: int, limit: int) -> Iterable[Account]:
    """Accounts with an id above ``after`` whose login, name or agency holds the words, in order of id."""
    statement = (
        select(Account).join(Account.agency).where(Account.id > after).order_by(Account.id).limit(limit)
    )
    if words.strip():
        sought = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
        columns = (Account.login, Account.name, Agency.name)
        anywhere = [column.ilike(f"%{sought}%") for column in columns]
        statement = statement.where(anywhere[0] | anywhere[1] | anywhere[2])
    return session.execute(statement).scalars().unique().all()
