"""Children that do what no reader should, once they are confined: ``FOLDER/how`` names it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from service.uploads.confined import confine, tell


def allocate(folder: Path) -> None:
    held = []
    while True:
        held.append(b"x" * (16 << 20))


def write(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        while True:
            file.write(b"x" * (16 << 20))


def fork(folder: Path) -> None:
    for _ in range(20):
        if os.fork() == 0:
            (folder.parent / f"born-{os.getpid()}").touch()
            time.sleep(60)
    time.sleep(60)


def sleep(folder: Path) -> None:
    time.sleep(60)


def work(folder: Path) -> None:
    while True:
        pass


def babble(folder: Path) -> None:
    while True:
        sys.stdout.write("x" * 65536)


def lie(folder: Path) -> None:
    (folder / "outline.json").write_text('{"kind": ""}', "utf-8")
    (folder / "records.arrow").write_bytes(b"ARROW1\0\0" + b"\xff" * 4096)


def die(folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def call(folder: Path) -> None:
    try:
        socket.create_connection(("127.0.0.1", int((folder / "port").read_text())), 2).close()
    except OSError:
        tell(ended=True, reached=False)
    else:
        tell(ended=True, reached=True)


def look(folder: Path) -> None:
    known = [name for name in os.environ if "DATABASE" in name or "ROLLCALL" in name or "KEY" in name]
    open_ones = [int(each) for each in os.listdir("/proc/self/fd")]
    sockets = [each for each in open_ones if _is_socket(each)]
    tell(ended=True, known=known, sockets=sockets)


def linger(folder: Path) -> None:
    """What a child leaves in its modules, its folder and its environment; what it finds there."""
    import connectors.guard

    found = [hasattr(connectors.guard, "left"), "LEFT" in os.environ, os.environ["TMPDIR"] != str(folder)]
    connectors.guard.left = os.environ["LEFT"] = "something"
    tell(ended=True, found=found)


def _is_socket(number: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
    except OSError:
        return False


def main() -> None:
    place = Path(sys.argv[1])
    confine(place)
    globals()[(place / "how").read_text("utf-8")](place)
