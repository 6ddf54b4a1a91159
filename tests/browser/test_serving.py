"""The tests' own server, where a browser goes away in the middle of an answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.browser.serving import serving


class _Sent:
    """An answer whose reader is gone when its end is asked for."""

    def __init__(self, leave: threading.Event, gone: threading.Event) -> None:
        self.leave, self.gone, self.closed = leave, gone, threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield b"all"
        self.leave.set()
        self.gone.wait(10)

    def close(self) -> None:
        self.closed.set()


def test_an_answer_is_closed_though_its_reader_has_gone() -> None:
    leave, gone = threading.Event(), threading.Event()
    sent = _Sent(leave, gone)

    def app(environ: Any, start_response: Any) -> _Sent:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return sent

    with serving(app) as address:
        reader = socket.create_connection(("127.0.0.1", int(urlsplit(address).port or 0)))
        reader.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert leave.wait(10)
        # Closed at once and not in order: the server's next look at the connection fails.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reader.close()
        gone.set()
        assert sent.closed.wait(10)
