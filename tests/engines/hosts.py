"""Hosts for a test cluster: network namespaces of this machine on one bridge, where they can be had.

Each has an address and ports of its own and reaches the others through the bridge alone; files are shared, as
on a mount. Making them takes Linux, ``ip`` and root; who lacks one gets the loopback for all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

NET = "198.18.77"
"""A net for measurements (RFC 2544): no route of anybody leads there."""


@dataclass(frozen=True)
class Host:
    """An address, and the words before a command that is to run there."""

    address: str
    enter: tuple[str, ...] = ()


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """This machine first, and so many others, until the block ends."""
    name = f"rc{os.getpid()}"
    with ExitStack() as undo:
        try:
            found = _made(name, count, undo)
        except (OSError, subprocess.CalledProcessError):
            undo.close()
            found = [Host("127.0.0.1")] * (count + 1)
        yield found


def _made(name: str, count: int, undo: ExitStack) -> list[Host]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        raise PermissionError
    _ip("link", "add", name, "type", "bridge")
    undo.callback(_ip, "link", "del", name)
    _ip("addr", "add", f"{NET}.1/24", "dev", name)
    _ip("link", "set", name, "up")
    found = [Host(f"{NET}.1")]
    for number in range(2, count + 2):
        space, address = f"{name}-{number}", f"{NET}.{number}"
        _ip("netns", "add", space)
        undo.callback(_ip, "netns", "del", space)  # and its end of the cable with it
        _ip("link", "add", f"{name}v{number}", "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", f"{name}v{number}", "master", name, "up")
        _ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", space, "link", "set", "eth0", "up")
        _ip("-n", space, "link", "set", "lo", "up")
        found.append(Host(address, ("ip", "netns", "exec", space)))
    return found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
