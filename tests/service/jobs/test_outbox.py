"""Asking for work, claiming it, holding it: against the real database, without workers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from sqlalchemy import select

from service.config import Settings
from service.db import Scope, transaction
from service.errors import ConflictError
from service.jobs import outbox
from service.jobs.celery import celery_app
from service.jobs.models import Outbox
from service.jobs.outbox import ask
from service.jobs.perform import perform
from tests.service.jobs.site import asked, effects

ALL = Scope("all")


def test_same_key_is_the_same_job(settings: Settings) -> None:
    with transaction(settings.database_url, ALL) as session:
        one = ask(session, "test.once", 1, None, "k")
        assert ask(session, "test.once", 1, None, "k") is one
        with pytest.raises(ConflictError):
            ask(session, "test.once", 2, None, "k")
    with transaction(settings.database_url, ALL) as session:
        assert ask(session, "test.once", 1, None, "k").id == one.id
        assert session.scalars(select(Outbox.job_id)).all() == [one.id]


def test_twenty_ask_at_once_for_one_job(settings: Settings) -> None:
    with ThreadPoolExecutor(12) as pool:
        ids = set(pool.map(lambda _: asked(settings, "test.once", key="same"), range(20)))
    assert len(ids) == 1


def test_what_is_rolled_back_was_never_asked(settings: Settings) -> None:
    celery_app(settings)
    with transaction(settings.database_url, ALL) as session:
        ask(session, "test.once", 1, None, "k")
        session.rollback()
    with redis.Redis.from_url(settings.broker_url) as broker:
        assert broker.llen("uploads") == 0


def test_the_message_holds_an_id_and_nothing_else(settings: Settings) -> None:
    celery_app(settings)
    job_id = asked(settings, "test.once", payload={"list": 7})
    with redis.Redis.from_url(settings.broker_url) as broker:
        (raw,) = broker.lrange("uploads", 0, -1)
    message = json.loads(raw)
    args, kwargs, _ = json.loads(__import__("base64").b64decode(message["body"]))
    assert (args, kwargs, message["headers"]["task"]) == ([job_id], {"v": 1}, outbox.RUN_JOB)


def test_done_once_however_often_it_is_performed(settings: Settings) -> None:
    job_id = asked(settings, "test.once")
    assert [perform(settings, job_id) for _ in range(3)] == ["done", "not mine", "not mine"]
    assert effects(settings, job_id) == 1
