"""The command ``rollcall``: one file a subcommand in ``service/commands``, of the subcommand's name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from service import commands


class Commands(click.Group):
    """The subcommands, each read when it is asked for: the demo county's names take half of all imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file of ``service/commands``."""
        return sorted(found.name for found in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The ``command`` of the file of this name."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{commands.__name__}.{name}").command
        return command


@click.group(
    cls=Commands,
    help="一个不少：多部门数据比对，找出不在校的适龄儿童。",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="rollcall", prog_name="rollcall")
def main() -> None:
    """Find the children of school age who are in no school."""
