"""One parent for the programs of the service: what dies is started again, what stops stops in order.

Every program has a session of its own: Ctrl-C reaches the supervisor alone, which ends the others, the later
started first. Their output goes straight into files, so it is whole even where the supervisor is killed; the
kernel then asks them to end (``service.embedded.process``), and a guard kills who does not (``guard``).
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from service.embedded import EmbeddedError
from service.embedded.guard import Guard
from service.embedded.process import Program, kill_group, spawn

TICK = 0.1
KEPT_LOGS = 5
STEADY_SECONDS = 60.0
"""A program that ran so long before it died has not failed in a row."""

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class GaveUpError(EmbeddedError):
    """A program died too often. The text names it and its log."""


class StoppedError(EmbeddedError):
    """Somebody asked for the end while something was waited for."""


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0
    """When it is started again, on the monotonic clock; only where ``process`` is None."""


class Supervisor:
    """Start programs, keep them running, stop them in reverse.

    Attributes:
        logs: folder of ``NAME.log``; those of earlier starts are ``NAME.log.1`` and so on.
        say: takes each sentence for the person at the screen. tries: deaths in a row before giving up.
        pause: seconds before the first new start, doubled each time.
    """

    def __init__(self, logs: Path, say: Callable[[str], None], *, tries: int = 5, pause: float = 0.5) -> None:
        self.logs, self.say, self.tries, self.pause = logs, say, tries, pause
        self.stopping = False
        self._children: list[_Child] = []
        self._guard: Guard | None = None

    @contextmanager
    def in_charge(self) -> Iterator[None]:
        """While this lasts, signals to end are obeyed in order; at its end everything has stopped.

        Call it in the main thread: Python hears signals there, and programs live as long as their thread.
        """
        before = {number: signal.signal(number, self._asked_to_stop) for number in _STOP_SIGNALS}
        self._guard = Guard()
        try:
            yield
        finally:
            self.stop()
            self._guard.dismiss()
            self._guard = None
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, program: Program) -> None:
        """Start a program and look after it from now on. Raises ``EmbeddedError``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        _rotate(self.log_of(program))
        child = _Child(program)
        self._children.append(child)
        self._spawn(child)

    def log_of(self, program: Program) -> Path:
        """Where its output goes."""
        return self.logs / f"{program.name}.log"

    def wait_for(self, there: Callable[[], bool], seconds: float, what: str) -> None:
        """Look after the programs until ``there`` says so.

        Raises:
            GaveUpError: a program died too often. StoppedError: somebody asked for the end.
            EmbeddedError: it took longer than ``seconds``.
        """
        until = time.monotonic() + seconds
        while not there():
            self._tick()
            if self.stopping:
                raise StoppedError("已按要求停止。")
            if time.monotonic() > until:
                raise EmbeddedError(f"等了 {seconds:.0f} 秒，{what}仍未就绪。日志在 {self.logs}。")

    def run(self) -> None:
        """Look after the programs until somebody asks for the end. Raises ``GaveUpError``."""
        while not self.stopping:
            self._tick()

    def stop(self) -> None:
        """Stop all, stage by stage from the last: ask, wait for the longest grace, kill what is left."""
        self.stopping = True
        for stage in sorted({child.program.stage for child in self._children}, reverse=True):
            running = [
                child
                for child in reversed(self._children)
                if child.program.stage == stage and child.process is not None
            ]
            for child in running:
                if child.process and child.process.poll() is None:
                    child.process.send_signal(child.program.stop_signal)
            asked = time.monotonic()
            for child in running:
                self._wait(child, asked + child.program.grace)
        self._children.clear()

    def _wait(self, child: _Child, until: float) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(f"{child.program.name} 没有及时停下来，已强制结束。")
        self._clear(child, child.process)

    def _tick(self) -> None:
        for child in self._children:
            if child.process is None:
                if time.monotonic() >= child.due:
                    self._spawn(child)
            elif child.process.poll() is not None:
                self._died(child, child.process)
        time.sleep(TICK)

    def _spawn(self, child: _Child) -> None:
        with self.log_of(child.program).open("ab") as output:
            child.process = spawn(child.program, output)
        child.started = time.monotonic()
        if self._guard:
            self._guard.take(child.process.pid, child.program.grace)

    def _clear(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        kill_group(process)
        if self._guard:
            self._guard.leave(process.pid)
        child.process = None

    def _died(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        """Clear away what it left, and say when it starts again. Raises ``GaveUpError``."""
        self._clear(child, process)
        now = time.monotonic()
        child.deaths = 1 if now - child.started > STEADY_SECONDS else child.deaths + 1
        how, log = _how(process.returncode), self.log_of(child.program)
        if child.deaths >= self.tries:
            raise GaveUpError(
                f"{child.program.name} 连续 {child.deaths} 次意外退出（{how}），不再重新启动。"
                f"请看日志 {log}，最后几行是：\n{tail(log)}"
            )
        wait = self.pause * 2 ** (child.deaths - 1)
        child.due = now + wait
        self.say(f"{child.program.name} 意外退出（{how}），{wait:.1f} 秒后重新启动。日志：{log}")

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def tail(log: Path, lines: int = 8) -> str:
    """Return the last lines of a log, or nothing."""
    if not log.exists():
        return ""
    with log.open("rb") as text:
        text.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(text.read().decode("utf-8", "replace").splitlines()[-lines:])


def _how(code: int) -> str:
    return f"信号 {signal.Signals(-code).name}" if code < 0 else f"代码 {code}"


def _rotate(log: Path) -> None:
    """Put the log of the last start aside; the oldest goes."""
    for number in range(KEPT_LOGS - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
