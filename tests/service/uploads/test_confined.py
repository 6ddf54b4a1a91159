"""B3: a child that allocates, sleeps, forks, lies or dies is stopped, and whoever waits for it lives on."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from service.uploads import nursery
from service.uploads.confined import Bounds, TooHeavyError, run

MODULE = "tests.service.uploads.misbehaving"


def misbehave(folder: Path, how: str, bounds: Bounds, beat=lambda said: None):
    place = folder / "child"
    place.mkdir()
    (place / "how").write_text(how, "utf-8")
    return run(MODULE, place, {}, bounds, beat)


@pytest.mark.parametrize("how", ["allocate", "write", "sleep", "work", "babble", "die"])
def test_b3_it_is_stopped(tmp_path: Path, how: str):
    began = time.monotonic()
    with pytest.raises(TooHeavyError):
        misbehave(tmp_path, how, Bounds(memory_mib=200, seconds=2))
    assert time.monotonic() - began < 12


def test_b3_what_it_forked_dies_with_it(tmp_path: Path):
    with pytest.raises(TooHeavyError):
        misbehave(tmp_path, "fork", Bounds(200, 4))
    born = [int(each.name.removeprefix("born-")) for each in tmp_path.glob("born-*")]
    assert born
    until = time.monotonic() + 5
    while any(_lives(each) for each in born) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_lives(each) for each in born)


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_b3_it_inherits_no_secret_and_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("ROLLCALL_MASTER_KEY", "secret")
    with socket.socket() as held:
        os.set_inheritable(held.fileno(), True)
        said = misbehave(tmp_path, "look", Bounds(200, 20)).said
    assert said["known"] == []
    assert said["sockets"] == []


def test_whoever_waits_may_give_up(tmp_path: Path):
    class GivenUpError(Exception):
        pass

    def give_up(said: object) -> None:
        raise GivenUpError

    began = time.monotonic()
    with pytest.raises(GivenUpError):
        misbehave(tmp_path, "sleep", Bounds(200, 30), give_up)
    assert time.monotonic() - began < 5


def nursery_of_this_process() -> int:
    """Its number: started by us, in a session of its own."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"service.uploads.nursery_child" in each.read_bytes() and _parent(each.parent) == os.getpid():
                found.append(int(each.parent.name))
        except OSError:
            continue
    assert len(found) == 1
    return found[0]


def _parent(process: Path) -> int:
    return int((process / "stat").read_text("utf-8").rpartition(")")[2].split()[1])


def test_b3_a_child_finds_nothing_of_the_one_before(tmp_path: Path):
    for number in ("first", "second"):
        (tmp_path / number).mkdir()
        said = misbehave(tmp_path / number, "linger", Bounds(200, 20)).said
        assert said["found"] == [False, False, False]


def test_b3_what_children_are_forked_from_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROLLCALL_MASTER_KEY", "of the service")
    nursery._close()
    misbehave(tmp_path, "look", Bounds(200, 20))
    process = Path(f"/proc/{nursery_of_this_process()}")
    assert b"of the service" not in (process / "environ").read_bytes()
    held = [os.readlink(each) for each in (process / "fd").iterdir()]
    assert sorted(each.partition(":")[0] for each in held) == ["/dev/null"] * 3 + ["socket"]


def test_b3_one_that_was_killed_is_replaced_and_its_children_go_on(tmp_path: Path):
    (tmp_path / "before").mkdir()
    misbehave(tmp_path / "before", "look", Bounds(200, 20))
    first = nursery_of_this_process()

    def kill(said: object) -> None:
        os.kill(first, signal.SIGKILL) if said is None and _lives(first) else None

    with pytest.raises(TooHeavyError, match="time"):
        misbehave(tmp_path, "sleep", Bounds(200, 2), kill)
    assert not _lives(first)
    (tmp_path / "after").mkdir()
    assert misbehave(tmp_path / "after", "look", Bounds(200, 20)).said["known"] == []
    assert nursery_of_this_process() != first


def test_b3_it_ends_with_whoever_started_it(tmp_path: Path):
    born, beating = tmp_path / "born", os.fork()
    if beating == 0:
        (tmp_path / "child").mkdir()
        (tmp_path / "child" / "how").write_text("sleep", "utf-8")

        def tell(said: object) -> None:
            born.write_text(str(nursery_of_this_process()), "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

        run(MODULE, tmp_path / "child", {}, Bounds(200, 30), tell)
    os.waitpid(beating, 0)
    started = int(born.read_text("utf-8"))
    until = time.monotonic() + 20
    while _lives(started) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(started)
    assert started != nursery_of_this_process(), "a forked process has one of its own"
