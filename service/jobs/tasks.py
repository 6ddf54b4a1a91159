"""The tasks that Celery knows: thin, and given no more than an id."""

from __future__ import annotations

import logging

from celery import Celery

from service.config import Settings
from service.jobs import outbox
from service.jobs.perform import perform
from service.jobs.sweep import sweep

log = logging.getLogger(__name__)

RELAY, SWEEP = "rollcall.relay", "rollcall.sweep"


def register(app: Celery, settings: Settings) -> None:
    """Give the app its three tasks."""

    def run_job(job_id: int, v: int = 1, **later: object) -> None:
        if v > outbox.VERSION or later:
            # A newer program rang: its own workers will do it, the sweep rings once more.
            log.warning("job %s: message of version %s left alone", job_id, v)
            return
        perform(settings, job_id)

    def run_relay() -> None:
        outbox.relay(settings, app)

    def run_sweep() -> None:
        sweep(settings, app)

    for name, task in ((outbox.RUN_JOB, run_job), (RELAY, run_relay), (SWEEP, run_sweep)):
        app.task(task, name=name)
