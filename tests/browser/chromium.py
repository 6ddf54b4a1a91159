"""Which Chromium the tests drive: the one that the pages' lock file brings, else that of the machine.

That of the lock is the headless shell: a page costs it half of what it costs a whole browser.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

INSTALLED = Path(sys.prefix) / "web"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # What is not here does not exist: a page that asks for it fails before it leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
MISSING = """No Chromium for the browser tests. One of these will do:
  .venv/bin/python tools/assets.py --dev    (on x86-64: unpacks that of requirements/web/package-lock.json)
  install the package `chromium` of the system, so that it is on PATH"""


@dataclass(frozen=True)
class Chromium:
    """What to launch, with which arguments and environment."""

    path: str
    arguments: tuple[str, ...] = QUIET
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def find_chromium(
    folder: Path, search: str | None = None, unpacked: Path = INSTALLED / "chromium"
) -> Chromium:
    """The browser to drive. ``folder`` is for what it must be told in files, ``search`` a PATH to look in.

    Raises:
        FileNotFoundError: there is none; says what to install.
    """
    if not (unpacked / "unpacked").exists():
        there = shutil.which("chromium", path=search) or shutil.which("chromium-browser", path=search)
        if not there:
            raise FileNotFoundError(MISSING)
        return Chromium(there)
    # Not with the arguments that the package exports: with `--single-process` a closed page stops all of it.
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(unpacked / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(_fonts(folder)),
    }
    return Chromium(str(unpacked / "chromium"), QUIET, environment)


def _fonts(folder: Path) -> Path:
    """A configuration with a Chinese font: a machine that has no browser may have no such font either."""
    ours = Path(str(files("pylopdf_fonts_zh_cn"))).resolve()
    config = folder / "fonts.conf"
    config.write_text(
        f"<?xml version='1.0'?><fontconfig><dir>{ours}</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{folder}</cachedir></fontconfig>",
        "utf-8",
    )
    return config
