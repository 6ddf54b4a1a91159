"""The made-up counties that every contestant gets: the same two lists, and the truth about them.

A world is a folder as ``rollcall demo`` lays it out (``files/``, ``rows.csv``, ``truth.csv``). One of shape
"pair" holds one household register and one student roll as plain CSV, which is all that Splink can link at
once; one of shape "county" holds every list, as the agencies send them. A world is made once and kept below
``out/bench/worlds`` under a name that changes with the generator.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from service.demo import make_county
from service.demo.plain import REGISTER_FILE as HOUSEHOLD
from service.demo.plain import ROLL_FILE as ROLL

REGIMES: dict[str, dict[str, float]] = {
    "base": {},
    "hard": {"errors": 2.0},
    "blind": {"no_number": 0.25, "transliterated": 0.5},
}
ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "out" / "bench"


@cache
def digest(*folders: str) -> str:
    """Eight characters that change when a source of these folders does."""
    found = [path for folder in folders for path in [ROOT / folder, *(ROOT / folder).rglob("*")]]
    files = sorted(path for path in found if path.is_file())
    content = b"".join(path.read_bytes() for path in files if path.suffix in (".py", ".csv", ".toml", ".txt"))
    return hashlib.sha256(content).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class World:
    """Which county: how it was drawn, and where it lies."""

    shape: str
    regime: str
    children: int
    seed: int
    home: Path = HOME

    @property
    def name(self) -> str:
        """Names its folder and its results."""
        return f"{self.shape}-{self.regime}-{self.children}-{self.seed}-{digest('service/demo')}"

    @property
    def folder(self) -> Path:
        """Where ``files/``, ``rows.csv`` and ``truth.csv`` lie."""
        return self.home / "worlds" / self.name

    @property
    def household(self) -> Path:
        """The household register."""
        return self.folder / "files" / HOUSEHOLD

    @property
    def roll(self) -> Path:
        """The student roll."""
        return self.folder / "files" / ROLL


def make_world(world: World) -> World:
    """Write the world's files unless they are there."""
    if (world.folder / "truth.csv").exists():
        return world
    part = world.folder.with_name(world.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    make_county(world.children, world.seed, part, plain=world.shape == "pair", **REGIMES[world.regime])
    os.replace(part, world.folder)
    return world
