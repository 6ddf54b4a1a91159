"""The virus check of uploaded files: a command of the site's own, and closed where it does not answer."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service.config import Settings
from service.errors import ServiceError

CLEAN, INFECTED = 0, 1


class ScannerDownError(ServiceError):
    """The scanner gave no verdict: the file stays unread."""

    code, status = "scanner_down", 503


def scan(settings: Settings, file: Path, beat: Callable[..., None]) -> str:
    """``clean`` or ``infected``, by the exit code of the scanner, 0 or 1; ``clean`` where there is none.

    Args:
        beat: called about twice a second; what it raises stops the scanner.

    Raises:
        ScannerDownError: it cannot be started, gave another exit code, or took too long.
    """
    if not settings.scanner:
        return "clean"
    try:
        running = subprocess.Popen(  # noqa: S603 (the site's own command)
            [*shlex.split(settings.scanner), str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise ScannerDownError("病毒检查程序无法启动") from error
    try:
        code = _wait(running, time.monotonic() + settings.reader_seconds, beat)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    if code not in (CLEAN, INFECTED):
        raise ScannerDownError("病毒检查程序没有给出结论")
    return "infected" if code == INFECTED else "clean"


def _wait(running: subprocess.Popen[bytes], until: float, beat: Callable[..., None]) -> int | None:
    """The exit code; None where it did not end in time."""
    while time.monotonic() < until:
        try:
            return running.wait(0.5)
        except subprocess.TimeoutExpired:
            beat(0)
    return None
