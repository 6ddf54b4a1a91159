"""Celery, set so that it may lose or repeat any message without harm, and seldom does.

Each setting answers a known trap; the reasons stand beside them. What must hold whatever Celery does (nothing
lost, nothing twice) is held by the database: ``claim``, ``outbox``, ``sweep``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import Celery, signals
from kombu.entity import Exchange, Queue

from service.config import Settings
from service.db import forget_connections
from service.jobs import tasks
from service.jobs.outbox import connect
from service.jobs.stopping import stop
from service.jobs.work import QUEUES

VISIBILITY_SECONDS = 1800
"""Where messages are acknowledged all the same: after so long one is given to a second worker, in vain."""

RELAY_SECONDS = 2.0
CHILD_KIB = 1_500_000
"""A child that has grown beyond this is replaced after its job: memory of a large run is given back."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A worker process: the queues that it empties, how many jobs at once, Celery's pool, what it logs."""

    queues: tuple[str, ...]
    concurrency: int = 1
    pool: str = "prefork"
    log: str = "INFO"


WORKERS: Mapping[str, Consumer] = {
    # Apart from the others: while every other worker is busy for an hour, bells must still be rung.
    "bells": Consumer(("bells",), pool="solo", log="WARNING"),
    "lists": Consumer(("uploads", "reports"), 2),
    # One run at a time: it uses every core by itself.
    "runs": Consumer(("runs",)),
}
"""What a site starts, each once, with one beat."""


def worker_command(name: str) -> list[str]:
    """The command of a worker of ``WORKERS``; settings come from its environment."""
    what = WORKERS[name]
    queues, concurrency = ",".join(what.queues), str(what.concurrency)
    return [
        *(sys.executable, "-m", "celery", "-A", "service.jobs.worker", "worker"),
        *("-n", f"{name}@%h", "-Q", queues, "-c", concurrency, "-P", what.pool, "--loglevel", what.log),
        # They talk to each other over the broker, which nothing here needs.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat_command() -> list[str]:
    """The command of the clock that has relay and sweep run; a second one does no harm."""
    return [
        *(sys.executable, "-m", "celery", "-A", "service.jobs.clock", "beat"),
        *("--loglevel", "WARNING", "--pidfile="),
    ]


@cache
def celery_app(settings: Settings) -> Celery:
    """The app of these settings, one a process; its commits ring at this broker."""
    app = Celery("rollcall", set_as_current=False)
    app.conf.update(_connection(settings), **_tasks(), **_worker(), **_beat(settings))
    tasks.register(app, settings)
    connect(settings, app)
    signals.worker_process_init.connect(
        lambda **_: forget_connections(settings.database_url), weak=False, dispatch_uid=f"fork-{id(app)}"
    )
    signals.worker_shutting_down.connect(lambda **_: stop(), weak=False, dispatch_uid="stop")
    return app


def _connection(settings: Settings) -> dict[str, Any]:
    options = {
        # A doorbell needs no receipt: what a killed worker had taken, the sweep rings again. With receipts a
        # worker that could not give one back, since the broker was away just then, hears nothing ever after
        # (kombu 5.7: its window of unacknowledged messages stays full), and long tasks are given out twice.
        "ack_emulation": False,
        "visibility_timeout": VISIBILITY_SECONDS,
        # Without these a command to a broker that stopped answering waits for ever, and the worker is deaf.
        "socket_timeout": 3.0,
        "socket_connect_timeout": 2.0,
        "socket_keepalive": True,
        "health_check_interval": 5,
    }
    return {
        "broker_url": settings.broker_url,
        "broker_transport_options": options,
        # Celery reads it in three places, and the shortest counts.
        "visibility_timeout": VISIBILITY_SECONDS,
        "result_backend_transport_options": {"visibility_timeout": VISIBILITY_SECONDS},
        "broker_connection_timeout": 2,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
    }


def _tasks() -> dict[str, Any]:
    # The nameless exchange leads to each queue by its name: no bindings that an emptied broker would lack.
    nameless = Exchange("")  # type: ignore[no-untyped-call]
    queues = [Queue(name, nameless, routing_key=name) for name in QUEUES]  # type: ignore[no-untyped-call]
    return {
        "task_queues": queues,
        "task_create_missing_queues": False,
        "task_default_queue": "bells",
        "task_default_exchange": "",
        "task_default_routing_key": "bells",
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "event_serializer": "json",
        # The job's row is the result.
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        # Acknowledged when done, so that a worker takes no second message to wait behind a long one.
        "task_acks_late": True,
        # A message whose child was killed is not given out again: lease, sweep and count of attempts decide.
        "task_reject_on_worker_lost": False,
        "task_acks_on_failure_or_timeout": True,
        "task_time_limit": 3660,
        "task_soft_time_limit": 3600,
        "task_publish_retry": False,
        "timezone": "UTC",
        "enable_utc": True,
    }


def _worker() -> dict[str, Any]:
    return {
        "worker_prefetch_multiplier": 1,
        "worker_max_memory_per_child": CHILD_KIB,
        "worker_max_tasks_per_child": 200,
        # Of a stop with SIGQUIT; with SIGTERM jobs are handed back, see stopping.py.
        "worker_soft_shutdown_timeout": 60.0,
        # A lost connection ends no job: its lease is in the database.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # Nobody who reaches the broker shall command the workers.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_redirect_stdouts": False,
    }


def _beat(settings: Settings) -> dict[str, Any]:
    sweep = max(1.0, min(15.0, settings.lease_seconds / 4))
    return {
        # Nothing is kept between starts: every period is seconds.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            name: {"task": task, "schedule": every, "options": {"expires": 4 * every, "queue": "bells"}}
            for name, task, every in (
                ("relay", tasks.RELAY, min(RELAY_SECONDS, sweep)),
                ("sweep", tasks.SWEEP, sweep),
                ("minute", tasks.MINUTE, 60.0),
            )
        },
    }
