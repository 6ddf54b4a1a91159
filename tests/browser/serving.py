"""A WSGI app on a port of 127.0.0.1, in a thread of the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what is wrong shows in the browser."""


def _whole(app: Any) -> Any:
    """The app, its answers read to their end and closed before a byte is sent.

    A browser that leaves a page resets what it was still loading. Werkzeug's server then gives up without
    closing the answer, and the file that was being sent stays open: a warning, somewhere in a later test.
    """

    def answered(environ: Any, start_response: Any) -> Iterable[bytes]:
        pieces, status, headers = run_wsgi_app(app, environ, buffered=True)
        start_response(status, headers.to_wsgi_list())
        return pieces

    return answered


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve the app; gives its address, without a slash at the end."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=True, request_handler=_Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
