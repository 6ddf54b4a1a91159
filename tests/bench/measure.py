"""Run one contestant in a process of its own and say what it used."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.worlds import ROOT


class FailedError(RuntimeError):
    """A contestant did not end well; the message holds the last lines of what it said."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used, from its start to its end, its own children included.

    Attributes:
        began: when, in seconds since 1970, as files are dated.
        wall, cpu: seconds; cpu is user and system together. memory: bytes at the peak of the largest process.
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
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began, start = time.time(), time.perf_counter()
        process = subprocess.Popen(
            [str(each) for each in command],
            cwd=ROOT,
            stdout=out,
            stderr=err,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        status, used = _wait(process.pid, start + limit)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        said, complaint = out.read(), err.read()
    if process.returncode:
        why = "out of memory or time" if process.returncode == -9 else f"code {process.returncode}"
        raise FailedError(f"{why}: {' '.join((complaint or said).strip().splitlines()[-3:])[-400:]}")
    return Usage(began, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, said)


def _wait(pid: int, until: float) -> tuple[int, os.struct_rusage]:
    """Wait for the process, and end it when its time is over."""
    while True:
        found, status, used = os.wait4(pid, os.WNOHANG)
        if found:
            return status, used
        if time.perf_counter() > until:
            os.kill(pid, 9)
            _, status, used = os.wait4(pid, 0)
            return status, used
        time.sleep(0.02)
