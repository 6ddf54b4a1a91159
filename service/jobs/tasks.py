"""The tasks that Celery knows: thin, and given no more than an id."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from celery import Celery

from service.config import Settings
from service.errors import said
from service.features import features
from service.jobs import outbox
from service.jobs.perform import perform
from service.jobs.sweep import sweep

log = logging.getLogger(__name__)

RELAY, SWEEP, MINUTE = "rollcall.relay", "rollcall.sweep", "rollcall.minute"


def _quietly(work: Callable[[], object]) -> None:
    """Do it; what goes wrong is tried again later, and Celery would log more of it than may be logged."""
    try:
        work()
    except Exception as error:
        log.error("left for later\n%s", said(error))


def register(app: Celery, settings: Settings) -> None:
    """Give the app its four tasks."""

    def run_job(job_id: int, v: int = 1, **later: object) -> None:
        if v > outbox.VERSION or later:
            # A newer program rang: its own workers will do it, the sweep rings once more.
            log.warning("job %s: message of version %s left alone", job_id, v)
            return
        _quietly(lambda: perform(settings, job_id))

    def run_relay() -> None:
        _quietly(lambda: outbox.relay(settings, app))

    def run_sweep() -> None:
        _quietly(lambda: sweep(settings, app))

    def run_minute() -> None:
        for module in features("tasks"):
            every_minute: Callable[[Settings], object] | None = getattr(module, "every_minute", None)
            if every_minute:
                _quietly(partial(every_minute, settings))

    for name, task in (
        (outbox.RUN_JOB, run_job),
        (RELAY, run_relay),
        (SWEEP, run_sweep),
        (MINUTE, run_minute),
    ):
        app.task(task, name=name)
