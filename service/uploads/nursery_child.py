"""The process that forks confined children (``nursery``). It reads no file and knows nothing but readers.

A child has a minder, forked before it, that waits: for the child's end, or for whoever asked to hang up. Then
the minder kills the whole group of the child, and tells how it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
from contextlib import suppress

READERS = ("service.uploads.reading", "service.uploads.marking", "connectors.formats.xlsx")
IDLE_SECONDS = 120.0
"""After so long without a file the memory is given back."""


def main() -> None:
    """Load the readers, then fork a child for each line of the socket that ``argv`` names."""
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in READERS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is loaded stays shared with the children
    signal.signal(signal.SIGCHLD, _bury)
    line.settimeout(IDLE_SECONDS)
    with line, suppress(TimeoutError):
        while True:
            told, given, _, _ = socket.recv_fds(line, 65_536, 2)
            if not told:
                return
            if os.fork() == 0:
                line.close()
                module, folder = json.loads(told)
                _mind(module, folder, socket.socket(fileno=given[0]), given[1])
            for each in given:
                os.close(each)


def _bury(*_: object) -> None:
    """Minders that are done."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _mind(module: str, folder: str, line: socket.socket, said: int) -> None:
    """The minder's whole life."""
    ends, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    child = os.fork()
    if child == 0:
        _live(module, folder, said)
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(child, child)  # by whoever of the two comes first: it is killed by its group
    os.close(said)
    with suppress(OSError):
        line.sendall(b"+")
    select.select([line.fileno(), ends], [], [])
    over = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    # Before it is waited for: until then its number is nobody else's.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    with suppress(OSError):
        if over is not None:
            line.sendall(json.dumps({"code": code, "peak": peak}).encode())
    os._exit(0)


def _live(module: str, folder: str, said: int) -> None:
    """The child's: with its three streams and nothing else of its parents, in a group of its own."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with suppress(PermissionError):
            os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream, source in ((0, nothing), (1, said), (2, nothing)):
            os.dup2(source, stream)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ["TMPDIR"], tempfile.tempdir = folder, None
        sys.argv = [module, folder]
        importlib.import_module(module).main()
        sys.stdout.flush()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
