"""The three that are compared: Rollcall, Splink 5, and the floor. Each: a world in, one result out."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service.evaluate import evaluate
from tests.bench.judge import in_no_school, judge_children, judge_links, truth_of
from tests.bench.measure import Usage, run
from tests.bench.worlds import HOUSEHOLD, ROLL, ROOT, World, digest

BENCH_PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"
AS_OF = "2026-09-01"
Result = dict[str, Any]


def rollcall(world: World) -> Result:
    """The main job, as an officer gives the command, at the shipped settings."""
    out = world.folder / "result"
    shutil.rmtree(out, ignore_errors=True)
    files = world.folder / "files"
    command = [Path(sys.executable).with_name("rollcall"), "screen", files, "--as-of", AS_OF, "--out", out]
    if world.shape == "pair":
        command += ["--as", f"household={files / HOUSEHOLD}", "--as", f"roll={files / ROLL}"]
    used = run(command)
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    found: Result = _usage(used) | {"steps": summary["run"]["seconds"], "quality": summary.get("quality")}
    found["model"] = summary["model"]["sha256"][:8]
    found["listed"] = (out / "children.csv").stat().st_mtime - used.began
    if world.shape == "pair":
        found["judged"] = judge_children(truth_of(world), out)
    found["evaluated"] = evaluate(out, world.folder).figures()
    found["missing"] = in_no_school(world)
    shutil.rmtree(out)
    return found


def splink(world: World) -> Result:
    """Splink 5 on the same two files."""
    links = world.folder / "links.csv"
    model = world.home / "splink" / f"{world.name}.json"
    model.parent.mkdir(parents=True, exist_ok=True)
    used = run([BENCH_PYTHON, "-m", "tests.bench.rival", world.household, world.roll, links, model])
    told = json.loads(used.said.strip().splitlines()[-1])
    # Its own clock stops before the model is saved, and begins after its imports; memory is the process's.
    found: Result = _usage(used) | {"wall": told["wall"], "cpu": told["cpu"], "memory": told["memory"]}
    found |= {"steps": told["steps"], "pairs": told["pairs"], "version": told["version"]}
    found["judged"] = judge_links(truth_of(world), links)
    links.unlink()
    return found


def floor(world: World) -> Result:
    """Reading the same files once, and one exact join."""
    paths = [world.household, world.roll] if world.shape == "pair" else _files(world)
    return _usage(run([sys.executable, "-m", "tests.bench.floor", *paths]))


def _files(world: World) -> list[Path]:
    return sorted((world.folder / "files").iterdir())


def _usage(used: Usage) -> Result:
    return {name: value for name, value in asdict(used).items() if name not in ("began", "said")}


OURS = tuple(
    f"service/{name}"
    for name in ("commands/screen.py", "screening.py", "memory.py", "reports", "export", "evaluate.py")
)
"""What a screening uses of the service; the web and the database of it change no figure here."""

CONTESTANTS: dict[str, tuple[Callable[[World], Result], tuple[str, ...]]] = {
    "floor": (floor, ("tests/bench/floor.py",)),
    "rollcall": (rollcall, ("schemas", "connectors", "matchers", *OURS, "tests/bench/judge.py")),
    "splink": (splink, ("tests/bench/rival", "tests/bench/judge.py", "requirements/bench.txt")),
}
"""What runs each, and the sources whose change makes a result stale."""


def version_of(contestant: str) -> str:
    """Eight characters that change when the contestant's sources do."""
    return digest(*CONTESTANTS[contestant][1])
