"""What outlives a supervisor that was killed: it kills what is left of the programs, then ends.

The kernel asks each program to end (``service.embedded.process``), but it knows only the supervisor's own
children: a child of theirs that does not listen would stay. Nothing of ours is loaded, for the guard lives
as long as the service. Its input are lines ``+ GROUP GRACE`` and ``- GROUP``; where they end without a line
``done``, the supervisor is gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress


class Guard:
    """The supervisor's side: it tells the guard whom to look after."""

    def __init__(self) -> None:
        words = (sys.executable, "-I", "-S", __file__)
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603

    def take(self, group: int, grace: float) -> None:
        """Kill this group ``grace`` seconds after the supervisor's death, should any of it be left."""
        self._tell(f"+ {group} {grace}")

    def leave(self, group: int) -> None:
        """Forget a group that is gone: its number may become somebody else's."""
        self._tell(f"- {group}")

    def dismiss(self) -> None:
        """End the guard; nobody needs it any more."""
        self._tell("done")
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        # A guard that somebody killed is not missed until the supervisor is killed as well.
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.write(f"{line}\n".encode("ascii"))
                self._process.stdin.flush()


def groups_left(lines: Iterable[str]) -> dict[int, float]:
    """Return the process groups that nobody looks after any more, each with its seconds of grace."""
    left: dict[int, float] = {}
    for line in lines:
        match line.split():
            case ["+", group, grace]:
                left[int(group)] = float(grace)
            case ["-", group]:
                left.pop(int(group), None)
            case ["done"]:
                return {}
    return left


def kill_after_grace(left: dict[int, float]) -> None:
    """Wait as long as each group may take to end, then kill what is left of it."""
    started = time.monotonic()
    while left:
        for group, grace in list(left.items()):
            late = time.monotonic() - started > grace
            try:
                os.killpg(group, signal.SIGKILL if late else 0)
            except OSError:
                late = True
            if late:
                del left[group]
        time.sleep(0.1)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    kill_after_grace(groups_left(sys.stdin))
