"""B3: a child that allocates, sleeps, forks, lies or dies is stopped, and whoever waits for it lives on."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

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
        misbehave(tmp_path, how, Bounds(memory_mib=200, seconds=4))
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
