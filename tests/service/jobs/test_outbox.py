"""Asking for work, claiming it, holding it: against the real database, without workers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from sqlalchemy import select, text

from service.config import Settings
from service.db import SYSTEM, Scope, transaction
from service.errors import ConflictError
from service.jobs import outbox
from service.jobs.celery import celery_app
from service.jobs.claim import claim
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


def test_relays_at_once_ring_each_bell_once(settings: Settings) -> None:
    jobs = [asked(settings, "test.once") for _ in range(30)]
    with redis.Redis.from_url(settings.broker_url) as broker:
        broker.flushdb()
        with transaction(settings.database_url, SYSTEM) as session:
            session.execute(text("update outbox set rung_at = null, created_at = now() - interval '5 s'"))
        app = celery_app(settings)
        with ThreadPoolExecutor(4) as pool:
            rung = sum(pool.map(lambda _: outbox.relay(settings, app, most=7), range(12)))
        assert (rung, broker.llen("uploads")) == (len(jobs), len(jobs))


def test_a_savepoint_rings_nothing_and_what_it_undoes_was_not_asked(settings: Settings) -> None:
    celery_app(settings)
    with redis.Redis.from_url(settings.broker_url) as broker:
        with transaction(settings.database_url, ALL) as session:
            undone = session.begin_nested()
            ask(session, "test.once", 1, None, "undone")
            undone.rollback()
            with session.begin_nested():
                kept = ask(session, "test.once", 2, None, "kept").id
            assert broker.llen("uploads") == 0
        assert broker.llen("uploads") == 1
    with transaction(settings.database_url, ALL) as session:
        assert session.scalars(select(Outbox.job_id)).all() == [kept]


def test_one_of_many_claims_wins(settings: Settings) -> None:
    job_id = asked(settings, "test.once")
    with ThreadPoolExecutor(12) as pool:
        won = [each for each in pool.map(lambda _: claim(settings, job_id), range(24)) if each]
    assert [(each.attempt, each.fence) for each in won] == [(1, 1)]
