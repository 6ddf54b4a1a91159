"""A WSGI app on a port of 127.0.0.1, in a thread of the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what is wrong shows in the browser."""


class _Whole:
    """An app whose answers are read to their end and closed before a byte is sent.

    A browser that leaves a page resets what it was still loading. Werkzeug's server then gives up without
    closing the answer, and the file that was being sent stays open: a warning, somewhere in a later test.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        answer = self._app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            if hasattr(answer, "close"):
                answer.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve the app; gives its address, without a slash at the end."""
    server = make_server("127.0.0.1", 0, _Whole(app), threaded=True, request_handler=_Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
