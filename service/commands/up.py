"""``rollcall up``: everything that a county needs, on this machine, until Ctrl-C."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from service.config import UnsafeSettingError
from service.embedded import EmbeddedError
from service.embedded.installation import SIGN_INS, Installation
from service.embedded.kept import LOOPBACK, is_free
from service.embedded.programs import jobs, web
from service.embedded.supervisor import StoppedError, Supervisor
from service.errors import StartRefusedError

READY_SECONDS = 300.0
"""Long, for a machine that does much else; a program that dies is noticed at once."""


class AlreadyUpError(EmbeddedError):
    """It runs. The text says where."""


@click.command("up", help="启动整套服务：数据库、消息队列、后台任务和网页，直到按 Ctrl-C。")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="网页的端口。")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ROLLCALL_STATE",
    default=Path("out/state"),
    show_default=True,
    help="数据、密钥和日志所在的文件夹。",
)
def command(port: int, state: Path) -> None:
    """Start everything, say where it is, and look after it."""
    address = f"http://{LOOPBACK}:{port}"
    try:
        with _only_one(state, address):
            if not is_free(port):
                raise EmbeddedError(f"端口 {port} 已被别的程序占用。请换一个：rollcall up --port {port + 1}")
            _look_after(Installation(state), port, address)
    except StoppedError:
        click.echo("已停止。")
    except (EmbeddedError, UnsafeSettingError, StartRefusedError) as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(1)


def _look_after(installation: Installation, port: int, address: str) -> None:
    """Start in order, each once the one before it answers. Raises ``EmbeddedError``."""
    supervisor = Supervisor(installation.state / "logs", click.echo)
    with supervisor.in_charge():
        _start_servers(installation, supervisor)
        installation.check()
        environ, folder = installation.environment(), installation.state
        click.echo("正在启动网页……")
        supervisor.start(web(environ, folder, port))
        supervisor.wait_for(lambda: _ready(port), READY_SECONDS, "网页")
        for program in jobs(environ, folder):
            supervisor.start(program)
        _greet(installation, address)
        supervisor.run()
        click.echo("正在停止……")
    click.echo("已停止。")


def _start_servers(installation: Installation, supervisor: Supervisor) -> None:
    """Start those servers that are ours, and bring the database to its newest shape."""
    postgres, valkey = installation.postgres, installation.valkey
    if postgres is not None:
        click.echo("正在启动数据库……")
        if postgres.pid is not None:
            raise EmbeddedError("另一个 rollcall 命令正在使用这个数据库，请等它结束后再启动。")
        supervisor.start(postgres.prepare())
        supervisor.wait_for(postgres.answers, READY_SECONDS, "数据库")
        postgres.provision()
    if valkey is not None:
        supervisor.start(valkey.prepare())
        supervisor.wait_for(lambda: valkey.running, READY_SECONDS, "消息队列")
    installation.migrate()


def _greet(installation: Installation, address: str) -> None:
    """Say what runs, where, and what to do next."""
    postgres, valkey = installation.postgres, installation.valkey
    click.echo(f"\n一个不少 已启动：{address}\n")
    click.echo(
        "  数据库    " + (f"PostgreSQL，{LOOPBACK}:{postgres.port}" if postgres else "由 DATABASE_URL 指定")
    )
    click.echo("  消息队列  " + (f"Valkey，{LOOPBACK}:{valkey.port}" if valkey else "由 BROKER_URL 指定"))
    click.echo(
        f"  数据      {installation.state}（其中 keys.json 是密钥，请与数据库一起备份，丢了数据就解不开）"
    )
    click.echo(f"  日志      {installation.state / 'logs'}")
    click.echo(f"\n{_who_signs_in(installation)}")
    click.echo("停止：按 Ctrl-C")


def _who_signs_in(installation: Installation) -> str:
    """How to get in: as somebody of the demo round, as somebody who is known, or as the first of all."""
    kept = installation.state / SIGN_INS
    if kept.exists():
        people = [line.split() for line in kept.read_text("utf-8").splitlines()]
        shown = [f"  {words[0]:<12}{words[2]}  {words[3]}" for words in people if len(words) == 4]
        return "\n".join([f"演示县已装入，每个角色一个登录名，口令在 {kept}", *shown])
    if installation.has_accounts():
        return "用已有的账号登录。"
    return "首次使用，另开一个终端建立第一个管理员（没有默认账号）：rollcall admin create"


@contextmanager
def _only_one(state: Path, address: str) -> Iterator[None]:
    """Hold the folder as long as it is up. Raises ``AlreadyUpError`` where somebody holds it."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "up.json").open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            there = json.loads(held.read() or "{}")
            where, pid = there.get("address", "正在启动"), there.get("pid", "?")
            raise AlreadyUpError(
                f"已经在运行：{where}（进程 {pid}，数据 {state}）。停止它：在它的终端按 Ctrl-C，或 kill {pid}"
            ) from None
        held.truncate(0)
        held.write(json.dumps({"address": address, "pid": os.getpid()}))
        held.flush()
        try:
            yield
        finally:
            held.truncate(0)


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
