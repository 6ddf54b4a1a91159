"""H2, H3, H6, H7, H10: whatever happens to the message, the job is done, and once."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest
import redis

from service.jobs.celery import celery_app
from tests.architecture.sources import ROOT
from tests.servers import Servers
from tests.service.jobs.site import Site, asked, effects, ends, job_of, wait_for

OLD_MESSAGES = sorted((Path(__file__).parent / "messages").glob("*.json"))
DIES_BEFORE_THE_BELL = """
import os, signal
from service.config import read_settings
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
    celery_app(site.settings)
    held = [asked(site.settings, "test.once", payload={"stop_at": "begin"}) for _ in range(2)]
    for job_id in held:
        site.stopped_at(job_id, "begin")
    waiting = [asked(site.settings, "test.once") for _ in range(5)]
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        assert broker.llen("uploads") > 0
        broker.flushall()
    site.let_go(*held)
    all_once(site, held + waiting)


def test_h3_the_broker_stops_and_comes_back_empty(site: Site, servers: Servers) -> None:
    celery_app(site.settings)
    before = [asked(site.settings, "test.once", payload={"seconds": 1}) for _ in range(4)]
    servers.valkey.stop()
    began = time.monotonic()
    during = [asked(site.settings, "test.once") for _ in range(3)]
    assert time.monotonic() - began < 8, "who asks does not wait for the broker"
    time.sleep(2)
    servers.valkey.start()
    all_once(site, before + during, 60)


def test_h3_the_broker_hangs_while_jobs_are_asked_for(site: Site) -> None:
    celery_app(site.settings)
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        process = broker.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            began = time.monotonic()
            jobs = [asked(site.settings, "test.once") for _ in range(3)]
            assert time.monotonic() - began < 8, "it is waited for once, and not long"
        finally:
            os.kill(process, signal.SIGCONT)
    all_once(site, jobs, 60)


def test_h3_the_broker_has_no_memory_left(site: Site) -> None:
    celery_app(site.settings)
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        assert broker.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        broker.config_set("maxmemory", 1)
        jobs = [asked(site.settings, "test.once") for _ in range(3)]
        broker.config_set("maxmemory", 0)
    all_once(site, jobs)


def test_h6_the_same_message_twice_and_to_two_workers_at_once(site: Site) -> None:
    site.start("lists2")
    app = celery_app(site.settings)
    site.ready("lists2")
    jobs = [asked(site.settings, "test.once", payload={"seconds": 0.5}) for _ in range(3)]
    for job_id in jobs * 4:
        app.send_task("rollcall.run_job", (job_id,), {"v": 1}, queue="uploads")
    all_once(site, jobs)
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        wait_for(lambda: broker.llen("uploads") == 0)
    all_once(site, jobs)


def test_h7_the_task_is_longer_than_the_visibility_timeout(site: Site) -> None:
    site.kill("lists")
    site.start("lists", "-c", "3", app="tests.service.jobs.short_sighted")
    job_id = asked(site.settings, "test.once", payload={"seconds": 4})
    all_once(site, [job_id])
    assert site.said("lists").count("run_job") >= 3, "the message was given out again while the task ran"
    site.kill("lists")


def raw(job_id: int, template: str) -> str:
    """A message as it stood in the broker, about this job."""
    message = json.loads(template)
    _args, kwargs, embed = message.pop("decoded_body")
    message["body"] = b64encode(json.dumps([[job_id], kwargs, embed]).encode()).decode()
    return json.dumps(message)


@pytest.mark.parametrize("message", OLD_MESSAGES, ids=lambda path: path.stem)
def test_h10_messages_of_every_released_form_are_understood(site: Site, message: Path) -> None:
    site.kill("beat")
    quiet = site.settings
    job_id = asked(quiet, "test.once")
    with redis.Redis.from_url(quiet.broker_url) as broker:
        broker.delete("uploads")
        broker.lpush("uploads", raw(job_id, message.read_text("utf-8")))
    all_once(site, [job_id])


def test_h10_a_message_of_a_newer_form_is_left_alone_and_the_job_done(site: Site) -> None:
    site.kill("lists")
    app = celery_app(site.settings)
    job_id = asked(site.settings, "test.once")
    with redis.Redis.from_url(site.settings.broker_url) as broker:
        broker.delete("uploads")
    app.send_task("rollcall.run_job", (job_id,), {"v": 2, "trace": "x"}, queue="uploads")
    site.ensure("lists")
    wait_for(lambda: "version 2 left alone" in site.said("lists"))
    all_once(site, [job_id])


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
