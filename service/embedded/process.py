"""Start a program so that it ends with the process that started it, whatever ends that one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from service.embedded import EmbeddedError

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to run and how.

    ``name`` names the log file. ``credentials`` are ``user``, ``group`` and ``extra_groups`` of a ``Popen``.
    ``stop_signal`` asks it to end in order, ``orphan_signal`` is what it gets when its parent is gone, and
    after ``grace`` seconds it is killed. ``stage``: a higher one starts later and stops earlier.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    credentials: Mapping[str, Any] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGTERM
    grace: float = 5.0
    stage: int = 1


def spawn(program: Program, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, both outputs into ``output``. Raises ``EmbeddedError``.

    Call it from a thread that lives as long as the program should: for the kernel the end of the thread that
    forked is the end of the parent.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - commands are ours, never a user's words
            program.argv,
            env=dict(program.env),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tied_to(os.getpid(), program.orphan_signal),
            **program.credentials,
        )
    except OSError as error:
        raise EmbeddedError(f"无法启动 {program.name}（{program.argv[0]}）：{error.strerror}") from error


def _tied_to(parent: int, number: int) -> Callable[[], None]:
    """What the child does between fork and exec: ask the kernel for a signal when the parent ends.

    A supervisor that is killed with -9 runs no clean-up, so only the kernel can end its children; without
    this they would hold the ports and the data for ever. It is asked for after the change of user, for that
    clears it, and the parent may have ended before it was asked for.
    """

    def ask() -> None:
        if _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(127)

    return ask


def end(process: subprocess.Popen[bytes], number: int, grace: float) -> bool:
    """Ask the process to end by signal ``number``; kill it after ``grace`` seconds. False if it was killed.

    Whatever is left of its session is killed in both cases: a worker outlives its parent otherwise.
    """
    gone = True
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            gone = False
    kill_group(process)
    return gone


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process and of its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
