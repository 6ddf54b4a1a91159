"""What a server keeps in its folder from start to start: its passwords and its port."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from service.embedded import EmbeddedError

LOOPBACK = "127.0.0.1"


def passwords(file: Path, *names: str) -> dict[str, str]:
    """Return the password of each name, made at the first call and kept in ``file``, for its owner alone."""
    return kept_secrets(file, {name: lambda: secrets.token_urlsafe(24) for name in names})


def kept_secrets(file: Path, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Return what each maker made at the first call, kept in ``file``, for its owner alone.

    Raises ``EmbeddedError`` where the file is there and cannot be read: making others would lock its data up.
    """
    try:
        kept: dict[str, str] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        kept = {}
    except (ValueError, OSError) as error:
        raise EmbeddedError(f"{file} 读不出来，里面是密码和密钥。请从备份恢复这个文件。") from error
    if makers.keys() - kept.keys():
        kept |= {name: make() for name, make in makers.items() if name not in kept}
        write_private(file, json.dumps(kept))
    return kept


def write_private(file: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port of the loopback address."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that linger do not stop the next one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def kept_port(file: Path) -> int:
    """Return the port of the last start, or another one where that is taken or none is kept, and keep it."""
    try:
        port = int(file.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        port = 0
    if not 1024 <= port <= 65535 or not is_free(port):
        port = free_port()
        file.write_text(str(port), "ascii")
    return port


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock that ``file`` stands for: two processes may start the same server at once."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
