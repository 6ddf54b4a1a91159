"""``rollcall audit``: the chain of audit entries is whole, or where it is not."""

from __future__ import annotations

import sys

import click

from service.audit.chain import Act, Actor, record
from service.audit.verify import Anchor, anchor, verify
from service.db import SYSTEM, transaction
from service.embedded.installation import settings_at_hand


@click.group("audit", help="检验审计记录是否完整；取出锚点，另行保存。")
def command() -> None:
    """Check the chain of audit entries."""


def _anchor(_: click.Context, __: click.Parameter, text: str) -> Anchor:
    try:
        return Anchor.read(text) if text else Anchor()
    except ValueError as error:
        raise click.BadParameter(f"{text!r}:锚点写作 编号:摘要，由 rollcall audit anchor 给出") from error


@command.command("verify", help="从头或从锚点起逐条检验；发现第一处问题即停，退出码 1。")
@click.option("--from", "start", default="", callback=_anchor, help="以前保存的锚点，如 1200:ab12…")
def check(start: Anchor) -> None:
    """Read the chain and say whether it is whole."""
    with settings_at_hand() as settings, transaction(settings.database_url, SYSTEM) as session:
        verdict = verify(session, settings.key("audit_key"), start)
        act = Act("audit.verify", detail={"read": verdict.read, "wrong": verdict.wrong, "at": verdict.at})
        record(session, settings.key("audit_key"), Actor(login="command line"), act)
    if verdict.wrong:
        click.echo(
            f"审计记录第 {verdict.at} 条起有问题：{verdict.wrong}。请保护现场并报告安全管理员。", err=True
        )
        sys.exit(1)
    click.echo(f"审计记录完整：检验了 {verdict.read} 条，末条锚点 {verdict.last}")


@command.command("anchor", help="给出当前锚点；请每天打印或存到另一台机器。")
def show() -> None:
    """Print the anchor of the last entry."""
    with settings_at_hand() as settings, transaction(settings.database_url, SYSTEM) as session:
        click.echo(str(anchor(session)))
