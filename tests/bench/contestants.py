"""Those that are compared: Rollcall, Splink 5, the floor, both on Spark. Each: a world in, one result out."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from service.evaluate import evaluate
from tests.bench.judge import in_no_school, judge_children, judge_links, truth_of
from tests.bench.measure import Usage, run
from tests.bench.spark_log import read_log, settings
from tests.bench.worlds import HOUSEHOLD, ROLL, ROOT, World, digest

BENCH_PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"
AS_OF = "2026-09-01"
TIMED = (("pair", "base", 1_000_000), ("county", "base", 100_000))
"""Worlds with a bar on wall time. What takes seconds there runs ``RUNS`` times, and the middle run counts."""

RUNS = 3
CHILDREN = "children.csv"
CHILDREN_A_PIECE = 125_000
Result = dict[str, Any]


def rollcall(world: World) -> Result:
    """The main job, as an officer gives the command, at the shipped settings."""
    out = world.folder / "result"
    files = world.folder / "files"
    command = [Path(sys.executable).with_name("rollcall"), "screen", files, "--as-of", AS_OF, "--out", out]
    if world.shape == "pair":
        command += ["--as", f"household={files / HOUSEHOLD}", "--as", f"roll={files / ROLL}"]
    found = _middle([_screened(command, out) for _ in range(_runs(world))], "listed")
    if world.shape == "pair":
        found["judged"] = judge_children(truth_of(world), out)
    found["evaluated"] = evaluate(out, world.folder).figures()
    found["missing"] = in_no_school(world)
    shutil.rmtree(out)
    return found


def _screened(command: Sequence[str | Path], out: Path) -> Result:
    """One run: what it used, and what it says of itself."""
    shutil.rmtree(out, ignore_errors=True)
    used = run(command)
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    return usage(used) | {
        "steps": summary["run"]["seconds"],
        "quality": summary.get("quality"),
        "model": summary["model"]["sha256"][:8],
        "listed": (out / CHILDREN).stat().st_mtime - used.began,
        "children_sha256": _sha256(out / CHILDREN),
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _runs(world: World) -> int:
    return RUNS if (world.shape, world.regime, world.children) in TIMED else 1


def _middle(runs: list[Result], by: str) -> Result:
    """The run in the middle by this figure, and this figure of all of them."""
    ordered = sorted(runs, key=lambda each: each[by])
    return ordered[len(runs) // 2] | {"runs": [each[by] for each in runs]}


def splink(world: World) -> Result:
    """Splink 5 on the same two files."""
    links = world.folder / "links.csv"
    model = world.home / "splink" / f"{world.name}.json"
    model.parent.mkdir(parents=True, exist_ok=True)
    used = run([BENCH_PYTHON, "-m", "tests.bench.rival", world.household, world.roll, links, model])
    told = json.loads(used.said.strip().splitlines()[-1])
    # Its own clock stops before the model is saved, and begins after its imports; memory is the process's.
    found: Result = usage(used) | {"wall": told["wall"], "cpu": told["cpu"], "memory": told["memory"]}
    found |= {"steps": told["steps"], "pairs": told["pairs"], "version": told["version"]}
    found["judged"] = judge_links(truth_of(world), links)
    links.unlink()
    return found


def rollcall_on_spark(world: World) -> Result:
    """Rollcall's engine on a Spark of this machine, from the same two files."""
    out = world.folder / "result"
    shutil.rmtree(out, ignore_errors=True)
    conf, log = _spark(world)
    command: list[str | Path] = [Path(sys.executable).with_name("rollcall"), "screen", world.folder / "files"]
    command += ["--as-of", AS_OF, "--out", out, "--engine", "spark", "--master", conf.pop("spark.master")]
    command += ["--as", f"household={world.household}", "--as", f"roll={world.roll}"]
    for name, value in conf.items():
        command += ["--conf", f"{name}={value}"]
    found: Result = usage(run(command)) | read_log(log)
    found |= {"children_sha256": _sha256(out / CHILDREN), "pieces": _pieces(world)}
    found["records"] = sum(_rows(path) for path in (world.household, world.roll))
    found["judged"] = judge_children(truth_of(world), out)
    shutil.rmtree(out)
    return found


def splink_on_spark(world: World) -> Result:
    """Splink 5 on the same Spark, on the same two files."""
    links = world.folder / "links.csv"
    conf, log = _spark(world)
    words = [f"{name}={value}" for name, value in conf.items()]
    command = [BENCH_PYTHON, "-W", "ignore", "-m", "tests.bench.rival_on_spark"]
    used = run([*command, world.household, world.roll, links, *words])
    told = json.loads(used.said.strip().splitlines()[-1])
    found: Result = usage(used) | read_log(log)
    found |= {"steps": told["steps"], "pairs": told["pairs"], "version": told["version"]}
    found |= {"judged": judge_links(truth_of(world), links), "pieces": _pieces(world)}
    links.unlink()
    return found


def _rows(path: Path) -> int:
    """The rows of a list, its heading left out."""
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def _pieces(world: World) -> int:
    """Pieces of work on Spark: a piece of many children takes much memory, of few much time to plan."""
    return max(4, world.children // CHILDREN_A_PIECE)


def _spark(world: World) -> tuple[dict[str, str], Path]:
    """Settings of Spark for both, and the folder of its event log."""
    log = world.folder / "spark-log"
    return settings(log, _pieces(world), "6g"), log


def floor(world: World) -> Result:
    """Reading the same files once, and one exact join."""
    paths = [world.household, world.roll] if world.shape == "pair" else _files(world)
    command = [sys.executable, "-m", "tests.bench.floor", *paths]
    return _middle([usage(run(command)) for _ in range(_runs(world))], "wall")


def _files(world: World) -> list[Path]:
    return sorted((world.folder / "files").iterdir())


def usage(used: Usage) -> Result:
    return {name: value for name, value in asdict(used).items() if name not in ("began", "said")}


ENGINES = "matchers/engines"
OURS = (
    "schemas",
    "connectors",
    *sorted(f"matchers/{path.name}" for path in (ROOT / "matchers").iterdir() if path.name != "engines"),
    *(f"service/{each}.py" for each in ("screening", "memory", "evaluate")),
    "service/reports",
    "service/export",
    "tests/bench/judge.py",
)
"""What a screening on one machine uses; the command, the web and the database change no figure here."""

RIVAL = ("tests/bench/rival", "tests/bench/judge.py", "requirements/bench.txt")

CONTESTANTS: dict[str, tuple[Callable[[World], Result], tuple[str, ...]]] = {
    "floor": (floor, ("tests/bench/floor.py",)),
    "rollcall": (rollcall, OURS),
    "splink": (splink, RIVAL),
    "rollcall_spark": (rollcall_on_spark, (*OURS, ENGINES, "service/spark", "requirements/spark.txt")),
    "splink_spark": (splink_on_spark, (*RIVAL, "tests/bench/rival_on_spark.py", "requirements/spark.txt")),
}
"""What runs each, and the sources whose change makes a result stale."""


def version_of(contestant: str) -> str:
    """Eight characters that change when the contestant's sources do."""
    return digest(*CONTESTANTS[contestant][1])
