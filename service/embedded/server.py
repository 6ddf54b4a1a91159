"""What the servers of the wheels have in common: started once, waited for, stopped by whoever asks."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from service.embedded import EmbeddedError
from service.embedded.kept import locked
from service.embedded.process import Program, end, spawn


class Server(ABC):
    """A server in ``data_dir``, with its ``port`` and log there; it ends with the process that started it.

    A kind of server says ``title`` (for people), ``log_name``, ``ready_seconds`` (how long it may take to
    answer) and how it is made, asked and told to stop.
    """

    title: ClassVar[str]
    log_name: ClassVar[str]
    ready_seconds: ClassVar[float]

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.log = self.data_dir / self.log_name
        self._process: subprocess.Popen[bytes] | None = None
        self._program: Program | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what this object started; a server that was running before goes on."""
        if self._process is not None:
            self.stop()

    @property
    def port(self) -> int:
        """The port of the last start."""
        return int((self.data_dir / "port").read_text("ascii"))

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether this folder's server runs, whoever started it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server of this folder takes logins now."""

    @abstractmethod
    def prepare(self) -> Program:
        """Make what it needs, choose the port, and return what a supervisor has to run."""

    def provision(self) -> None:
        """Make within it, once it answers, what is missing."""
        return

    @abstractmethod
    def stop_another(self) -> None:
        """Stop the server that somebody else started and that runs."""

    def start(self) -> bool:
        """Start the server; False where it was running. Raises ``EmbeddedError``."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with locked(self.data_dir / "lock"):
            if self.running:
                self.wait_ready()
                return False
            self._program = self.prepare()
            with self.log.open("ab") as output:
                self._process = spawn(self._program, output)
            try:
                self.wait_ready()
                self.provision()
            except BaseException:
                self.stop()
                raise
            return True

    def wait_ready(self, seconds: float | None = None) -> None:
        """Return as soon as the server answers. Raises ``EmbeddedError`` with the end of its log."""
        until = time.monotonic() + (self.ready_seconds if seconds is None else seconds)
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                break
            if self.answers():
                return
            time.sleep(0.02)
        end_of_log = (
            "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-5:]) if self.log.exists() else ""
        )
        raise EmbeddedError(f"{self.title} 没有启动成功，日志在 {self.log}，最后几行是：\n{end_of_log}")

    def stop(self) -> None:
        """Stop the server, whoever started it; nothing happens where none runs. Raises ``EmbeddedError``."""
        if self._process is not None and self._program is not None:
            end(self._process, self._program.stop_signal, self._program.grace)
            self._process = None
        elif self.running:
            self.stop_another()

    def restart(self) -> None:
        """Stop and start: the address stays."""
        self.stop()
        self.start()
