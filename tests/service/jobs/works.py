"""Kinds of work that only the tests have; workers are given this module with ``--include``.

Each effect is a row of the table ``effect``, which forbids no doubles: they can be counted. At its marked
points a work waits where the test asked for it: it leaves ``<job>.<point>`` in the folder of flags until
``<job>.go`` is there.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.errors import InvalidError
from service.jobs.context import Context
from service.jobs.work import JobFacts, Work, register
from service.uploads.models import AgencyList

FLAGS = "JOBS_TEST_FLAGS"
CHUNKS, ROWS = 10, 10_000
INSERT = text("insert into effect select :job, generate_series(cast(:first as int), cast(:last as int))")


def mark(context: Context, point: str) -> None:
    """Wait here, if this job was told to stop at this point and nobody let it go since."""
    if context.job.payload.get("stop_at") != point:
        return
    flags = Path(os.environ[FLAGS])
    if (flags / f"{context.job.id}.go").exists():
        return
    (flags / f"{context.job.id}.{point}").write_text(str(os.getpid()))
    until = time.monotonic() + 60
    while not (flags / f"{context.job.id}.go").exists():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.1)


def count(context: Context) -> None:
    """100,000 effects in ten steps, each committed with its step; the last with the job's end."""
    mark(context, "begin")
    chunks, rows = context.job.payload.get("chunks", CHUNKS), context.job.payload.get("rows", ROWS)
    assert isinstance(chunks, int)
    assert isinstance(rows, int)
    for chunk in range(chunks):
        name, first = f"chunk{chunk}", chunk * rows
        if name in context.done_steps:
            continue
        with context.step(name):
            context.progress(0, rows, "行")
            with context.transaction() as session:
                values = {"job": context.job.id, "first": first, "last": first + rows - 1}
                session.execute(INSERT, values)
                mark(context, f"in {name}")
                if chunk == chunks - 1:
                    context.final(session)
                else:
                    context.step_done(session)
            mark(context, f"after {name}")


def once(context: Context) -> None:
    """One effect, after a while that may be interrupted."""
    mark(context, "begin")
    until = time.monotonic() + float(str(context.job.payload.get("seconds", 0)))
    while time.monotonic() < until:
        context.progress(1, 2)
        time.sleep(0.05)
    with context.transaction() as session:
        session.execute(INSERT, {"job": context.job.id, "first": 0, "last": 0})
        mark(context, "in transaction")
        context.final(session)


def poison(context: Context) -> None:
    """Kill the worker."""
    os.kill(os.getpid(), signal.SIGKILL)


def wrong(context: Context) -> None:
    """Stumble over somebody's data, or say what is wrong."""
    if context.job.payload.get("known"):
        raise InvalidError("第 3 行没有姓名，请补填后重新上传。")
    int("张小明")


def read_list(context: Context) -> None:
    """Work on a list, as far as the job's scope sees it."""
    with context.transaction() as session:
        found = context.subject(session, AgencyList)
        session.execute(INSERT, {"job": context.job.id, "first": found.id, "last": found.id})


def ended(session: Session, job: JobFacts, state: str, error: str) -> None:
    """Leave a mark of having been told; stumble where the test wants it."""
    session.execute(text("insert into told values (:job, :state)"), {"job": job.id, "state": state})
    if job.payload.get("stumble"):
        raise RuntimeError


CHUNK_STEPS = {f"chunk{each}": f"第 {each + 1} 部分" for each in range(CHUNKS)}
WORK = [
    Work("test.count", "uploads", count, "计数", CHUNK_STEPS, ended),
    Work("test.once", "uploads", once, "一次", {}, ended),
    Work("test.run", "runs", once, "另一队列", {}, ended),
    Work("test.short", "uploads", once, "限时", {}, ended, seconds=1),
    Work("test.poison", "uploads", poison, "毒丸", {}, ended),
    Work("test.wrong", "uploads", wrong, "出错", {}, ended),
    Work("test.mine", "uploads", once, "有权才做", {}, ended, action="list.upload"),
    Work("test.list", "uploads", read_list, "读名单", {}, ended),
]
register(*WORK)
