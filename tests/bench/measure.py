"""Run one contestant in a process of its own and say what it used.

A process begins with the peak of the one that started it (Linux carries it over), and the measuring program
may have held a whole county. So a contestant is started by this module run as a program: a small process that
starts, waits and counts. It imports nothing of the project.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ORPHANS = 60.0
"""Seconds in which what a run has started ends after it."""


class FailedError(RuntimeError):
    """A contestant did not end well; the message holds the last lines of what it said."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used, from its start to its end, its own children included.

    Attributes:
        began: when, in seconds since 1970, as files are dated.
        wall, cpu: seconds; cpu is user and system together, of all processes. memory: bytes at the peak of
            the largest.
        said: its standard output.
    """

    began: float
    wall: float
    cpu: float
    memory: int
    said: str


def run(command: Sequence[str | Path], limit: float = 7200.0) -> Usage:
    """Run a command at the root of the project.

    Raises:
        FailedError: it ended with another code than 0, or was ended after ``limit`` seconds.
    """
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        tempfile.NamedTemporaryFile() as told,
    ):
        subprocess.run(
            [sys.executable, "-S", __file__, told.name, str(limit), *map(str, command)],
            cwd=ROOT,
            stdout=out,
            stderr=err,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=True,
        )
        used = json.loads(Path(told.name).read_text("utf-8"))
        code = used.pop("code")
        out.seek(0)
        err.seek(0)
        said, complaint = out.read(), err.read()
    if code:
        why = "out of memory or time" if code == -9 else f"code {code}"
        raise FailedError(f"{why}: {' '.join((complaint or said).strip().splitlines()[-3:])[-400:]}")
    return Usage(**used, said=said)


def _start(told: str, limit: str, *command: str) -> None:
    """Run the command, wait for it, and write what it used to the file ``told``."""
    _inherit_orphans()
    began, start = time.time(), time.perf_counter()
    process = subprocess.Popen(command)
    process.returncode = os.waitstatus_to_exitcode(_wait(process.pid, start + float(limit)))
    wall = time.perf_counter() - start
    _wait_for_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "code": process.returncode,
        "began": began,
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024,
    }
    Path(told).write_text(json.dumps(figures), "utf-8")


def _inherit_orphans() -> None:
    """What a process leaves running (Spark's Java does) becomes a child of this one, and is counted."""
    if sys.platform == "linux":
        set_child_subreaper = 36  # prctl(2)
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _wait(pid: int, until: float) -> int:
    """Wait for the process, and end it when its time is over; its status."""
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        if time.perf_counter() > until:
            os.kill(pid, 9)
            return os.waitpid(pid, 0)[1]
        time.sleep(0.02)


def _wait_for_orphans() -> None:
    """Until nothing is left of the run, or a minute is over."""
    end = time.perf_counter() + ORPHANS
    while time.perf_counter() < end:
        try:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                time.sleep(0.02)
        except ChildProcessError:
            return


if __name__ == "__main__":
    _start(*sys.argv[1:])
