"""The settings of Celery that answer known traps, and who consumes what."""

from __future__ import annotations

import pytest

from service.config import Settings
from service.jobs.celery import WORKERS, celery_app
from service.jobs.work import QUEUES, Work, register, works

CONF = celery_app(
    Settings(database_url="postgresql://u@127.0.0.1/d", broker_url="redis://127.0.0.1:1/0")
).conf

WANTED = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_acks_late": True,
    "task_reject_on_worker_lost": False,
    "task_ignore_result": True,
    "task_create_missing_queues": False,
    "worker_prefetch_multiplier": 1,
    "broker_connection_max_retries": None,
    "broker_connection_retry_on_startup": True,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_enable_remote_control": False,
}


@pytest.mark.parametrize("name", WANTED)
def test_setting(name: str) -> None:
    assert CONF[name] == WANTED[name]


def test_limits_are_set_and_the_soft_one_comes_first() -> None:
    assert 0 < CONF.task_soft_time_limit < CONF.task_time_limit
    assert CONF.worker_max_memory_per_child > 0
    assert CONF.worker_soft_shutdown_timeout > 0


def test_the_broker_is_not_waited_for_long_and_keeps_no_receipts() -> None:
    options = CONF.broker_transport_options
    assert options["socket_timeout"] <= 10
    assert options["socket_keepalive"]
    assert options["ack_emulation"] is False
    seen = {CONF.visibility_timeout, options["visibility_timeout"]}
    assert seen == {CONF.result_backend_transport_options["visibility_timeout"]}


def test_no_binding_can_be_lost() -> None:
    assert {queue.name for queue in CONF.task_queues} == set(QUEUES)
    assert {queue.exchange.name for queue in CONF.task_queues} == {""}


def test_every_queue_is_consumed_once_and_every_work_has_one() -> None:
    consumed = [queue for worker in WORKERS.values() for queue in worker.queues]
    assert sorted(consumed) == sorted(QUEUES)
    assert {work.queue for work in works().values()} <= set(QUEUES)


def test_every_kind_fits_its_column_and_names_its_steps_in_chinese() -> None:
    for kind, work in works().items():
        assert len(kind) <= 30
        labels = [work.label, *work.steps.values()]
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in label) for label in labels), kind
        assert all(len(step) <= 60 for step in work.steps)


def test_a_queue_that_nobody_consumes_is_refused() -> None:
    with pytest.raises(ValueError, match="no queue"):
        register(Work("test.lost", "nowhere", lambda _: None, "无"))
