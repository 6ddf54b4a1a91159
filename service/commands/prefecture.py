"""``rollcall prefecture``: many counties at once, and the children who moved from one to another."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import datetime
from pathlib import Path

import click


@click.command("prefecture", help="一个市州的各县一起比对：每县一个文件夹，最后在各县之间查找转走的儿童。")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="比对日期，如 2026-09-01。")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="结果文件夹。")
@click.option("--workers", type=click.IntRange(1, 64), default=3, show_default=True, help="同时比对几个县。")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ROLLCALL_STATE",
    default=Path("out/state"),
    show_default=True,
    help="数据库、消息队列和日志所在的文件夹。",
)
def command(folder: Path, as_of: datetime, out: Path, workers: int, state: Path) -> None:
    """Screen each county in a job of its own, then look across; exit code 2 where a county has no result."""
    # Here, for database and queue take a while to load, and no other command waits for them.
    from service.embedded import EmbeddedError
    from service.prefecture.county import county_folders
    from service.prefecture.together import screen_prefecture

    folder, out = folder.resolve(), out.resolve()
    if len(county_folders(folder)) < 2:
        raise click.UsageError(
            f"{folder} 下应当每县一个文件夹（名单在其中，或在其 files 文件夹中），至少两个县。"
        )
    out.mkdir(parents=True, exist_ok=True)
    group = secrets.token_hex(8)
    try:
        told = screen_prefecture(folder, as_of.date(), out, workers, state, group, click.echo, os.environ)
    except EmbeddedError as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(1)
    click.echo(f"\n{told.said()}")
    sys.exit(2 if told.failed else 0)
