"""``rollcall keys``: make, look at, change and end the keys that the data lie under."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from service.audit import tampering
from service.audit.chain import Act, Actor, record
from service.config import Settings, UnsafeSettingError, read_settings
from service.db import SYSTEM, transaction
from service.jobs.outbox import ask
from service.privacy import custody
from service.privacy.ciphers import TamperedError
from service.privacy.custody import CustodyError
from service.privacy.keys import KeyAbsentError
from service.privacy.rotation import Rotation, Told
from service.privacy.tasks import KIND

PURPOSES = {
    "field": "字段",
    "blob": "文件",
    "index.id_number": "证件号码索引",
    "index.name_birth": "姓名与出生日期索引",
    "index.child": "儿童索引",
}
STATES = {
    "next": "待启用",
    "active": "使用中",
    "draining": "退出中",
    "retired": "已停用",
    "destroyed": "已销毁",
}


@click.group("keys", help="查看、更换、销毁加密数据的密钥。")
def command() -> None:
    """The keys that the data lie under."""


@command.command("init", help="生成缺少的密钥；已有的不变，可以重复运行。")
@click.option("--scope", default="", help="为一个学年等范围单独生成加密密钥，如 2026。")
def init(scope: str) -> None:
    """Make what keys are missing."""
    with _desk() as desk, desk.transaction() as session:
        made = custody.ensure_keys(session, desk.store, desk.settings.crypto_profile, scope)
        if made:
            desk.record(session, "key.make", purposes=made, scope=scope)
    click.echo(f"已生成 {len(made)} 个密钥。" if made else "密钥齐全，没有新生成。")


@command.command("status", help="列出每个密钥的状态和其下的内容数。")
def status() -> None:
    """Every key, with what lies under it."""
    with _desk() as desk:
        click.echo("编号  用途                  算法  状态    其下内容  范围")
        for under in desk.rotation().status():
            key = under.key
            purpose = PURPOSES.get(key.purpose, key.purpose)
            wide = purpose + "　" * (10 - len(purpose))
            click.echo(
                f"{key.id:>4}  {wide}  {key.profile:<4}  {STATES[key.state]}  {under.values:>8}  {key.scope}"
            )


@command.command("rotate", help="更换密钥：新内容立即用新密钥，旧内容随后重新加密；中断后运行 advance 继续。")
@click.option(
    "--purpose", type=click.Choice(list(PURPOSES)), multiple=True, help="只更换这些用途；缺省为全部。"
)
@click.option("--scope", default="", help="只更换这个范围的加密密钥。")
@click.option("--background", is_flag=True, help="交给后台任务重新加密。")
def rotate(purpose: tuple[str, ...], scope: str, background: bool) -> None:
    """Begin with new keys, then write anew what lies under the old ones."""
    with _desk() as desk:
        for each in purpose or (("field", "blob") if scope else PURPOSES):
            number = desk.rotation().begin(desk.store, each, desk.settings.crypto_profile, scope)
            with desk.transaction() as session:
                desk.record(session, "key.rotate", key=number, purpose=each, scope=scope)
            click.echo(f"{PURPOSES[each]}：新密钥编号 {number}")
        desk.move(background)


@command.command(
    "advance", help="继续未完成的更换：重新加密余下的内容，停用不再需要的旧密钥。可随时重复运行。"
)
@click.option("--background", is_flag=True, help="交给后台任务。")
def advance(background: bool) -> None:
    """Go on with what is not at its end."""
    with _desk() as desk:
        desk.move(background)


@command.command("destroy", help="永久销毁一个已停用的密钥：备份中用它加密的内容从此不能读取。")
@click.argument("number", type=int)
@click.confirmation_option(
    prompt="销毁后不能恢复，旧备份中用它加密的内容也不能再读取。确定吗？", help="不再询问。"
)
def destroy(number: int) -> None:
    """Forget a retired key for ever."""
    with _desk() as desk:
        desk.rotation().destroy(number)
        with desk.transaction() as session:
            desk.record(session, "key.destroy", key=number)
    click.echo(f"密钥 {number} 已销毁。")


@command.command(
    "master", help="更换主密钥：数据密钥改由新的主密钥保护，数据不变。先停止服务，完成后改设置再启动。"
)
@click.option(
    "--new-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="存放新主密钥的文件：32 字节的 base64，由 openssl rand -base64 32 生成。",
)
def master(new_key: Path) -> None:
    """Wrap every key under another master key, in one transaction; data are not touched."""
    with _desk() as desk:
        try:
            following = replace(desk.settings, master_key=new_key.read_text("utf-8").strip())
            store = custody.store_of(following)
        except (UnsafeSettingError, UnicodeDecodeError):
            raise CustodyError(f"{new_key} 里不是 32 字节的 base64，没有更换。") from None
        if following.key("master_key") in (desk.settings.key("master_key"), desk.settings.key("audit_key")):
            raise CustodyError("新主密钥与现在的主密钥或审计密钥相同，没有更换。")
        with desk.transaction() as session:
            count = custody.rewrap(session, desk.store, store)
            desk.record(session, "key.master", count=count)
    click.echo(
        f"{count} 个数据密钥已改由新的主密钥保护。请把 ROLLCALL_MASTER_KEY 改为新主密钥，再启动服务；"
        "恢复旧备份时仍要用旧主密钥，请另行保存。"
    )


class Desk:
    """What the subcommands work with: the settings, the ring of keys, and the audit."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.store = settings, custody.store_of(settings)

    def transaction(self) -> AbstractContextManager[Session]:
        """In the service's own scope."""
        return transaction(self.settings.database_url, SYSTEM)

    def record(self, session: Session, action: str, **detail: object) -> None:
        """Add an audit entry to the session's transaction."""
        act = Act(action, "key", detail.get("key", ""), detail=dict(detail))
        record(session, self.settings.key("audit_key"), Actor(login="command line"), act)

    def rotation(self, told: Told = lambda what, count: None) -> Rotation:
        """A pass over everything that is encrypted."""
        settings = self.settings
        return Rotation(
            settings.database_url, custody.ring_of(settings), custody.blobs_of(settings), told=told
        )

    def move(self, background: bool) -> None:
        """Write anew what lies under old keys, here or by a job, and say what is left."""
        if background:
            with self.transaction() as session:
                job = ask(session, KIND, 0, None, f"keys-{datetime.now(UTC):%Y%m%d%H%M%S%f}")
            click.echo(f"已交给后台任务 {job.id}；完成后运行 rollcall keys advance 停用旧密钥。")
            return
        done = 0

        def told(what: str, count: int) -> None:
            nonlocal done
            done += count
            click.echo(f"\r已处理 {done:,} 行", nl=False, err=True)

        left = self.rotation(told).advance()
        click.echo(f"\r已处理 {done:,} 行", err=True)
        for under in left:
            name = f"{PURPOSES.get(under.key.purpose, under.key.purpose)}，密钥 {under.key.id}"
            click.echo(f"{name}（{STATES[under.key.state]}）其下还有 {under.values:,} 项")
        click.echo(
            "各进程可能还在用旧密钥：请在一小时后再运行 rollcall keys advance。"
            if left
            else "更换密钥已全部完成。"
        )


@contextmanager
def _desk() -> Iterator[Desk]:
    """A desk; what may not be done is said in a sentence, exit code 2."""
    desk = Desk(read_settings())
    try:
        yield desk
    except (CustodyError, KeyAbsentError, TamperedError) as error:
        if isinstance(error, TamperedError):
            tampering.note(desk.settings, Actor(login="command line"), error)
        click.echo(str(error), err=True)
        sys.exit(2)
