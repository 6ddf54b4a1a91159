"""Which worlds are drawn, who competes in each, and where the results are kept."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench.contestants import CONTESTANTS, Result, version_of
from tests.bench.worlds import HOME, REGIMES, World, make_world

ALL = ("floor", "rollcall", "splink")
OURS = ("floor", "rollcall")
ON_SPARK = ("rollcall_spark", "splink_spark")
RESULTS = HOME / "results"


@dataclass(frozen=True, slots=True)
class Cell:
    """One contestant on one world."""

    world: World
    contestant: str


def full_plan() -> Iterator[Cell]:
    """Everything that docs/quality.md shows, small things first."""
    for seed in (101, 102, 103):
        yield from cells("pair", REGIMES, 20_000, seed, ALL)
    for seed in (201, 202, 203):
        yield from cells("county", REGIMES, 20_000, seed, OURS)
    for children, seed in ((50_000, 111), (100_000, 121), (200_000, 131)):
        yield from cells("pair", REGIMES, children, seed, ALL)
    yield from cells("county", ("base",), 100_000, 221, OURS)
    yield from cells("pair", REGIMES, 1_000_000, 141, ALL)
    for children, seed in ((2_000_000, 145), (4_000_000, 151)):
        yield from cells("pair", ("base",), children, seed, OURS)
    for children, seed in (
        (20_000, 101),
        (200_000, 131),
        (1_000_000, 141),
        (2_000_000, 145),
        (4_000_000, 151),
    ):
        yield from cells("pair", ("base",), children, seed, ON_SPARK)


def cells(
    shape: str,
    regimes: dict[str, dict[str, float]] | tuple[str, ...],
    children: int,
    seed: int,
    who: tuple[str, ...],
) -> Iterator[Cell]:
    """One world a regime, every contestant on it."""
    for regime in regimes:
        for contestant in who:
            yield Cell(World(shape, regime, children, seed), contestant)


def run_cell(cell: Cell, again: bool = False) -> Result:
    """The kept result, if nothing that it rests on has changed; else a new one, kept at once.

    A contestant that fails gives ``{"failed": why}``, is shown so, and tried again the next time.
    """
    path = RESULTS / cell.world.name / f"{cell.contestant}.json"
    if path.exists() and not again:
        kept: Result = json.loads(path.read_text("utf-8"))
        if kept["sources"] == version_of(cell.contestant) and "failed" not in kept:
            return kept
    about = {each: getattr(cell.world, each) for each in ("shape", "regime", "children", "seed")}
    about |= {"contestant": cell.contestant, "sources": version_of(cell.contestant), "machine": machine()}
    try:
        make_world(cell.world)
        found = CONTESTANTS[cell.contestant][0](cell.world)
    except Exception as failed:  # whatever it is, the other cells go on
        found = {"failed": f"{type(failed).__name__}: {failed}"}
    result = about | {"when": datetime.now(UTC).isoformat(timespec="seconds")} | found
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    return result


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    names = ("numpy", "pandas", "pyarrow", "rapidfuzz")
    return {
        "processors": os.cpu_count(),
        "model": _cpu(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": {name: _version(name) for name in names},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def kept_results() -> list[Result]:
    """The latest kept result of each cell of the plan, by size, regime and seed."""
    latest: dict[tuple[object, ...], Result] = {}
    planned = {
        (each.world.shape, each.world.children, each.world.regime, each.world.seed) for each in full_plan()
    }
    for path in RESULTS.glob("*/*.json"):
        found = json.loads(path.read_text("utf-8"))
        key = tuple(found[each] for each in ("shape", "children", "regime", "seed", "contestant"))
        if key[:4] in planned and (key not in latest or found["when"] > latest[key]["when"]):
            latest[key] = found
    order = list(REGIMES)
    return [
        latest[key]
        for key in sorted(latest, key=lambda key: (key[0], key[1], order.index(str(key[2])), key[3]))
    ]
