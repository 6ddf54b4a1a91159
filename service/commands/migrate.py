"""``rollcall migrate``: bring the database to the shape that this version needs."""

from __future__ import annotations

import sys

import click

from service.config import UnsafeSettingError, owner_url


@click.command("migrate", help="把数据库升级到本版本所需的结构(用表的所有者身份)。")
@click.option("--to", default="head", show_default=True, help="升级到哪一步。")
def command(to: str) -> None:
    """Upgrade the database as the role that owns its tables."""
    from service.migrations import upgrade

    try:
        url = owner_url()
    except UnsafeSettingError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if not url:
        click.echo("请设置 ROLLCALL_OWNER_DATABASE_URL：数据库表所有者的连接地址。", err=True)
        sys.exit(2)
    upgrade(url, to)
    click.echo("数据库结构已是最新。")
