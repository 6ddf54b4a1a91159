"""A program of ours run apart from everything: with little memory, time and reach, killed when in doubt.

``run`` has ``main()`` of a module run in a process of its own (``nursery``), without the environment's
secrets, without sockets or connections of the parent. The module calls ``confine`` before it looks at a
single byte that it was given. It tells how far it is in lines of JSON on its standard output; the last has
``ended``.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import selectors
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.uploads.nursery import UnbornError, bear

REQUEST = "request.json"
_LINE = 64 * 1024
_SET_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


class TooHeavyError(Exception):
    """The child took more memory, time or room than it may, or fell over: ``why`` is one word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the child may take: memory beyond what it starts with, seconds of clock and of processor."""

    memory_mib: int
    seconds: int
    files: int = 64


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended well: its last line, and the most memory it had, in bytes."""

    said: Mapping[str, object]
    peak: int


def run(
    module: str,
    folder: Path,
    request: Mapping[str, object],
    bounds: Bounds,
    beat: Callable[[Mapping[str, object] | None], None],
) -> Ended:
    """Run a module in ``folder``, which is private, and wait for its end.

    Args:
        request: what it is asked, written to ``folder/request.json``.
        beat: called with each line it says, and with None about twice a second; what it raises kills the
            child.

    Raises:
        TooHeavyError: it was stopped, or ended without saying so.
    """
    (folder / REQUEST).write_text(json.dumps({**request, "bounds": [*_figures(bounds)]}), "utf-8")
    try:
        child = bear(module, folder)
    except UnbornError:
        raise TooHeavyError("start") from None
    until = time.monotonic() + bounds.seconds
    try:
        last = _listen(child.said, until, beat)
        return _ended(child.ended(max(until - time.monotonic(), 1.0)), last)
    finally:
        child.end()


def _figures(bounds: Bounds) -> tuple[int, int, int]:
    return bounds.memory_mib, bounds.seconds, bounds.files


def _listen(
    said: int, until: float, beat: Callable[[Mapping[str, object] | None], None]
) -> Mapping[str, object]:
    """Hear the child to its end; gives its last line."""
    last: Mapping[str, object] = {}
    held = b""
    os.set_blocking(said, False)
    with selectors.DefaultSelector() as selector:
        selector.register(said, selectors.EVENT_READ)
        while time.monotonic() < until:
            if not selector.select(0.5):
                beat(None)
                continue
            piece = os.read(said, _LINE)
            if not piece:
                return last
            *lines, held = (held + piece).split(b"\n")
            if len(held) > _LINE:
                raise TooHeavyError("talk")
            for line in lines:
                last = _parsed(line)
                beat(last)
    raise TooHeavyError("time")


def _parsed(line: bytes) -> Mapping[str, object]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise TooHeavyError("talk")
    return said


def _ended(how: Mapping[str, Any] | None, last: Mapping[str, object]) -> Ended:
    if how is None:
        raise TooHeavyError("time")
    if how["code"] or "ended" not in last:
        raise TooHeavyError(str(last.get("error") or f"exit {how['code']}"))
    return Ended(last, int(how["peak"]))


def confine(folder: Path) -> dict[str, Any]:
    """In the child, before anything else: read what is asked, and give up what reading a file does not need.

    It dies with its parent, gains no rights, and reaches no network where the system lets a plain user say
    so.
    """
    request: dict[str, Any] = json.loads((folder / REQUEST).read_text("utf-8"))
    memory_mib, seconds, files = map(int, request.pop("bounds"))
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        system.unshare(_NEW_USER | _NEW_NETWORK)
    memory = memory_mib * 2**20
    for name, most in (
        (resource.RLIMIT_AS, _address_space() + memory),
        (resource.RLIMIT_FSIZE, memory),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(name, most)
    if os.geteuid():
        _limit(resource.RLIMIT_NPROC, _tasks() + 32)
    os.umask(0o077)
    return request


def tell(**said: object) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def answer(work: Callable[[Path, dict[str, Any]], Mapping[str, object]]) -> None:
    """The whole life of a child: confine itself, do ``work(folder, request)``, tell what it gave.

    What fails is told by its kind alone: the text of an error may quote a record.
    """
    folder = Path(sys.argv[1])
    request = confine(folder)
    try:
        tell(ended=True, **work(folder, request))
    except MemoryError:
        tell(error="memory")
        sys.exit(1)
    except Exception as error:
        tell(error=type(error).__name__)
        sys.exit(1)


def _limit(name: int, most: int) -> None:
    _, hard = resource.getrlimit(name)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(name, (most, most))


def _address_space() -> int:
    """What this process has of it already, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 2**31
    return pages * resource.getpagesize()


def _tasks() -> int:
    """Threads of this user on the whole machine: the system counts them together."""
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            lines = dict(
                line.split(":\t", 1)
                for line in status.read_text("utf-8", "replace").splitlines()
                if ":\t" in line
            )
            if lines.get("Uid", "").split("\t")[0] == str(os.getuid()):
                count += int(lines.get("Threads", "1"))
    return count
