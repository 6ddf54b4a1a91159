"""``rollcall admin``: the first administrators, and a way back in. No account is there from the start.

It works on the database directly, as whoever runs the service's machine; every act is in the audit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from schemas.permission import AGENCY_KINDS, ROLES
from service.errors import ServiceError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.accounts.models import Account
    from service.agencies.models import Agency
    from service.config import Settings


@click.group("admin", help="在服务器上建立管理员账号，或让人重新登录。")
def command() -> None:
    """Administrators, from the machine of the service."""


@command.command("create", help="新建账号，打印一次性密码。")
@click.option("--login", prompt="登录名", help="登录名。")
@click.option("--name", default="", help="姓名；不写则用登录名。")
@click.option(
    "--role",
    "roles",
    multiple=True,
    default=("system_admin",),
    show_default=True,
    type=click.Choice(list(ROLES)),
    help="角色，可写多个。",
)
@click.option("--agency", "agency_name", prompt="所在单位的名称", help="所在单位的名称。")
@click.option("--region", default="", help="单位还没有登记时：区划代码，单位一并建立。")
@click.option("--region-name", default="", help="区划还没有登记时：区划名称。")
@click.option("--kind", default="education", type=click.Choice(list(AGENCY_KINDS)), help="新单位的类别。")
def create(
    login: str, name: str, roles: tuple[str, ...], agency_name: str, region: str, region_name: str, kind: str
) -> None:
    """Make an account with roles and print its one-time password."""
    from service.accounts import rules
    from service.accounts.passwords import Passwords
    from service.accounts.rules import Draft

    with _at_work() as (session, settings):
        agency = _agency(session, agency_name, region, region_name, kind)
        if fault := rules.roles_fault(roles, agency.kind):
            raise click.ClickException(fault)
        account, password = rules.create(
            session, settings, Passwords(), Draft(login, name or login, agency.id)
        )
        rules.set_roles(session, account, roles, [])
        _note(session, settings, "account.create", account, roles=sorted(roles))
    click.echo(f"登录名：{account.login}\n一次性密码：{password}\n7 天内有效，首次登录时换成自己的密码。")


@command.command("reset", help="生成新的一次性密码，解除锁定；现有登录全部退出。")
@click.argument("login")
@click.option("--factor", is_flag=True, help="同时清除第二因素(手机和恢复码都丢失时)。")
def reset(login: str, factor: bool) -> None:
    """Hand out a new password for LOGIN."""
    from service.accounts import rules
    from service.accounts.passwords import Passwords

    with _at_work() as (session, settings):
        account = _account(session, login)
        password = rules.reset_password(session, settings, Passwords(), account)
        if factor:
            rules.reset_second_factor(session, account)
        _note(session, settings, "account.reset", account, factor=factor)
    click.echo(f"登录名：{account.login}\n一次性密码：{password}\n7 天内有效，登录时换成自己的密码。")


@command.command("unlock", help="清除登录失败记录。")
@click.argument("login")
def unlock(login: str) -> None:
    """Forget the failed sign-ins of LOGIN."""
    from service.accounts import rules

    with _at_work() as (session, settings):
        account = _account(session, login)
        rules.unlock(session, settings, account)
        _note(session, settings, "account.unlock", account)
    click.echo(f"已解除 {account.login} 的锁定。")


@contextmanager
def _at_work() -> Iterator[tuple[Session, Settings]]:
    """One transaction of the service itself; what it refuses is said, with exit code 2."""
    from flask import Flask
    from flask_babel import Babel

    from service.config import UnsafeSettingError
    from service.db import SYSTEM, transaction
    from service.embedded import EmbeddedError
    from service.embedded.installation import settings_at_hand
    from service.features import load_models
    from service.privacy.custody import ensure_keys, store_of

    # Sentences are looked up in the language of a request; here there is none, so they stay Chinese.
    app = Flask(__name__)
    Babel(app, default_locale="zh_Hans_CN")
    load_models()
    try:
        with settings_at_hand() as settings, app.app_context():
            with transaction(settings.database_url, SYSTEM) as session:
                ensure_keys(session, store_of(settings), settings.crypto_profile)
            with transaction(settings.database_url, SYSTEM) as session:
                yield session, settings
    except (ServiceError, UnsafeSettingError, EmbeddedError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def _agency(session: Session, name: str, region: str, region_name: str, kind: str) -> Agency:
    """The agency of this name; made, with its region, where the options say how."""
    from sqlalchemy import select

    from service.agencies import rules
    from service.agencies.models import Agency, Region

    found = session.execute(select(Agency).where(Agency.name == name)).scalars().all()
    if region:
        found = [each for each in found if each.region_code == region]
    if len(found) == 1:
        return found[0]
    if found:
        raise click.ClickException(f"有 {len(found)} 个单位叫“{name}”，请用 --region 指明区划代码。")
    if not region:
        region = click.prompt(f"还没有名为“{name}”的单位，将一并建立。它所在的区划代码(县 6 位)")
    if session.get(Region, region) is None:
        rules.add_region(session, region, region_name or name)
    return rules.add_agency(session, kind, name, region)


def _account(session: Session, login: str) -> Account:
    from service.accounts.sign_in import by_login

    account = by_login(session, login)
    if account is None:
        raise click.ClickException(f"没有登录名为 {login} 的账号。")
    return account


def _note(session: Session, settings: Settings, action: str, account: Account, **detail: object) -> None:
    from service.audit.chain import Act, Actor, record

    act = Act(action, "account", account.id, detail={"by": "command line", **detail})
    record(session, settings.key("audit_key"), Actor(login="command line"), act)
