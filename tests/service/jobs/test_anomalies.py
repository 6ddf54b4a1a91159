"""H11: the n-th word with the database fails, for every n until none does: the end is always the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from service.config import Settings
from service.db import SYSTEM, engine_of, transaction
from service.jobs.celery import celery_app
from service.jobs.perform import perform
from service.jobs.sweep import sweep
from tests.service.jobs.site import asked, effects, ends, job_of

SMALL = {"chunks": 2, "rows": 10}


@contextmanager
def failing(settings: Settings, number: int, when: str) -> Iterator[list[int]]:
    """The database fails once, at its n-th statement or commit: ``before`` it takes effect, or ``after``."""
    engine, seen = engine_of(settings.database_url), [0]

    def maybe(*_: object) -> None:
        seen[0] += 1
        if seen[0] == number:
            raise OperationalError("cut", {}, Exception("server closed the connection unexpectedly"))

    commit = engine.dialect.do_commit

    def committed(connection: object) -> None:
        if when == "before":
            maybe()
        commit(connection)  # type: ignore[arg-type]
        if when == "after":
            maybe()

    moment = f"{when}_cursor_execute"
    event.listen(engine, moment, maybe)
    engine.dialect.do_commit = committed  # type: ignore[method-assign, assignment]
    try:
        yield seen
    finally:
        event.remove(engine, moment, maybe)
        del engine.dialect.do_commit


def settle(settings: Settings, job_id: int) -> None:
    """What relay, sweep and workers do after a while."""
    while job_of(settings, job_id).state in ("queued", "running"):
        with transaction(settings.database_url, SYSTEM) as session:
            session.execute(
                text("update job set lease_until = now() - interval '1 s' where state = 'running'")
            )
        sweep(settings, celery_app(settings))
        perform(settings, job_id)


@pytest.mark.parametrize("when", ["before", "after"])
def test_h11_the_nth_statement_or_commit_fails(settings: Settings, when: str) -> None:
    for number in count(1):
        job_id = asked(settings, "test.count", payload=SMALL)
        with failing(settings, number, when) as seen:
            try:
                perform(settings, job_id)
            except OperationalError:
                assert job_of(settings, job_id).state in ("queued", "running")
        settle(settings, job_id)
        assert job_of(settings, job_id).state == "done", number
        assert (effects(settings, job_id), ends(settings, job_id)) == (20, ["done"]), number
        if seen[0] < number:
            break
    assert number > 20
