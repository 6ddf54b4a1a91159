"""The embedded Valkey: who may speak to it, and what it keeps."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.embedded import EmbeddedError
from service.embedded.kept import is_free
from service.embedded.valkey import Valkey
from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("a folder") / "含 空格") as started:
        yield started


def setting(server: Valkey, name: str) -> str:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return str(client.config_get(name)[name])  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value"),
    [("maxmemory-policy", "noeviction"), ("appendonly", "no"), ("save", ""), ("bind", "127.0.0.1")],
)
def test_settings(server: Valkey, name: str, value: str) -> None:
    assert setting(server, name) == value


def test_it_asks_for_the_password(server: Valkey) -> None:
    for password in (None, "wrong"):
        client = redis.Redis(port=server.port, password=password, retry=Retry(NoBackoff(), 0))
        with client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_it_listens_on_the_loopback_address_only(server: Valkey) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {
        words[1] for words in listening if words[1].endswith(f":{server.port:04X}") and words[3] == "0A"
    }
    assert addresses == {f"0100007F:{server.port:04X}"}
    listening = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    assert not [words for words in listening if words[1].endswith(f":{server.port:04X}") and words[3] == "0A"]


def test_the_password_is_nobody_elses_to_read(server: Valkey) -> None:
    password = server.url.split("@")[0].removeprefix("redis://:")
    holding = [each for each in server.data_dir.iterdir() if password in each.read_text("utf-8", "replace")]
    assert sorted(each.name for each in holding) == ["passwords.json", "valkey.conf"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in holding} == {0o600}
    assert server._process
    assert password not in Path(f"/proc/{server._process.pid}/cmdline").read_text()


@pytest.mark.parametrize(("append_only", "kept"), [(False, None), (True, b"1")])
def test_what_it_holds_after_a_restart(tmp_path: Path, append_only: bool, kept: bytes | None) -> None:
    with Valkey(tmp_path / "vk", append_only=append_only) as server:
        url = server.url
        with redis.Redis.from_url(url) as client:
            client.set("rung", 1)
        server.restart()
        assert server.url == url, "the address stays"
        with redis.Redis.from_url(url) as client:
            assert client.get("rung") == kept


def test_starting_twice_is_starting_once(tmp_path: Path) -> None:
    with Valkey(tmp_path) as first:
        with Valkey(tmp_path) as second:
            assert (second.start(), second.url) == (False, first.url)
        assert first.running, "who did not start it does not stop it"
        Valkey(tmp_path).stop()
        assert not first.running
        assert is_free(first.port)


def test_a_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server:
        port = server.port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with server:
            assert server.port != port
            assert server.running


def test_another_folders_server_on_our_port_is_not_ours(tmp_path: Path) -> None:
    with Valkey(tmp_path / "a") as other:
        ours = Valkey(tmp_path / "b")
        ours.data_dir.mkdir()
        for name in ("port", "passwords.json"):
            (ours.data_dir / name).write_bytes((other.data_dir / name).read_bytes())
        assert not ours.running


def test_it_ends_with_a_caller_who_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from service.embedded.valkey import Valkey\n"
        "Valkey(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert caller.stdout
    caller.stdout.readline()
    server = Valkey(tmp_path)
    assert server.running
    caller.kill()
    caller.communicate()
    until = time.monotonic() + 5
    while not is_free(server.port) and time.monotonic() < until:
        time.sleep(0.02)
    assert is_free(server.port)


def test_what_keeps_it_from_starting_is_said(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("a file where a folder should be")
    with pytest.raises(EmbeddedError, match=r"valkey.log(?s:.*)append"):
        Valkey(tmp_path, append_only=True).start()


def test_a_folder_reached_by_a_link_is_the_folder_itself(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with Valkey(tmp_path / "link") as server:
        assert server.running
        assert Valkey(tmp_path / "there").running
