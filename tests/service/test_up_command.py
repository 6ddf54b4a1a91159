"""``rollcall up`` as it is: gunicorn, Celery, PostgreSQL and Valkey, started, killed and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from service.embedded.installation import settings_at_hand
from service.embedded.kept import free_port, is_free
from tests.architecture.sources import ROOT
from tests.servers import Database

PLAIN = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}


class Up:
    """``rollcall up`` on a state folder."""

    def __init__(self, state: Path, **environ: str) -> None:
        self.state, self.port = state, free_port()
        self.screen = state.with_name(f"{state.name}.{self.port}.txt")
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [*command(state, self.port)],
                env=PLAIN | environ,
                cwd=ROOT,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + 90
        while "停止：按 Ctrl-C" not in self.said and time.monotonic() < until:
            assert self.process.poll() is None, self.said
            time.sleep(0.1)

    @property
    def said(self) -> str:
        return self.screen.read_text("utf-8")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def programs(self) -> dict[int, str]:
        """Every process below this one, with its command; one that ends while it is looked at is none."""
        found: dict[int, str] = {}
        open_ones = [self.process.pid]
        while open_ones:
            pid = open_ones.pop()
            with suppress(FileNotFoundError, ProcessLookupError):
                for each in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
                    open_ones.append(each)
                    with suppress(FileNotFoundError, ProcessLookupError):
                        found[each] = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
        return found

    def end(self, number: int) -> float:
        """Signal it and return how many seconds it took to end."""
        asked = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - asked


def command(state: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-c",
        "from service.cli import main; main()",
        "up",
        "--port",
        str(port),
        "--state",
        str(state),
    ]


def refused(state: Path, port: int, **environ: str) -> str:
    """What it says where it does not start."""
    done = subprocess.run(
        command(state, port), env=PLAIN | environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_gone(pids: dict[int, str], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))


def ready(up: Up) -> int:
    with requests.get(f"{up.address}/health/ready", timeout=10) as answer:
        return answer.status_code


@pytest.fixture
def started() -> Iterator[list[Up]]:
    """Those of a test; whatever a failed test leaves is stopped."""
    ups: list[Up] = []
    yield ups
    for up in ups:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_life_in_one_folder(state: Path, started: list[Up]) -> None:
    started.append(up := Up(state))
    assert ready(up) == 200
    assert f"一个不少 已启动：{up.address}" in up.said
    assert "rollcall admin create" in up.said
    programs = up.programs()
    shown = " ".join(programs.values())
    for part in (
        "postgres -D",
        "valkey-server",
        "service.wsgi:app",
        "-Q uploads",
        "-Q runs",
        "beat",
        "guard.py",
    ):
        assert part in shown, part
    ports = [up.port, *(int((state / server / "port").read_text()) for server in ("postgres", "valkey"))]
    assert not any(map(is_free, ports))

    assert f"已经在运行：{up.address}（进程 {up.process.pid}" in refused(state, free_port())
    assert f"端口 {up.port} 已被别的程序占用" in refused(state.with_name("other"), up.port)
    with settings_at_hand(PLAIN | {"ROLLCALL_STATE": str(state)}) as settings:
        assert settings.database_url.endswith(f"@127.0.0.1:{ports[1]}/rollcall"), "a command uses what runs"
    assert ready(up) == 200

    for name in ("gunicorn", "valkey-server"):
        os.kill(next(pid for pid, words in programs.items() if name in words), signal.SIGKILL)
        until = time.monotonic() + 30
        while time.monotonic() < until and not (up.said.count("意外退出") and not is_free(up.port)):
            time.sleep(0.1)
    assert "web 意外退出（信号 SIGKILL）" in up.said

    programs, keys = up.programs(), (state / "keys.json").read_text()
    assert up.end(signal.SIGINT) < 10
    assert up.process.returncode == 0
    assert up.said.endswith("已停止。\n")
    assert all_gone(programs, 0.5)
    assert all(map(is_free, ports))

    (state / "demo-sign-in.txt").write_text(
        "演示县的登录名和口令。\n\nofficer  secret-word  教育局经办人  青禾县教育局\n"
    )
    started.append(again := Up(state))
    assert "  officer     教育局经办人  青禾县教育局\n" in again.said
    assert "secret-word" not in again.said
    programs = again.programs()
    assert len(programs) > 8
    assert ready(again) == 200
    assert (state / "keys.json").read_text() == keys
    again.end(signal.SIGKILL)
    assert all_gone(programs, 15), "the kernel and the guard end what the supervisor could not"


def test_servers_of_the_environment_are_used(
    state: Path, started: list[Up], database: Database, broker_url: str
) -> None:
    started.append(up := Up(state, DATABASE_URL=database.app_url, BROKER_URL=broker_url))
    assert ready(up) == 200
    assert "由 DATABASE_URL 指定" in up.said
    assert not [words for words in up.programs().values() if "postgres -D" in words or "valkey" in words]
    assert not [each.name for each in state.iterdir() if each.name in ("postgres", "valkey")]
    assert up.end(signal.SIGTERM) < 10


def test_a_production_is_told_what_it_lacks(state: Path) -> None:
    said = refused(state, free_port(), ROLLCALL_ENV="production")
    for name in (
        "DATABASE_URL",
        "BROKER_URL",
        "ROLLCALL_MASTER_KEY",
        "ROLLCALL_AUDIT_KEY",
        "ROLLCALL_SECRET_KEY",
    ):
        assert re.search(rf"^{name}", said, re.MULTILINE), name
    assert sorted(each.name for each in state.iterdir()) == ["up.json"]


def test_a_role_that_could_pass_the_walls_is_refused(
    state: Path, database: Database, broker_url: str
) -> None:
    said = refused(state, free_port(), DATABASE_URL=database.owner_url, BROKER_URL=broker_url)
    assert "role rollcall_owner owns" in said


def test_a_database_that_is_not_there_is_named(state: Path, broker_url: str) -> None:
    nowhere = f"postgresql://rollcall_app:word@127.0.0.1:{free_port()}/rollcall"
    assert "DATABASE_URL 指定的数据库连不上" in refused(
        state, free_port(), DATABASE_URL=nowhere, BROKER_URL=broker_url
    )


def test_a_command_alone_has_the_database_for_as_long_as_it_works(state: Path) -> None:
    with settings_at_hand(PLAIN | {"ROLLCALL_STATE": str(state)}) as settings:
        port = int((state / "postgres" / "port").read_text())
        assert not is_free(port)
        assert settings.key("master_key") != settings.key("audit_key")
    assert is_free(port)
    assert set(json.loads((state / "keys.json").read_text())) == {
        "ROLLCALL_SECRET_KEY",
        "ROLLCALL_MASTER_KEY",
        "ROLLCALL_AUDIT_KEY",
    }
