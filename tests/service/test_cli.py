"""Each file of ``service/commands`` is a command of its name, and none is read for another's sake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service import commands
from service.cli import main

NAMES = sorted(path.stem for path in Path(commands.__path__[0]).glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_command_of_its_name(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(200) in CliRunner().invoke(main, ["--help"], terminal_width=200).output


@pytest.mark.parametrize("name", ["", "nothing", "__init__", "../screen", "screen.command"])
def test_what_is_no_file_there_is_no_command(name):
    run = CliRunner().invoke(main, [name])
    assert run.exit_code == 2
    assert "No such command" in run.output


def test_a_screening_does_not_wait_for_the_demo_county():
    asked = "import sys; from service.cli import main; main(['screen', '--help'], standalone_mode=False)"
    told = "print([each for each in sys.modules if each.startswith(('service.demo', 'pypinyin'))])"
    run = subprocess.run(
        [sys.executable, "-c", f"{asked}; {told}"], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
