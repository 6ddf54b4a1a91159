"""The command ``rollcall``: one file a subcommand in ``service/commands``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from service import commands


@click.group(
    help="一个不少：多部门数据比对，找出不在校的适龄儿童。",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="rollcall", prog_name="rollcall")
def main() -> None:
    """Find the children of school age who are in no school."""


for found in iter_modules(commands.__path__):
    main.add_command(import_module(f"{commands.__name__}.{found.name}").command)
