"""Where confined children come from: a process that has the readers loaded and looked at no file, ever.

Loading the readers takes most of a second, longer than most files. So they are loaded once, by a process
without the environment's secrets, connections or files (``nursery_child``); each child is forked from it,
lives alone and is confined as if it had been started anew. The process ends when it is idle or its parent is
gone.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

_KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_CALM = {
    # One arena and one pool: address space is what is limited, and idle pools would take gigabytes of it.
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_READY_SECONDS = 60.0
_END_SECONDS = 10.0


class UnbornError(Exception):
    """No child could be started."""


@dataclass(slots=True)
class Child:
    """A child that lives.

    Attributes:
        said: the reading end of its standard output. line: to its minder, which kills the child, with all
            that it started, as soon as this end is shut, and tells how it ended.
    """

    said: int
    line: socket.socket
    _heard: bytes = field(default=b"")

    def ended(self, seconds: float) -> dict[str, Any] | None:
        """How it ended: ``code`` as of ``subprocess`` and ``peak`` in bytes; None where it still lives."""
        self.line.settimeout(seconds)
        with suppress(OSError):
            while piece := self.line.recv(4096):
                self._heard += piece
        return json.loads(self._heard) if self._heard else None

    def end(self) -> None:
        """Kill it, and wait until nothing of it is left."""
        os.close(self.said)
        with self.line, suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
            self.line.settimeout(_END_SECONDS)
            while self.line.recv(4096):
                pass


class _Nursery:
    """The process, as long as it lives."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _CALM
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-m", "service.uploads.nursery_child", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def bear(self, module: str, folder: Path) -> Child:
        """Have a child run ``module.main()`` in a folder. Raises OSError where the process has ended."""
        said, told = os.pipe()
        line, theirs = socket.socketpair()
        child = Child(said, line)
        try:
            with theirs, os.fdopen(told, "wb", 0):
                wanted = json.dumps([module, str(folder)]).encode() + b"\n"
                socket.send_fds(self._line, [wanted], [theirs.fileno(), told])
            line.settimeout(_READY_SECONDS)
            if line.recv(1) != b"+":
                raise ConnectionError("the nursery has ended")
        except BaseException:
            child.end()
            raise
        return child

    def close(self) -> None:
        """Let the process end, and wait for it."""
        self._line.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = Lock()
_nurseries: dict[int, _Nursery] = {}
"""By the process that started it: a forked worker leaves its parent's alone."""


def bear(module: str, folder: Path) -> Child:
    """A child that runs ``module.main()`` in ``folder``, from this process's nursery.

    Raises:
        UnbornError: none could be started.
    """
    with _lock:
        for _ in range(2):  # the one that is there may have ended meanwhile, being idle
            mine = _nurseries.get(os.getpid())
            if mine is None:
                mine = _nurseries[os.getpid()] = _Nursery()
            try:
                return mine.bear(module, folder)
            except OSError:
                _nurseries.pop(os.getpid()).close()
    raise UnbornError


def _close() -> None:
    mine = _nurseries.pop(os.getpid(), None)
    if mine is not None:
        mine.close()


atexit.register(_close)
