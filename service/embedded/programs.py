"""The programs of the service as a supervisor runs them: the web, and what ``service.jobs`` needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from service.embedded.kept import LOOPBACK
from service.embedded.process import Program


def web(environ: Mapping[str, str], folder: Path, port: int) -> Program:
    """Gunicorn on the loopback address.

    No log of requests: addresses hold what people search for; who saw what stands in the audit.
    """
    words = (
        *("gunicorn", "service.wsgi:app", "-c", "python:service.gunicorn", "--bind", f"{LOOPBACK}:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
        *("--timeout", "120", "--graceful-timeout", "2", "--no-control-socket"),
    )
    return Program("web", (sys.executable, "-m", *words), environ, folder, grace=4.0)


def jobs(environ: Mapping[str, str], folder: Path) -> list[Program]:
    """Return the workers and the clock.

    Asked to end, a worker hands back what it does at the next sign of progress; where it is killed, the lease
    runs out and the sweep gives its job to another.
    """
    from service.jobs.celery import WORKERS, beat_command, worker_command

    commands = {f"worker-{name}": worker_command(name) for name in WORKERS} | {"beat": beat_command()}
    return [Program(name, tuple(words), environ, folder, grace=4.0) for name, words in commands.items()]
