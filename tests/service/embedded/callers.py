"""Run a piece of Python as an ordinary user would, or as the caller of the tests does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from service.embedded.unprivileged import runner
from tests.architecture.sources import ROOT

ROOT_IS_HERE = os.geteuid() == 0


def ordinary(script: str, *words: str, folder: Path) -> str:
    """Run the script as an ordinary user who owns ``folder``, and return what it printed."""
    # The interpreter may stand where only root may enter: then in a user namespace.
    who = runner(folder, Path(sys.executable).resolve().parent)
    who.own(folder)
    return said(script, *words, prefix=who.prefix, **who.credentials)


def said(script: str, *words: str, prefix: tuple[str, ...] = (), **options: object) -> str:
    """Run the script as the caller of the tests, and return what it printed."""
    done = subprocess.run(
        [*prefix, sys.executable, "-W", "error", "-c", script, *words],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)
