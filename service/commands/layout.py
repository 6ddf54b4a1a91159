"""``rollcall layout``: write down what the columns of a list mean, to be corrected and used again."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.files import read_path
from connectors.layout import LayoutError, draft_of, load
from schemas.records import record_types
from service.kind_options import kind_option


@click.group(name="layout", help="布局文件：把一种名单的各列含义写下来，下次照用。")
def command() -> None:
    """Group of the layout commands."""


@command.command(name="new", help="按程序的理解写出 FILE 的布局草稿，供修改。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件；不写则显示。"
)
@kind_option
def new(file: Path, output: Path | None, kind: str) -> None:
    """Write a draft; an existing file is never overwritten."""
    text = draft_of(read_path(file, kind=kind))
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists():
        raise click.ClickException(f"{output} 已经存在，没有覆盖。")
    output.write_text(text, "utf-8")
    click.echo(f"已写到 {output}。改好后用 --layout {output} 读取。")


@command.command(name="check", help="检查布局文件写得对不对。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Say whether FILE can be used; exit code 1 with the line or key when it cannot."""
    try:
        layout = load(file)
    except LayoutError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{file.name}：可以使用（{record_types()[layout.kind].label}，{len(layout.sheets)} 个工作表）。"
    )
