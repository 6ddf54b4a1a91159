"""``rollcall model``: look at models, and at what differs between two."""

from __future__ import annotations

import click

from matchers import Model, ModelError
from matchers.model_text import differences
from service.models import read_model


@click.group("model", help="模型：权重、阈值和认定规则。")
def command() -> None:
    """Group of the model commands."""


def _model(_: click.Context, __: click.Parameter, value: str) -> Model:
    try:
        return read_model(value)
    except (ModelError, OSError) as error:
        raise click.BadParameter(str(error)) from error


@command.command("diff", help="列出两个模型的不同。A、B 是 model.toml 文件，或自带模型的名称，如 v1。")
@click.argument("one", metavar="A", callback=_model)
@click.argument("other", metavar="B", callback=_model)
def diff(one: Model, other: Model) -> None:
    """Print what differs, one line each; exit code 0 also where nothing does."""
    found = differences(one, other)
    for where, before, after in found:
        click.echo(f"{where}\n  - {before}\n  + {after}")
    if not found:
        click.echo("两个模型相同。")
