"""H2, H3, H6, H7, H10: whatever happens to the message, the job is done, and once."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.db import engine_of
from service.jobs import outbox
from service.jobs.celery import celery_app
from tests.architecture.sources import ROOT
from tests.servers import Servers
from tests.service.jobs.site import CHILDREN, Site, asked, effects, ends, job_of, wait_for

OLD_MESSAGES = sorted((Path(__file__).parent / "messages").glob("*.json"))
DIES_BEFORE_THE_BELL = """
import os, signal
from service.config import read_settings
from service.jobs import outbox
from service.db import engine_of
from service.jobs import outbox
from service.jobs.celery import celery_app
from tests.service.jobs import works
from tests.service.jobs.site import asked
settings = read_settings()
celery_app(settings)
outbox.ring = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
asked(settings, "test.once", key="h2")
"""


def all_once(site: Site, jobs: list[int], seconds: float = 30) -> None:
    site.done(*jobs, seconds=seconds)
    assert [effects(site.settings, each) for each in jobs] == [1] * len(jobs)
    assert [ends(site.settings, each) for each in jobs] == [["done"]] * len(jobs)


def test_h2_the_web_is_killed_between_commit_and_publish(site: Site) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIES_BEFORE_THE_BELL], env=site.environment(), cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    all_once(site, [asked(site.settings, "test.once", key="h2")])


def test_h3_the_broker_forgets_everything(site: Site) -> None:
    held = [asked(site.settings, "test.once", payload={"stop_at": "begin"}) for _ in range(CHILDREN)]
    for job_id in held:
        site.stopped_at(job_id, "begin")
    waiting = [asked(site.settings, "test.once") for _ in range(5)]
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        assert broker.llen("uploads") > 0
        broker.flushall()
    site.let_go(*held)
    all_once(site, held + waiting)


@pytest.mark.long
def test_h3_the_broker_stops_and_comes_back_empty(site: Site, servers: Servers) -> None:
    before = [asked(site.settings, "test.once", payload={"seconds": 1}) for _ in range(8)]
    servers.valkey.stop()
    began = time.monotonic()
    during = [asked(site.settings, "test.once") for _ in range(3)]
    assert time.monotonic() - began < 8, "who asks does not wait for the broker"
    time.sleep(2)
    servers.valkey.start()
    all_once(site, before + during, 60)


@pytest.mark.long
def test_h3_the_broker_hangs_while_jobs_are_asked_for(site: Site) -> None:
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        process = broker.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            outbox._bells[engine_of(site.settings.database_url)].quiet_until = 0
            began = time.monotonic()
            jobs = [asked(site.settings, "test.once") for _ in range(3)]
            assert time.monotonic() - began < 8, "it is waited for once, and not long"
        finally:
            os.kill(process, signal.SIGCONT)
    all_once(site, jobs, 60)


def test_h3_the_broker_has_no_memory_left(site: Site) -> None:
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        assert broker.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        broker.config_set("maxmemory", 1)
        jobs = [asked(site.settings, "test.once") for _ in range(3)]
        broker.config_set("maxmemory", 0)
    all_once(site, jobs)


def second_worker(site: Site) -> None:
    """Of the queue ``runs``; its broker gives a message out again after a second."""
    if "runs" not in site.running:
        site.start("runs", app="tests.service.jobs.short_sighted")
        site.ready("runs")


def test_h6_the_same_message_twice_and_to_two_workers_at_once(site: Site) -> None:
    second_worker(site)
    app = celery_app(site.settings)
    jobs = [asked(site.settings, "test.once", payload={"seconds": 0.5}) for _ in range(3)]
    for job_id in jobs * 2:
        for queue in ("uploads", "runs"):
            app.send_task("rollcall.run_job", (job_id,), {"v": 1}, queue=queue)
    all_once(site, jobs)
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        wait_for(lambda: broker.llen("uploads") == broker.llen("runs") == 0)
    all_once(site, jobs)


@pytest.mark.long
def test_h7_the_task_is_longer_than_the_visibility_timeout(site: Site) -> None:
    second_worker(site)
    before = len(site.said("runs"))
    job_id = asked(site.settings, "test.run", payload={"seconds": 4})
    all_once(site, [job_id])
    received = re.findall(r"run_job\[([0-9a-f-]+)\] received", site.said("runs")[before:])
    assert len(received) > len(set(received)), "the message was given out again while the task ran"


@pytest.fixture
def unrung(site: Site) -> Iterator[Site]:
    """Whoever asks here leaves the bell to the relay."""
    bell = outbox._bells.pop(engine_of(site.settings.database_url))
    yield site
    outbox._bells[engine_of(site.settings.database_url)] = bell


def raw(job_id: int, template: str) -> str:
    """A message as it stood in the broker, about this job."""
    message = json.loads(template)
    _args, kwargs, embed = message.pop("decoded_body")
    message["body"] = b64encode(json.dumps([[job_id], kwargs, embed]).encode()).decode()
    return json.dumps(message)


@pytest.mark.parametrize("message", OLD_MESSAGES, ids=lambda path: path.stem)
def test_h10_messages_of_every_released_form_are_understood(unrung: Site, message: Path) -> None:
    job_id = asked(unrung.settings, "test.once")
    template = message.read_text("utf-8")
    with redis.Redis.from_url(unrung.settings.broker_url) as broker:
        broker.lpush("uploads", raw(job_id, template))
    all_once(unrung, [job_id])
    done = f"run_job[{json.loads(template)['headers']['id']}] succeeded"
    wait_for(lambda: done in unrung.said("lists"))


def test_h10_a_message_of_a_newer_form_is_left_alone_and_the_job_done(unrung: Site) -> None:
    job_id = asked(unrung.settings, "test.once")
    newer = {"v": 2, "trace": "x"}
    celery_app(unrung.settings).send_task("rollcall.run_job", (job_id,), newer, queue="uploads")
    wait_for(lambda: f"job {job_id}: message of version 2 left alone" in unrung.said("lists"))
    all_once(unrung, [job_id])


@pytest.mark.long
def test_h10_a_warm_stop_hands_the_job_back(site: Site) -> None:
    job_id = asked(site.settings, "test.once", payload={"seconds": 3})
    wait_for(lambda: job_of(site.settings, job_id).state == "running")
    process = site.running.pop("lists")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    job = job_of(site.settings, job_id)
    assert (job.state, job.attempts) == ("queued", 0)
    site.ensure("lists")
    all_once(site, [job_id])
    assert job_of(site.settings, job_id).attempts == 1


def test_f6_a_pickled_message_is_refused_and_the_worker_goes_on(site: Site) -> None:
    message = json.loads(OLD_MESSAGES[0].read_text("utf-8"))
    del message["decoded_body"]
    message["content-type"] = "application/x-python-serialize"
    message["body"] = b64encode(pickle.dumps([[1], {}, {}])).decode()
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        broker.lpush("uploads", json.dumps(message))
    wait_for(lambda: "Refusing to deserialize" in site.said("lists"))
    all_once(site, [asked(site.settings, "test.once")])
