"""Workers, beat and their commands as a site starts them, each in a process group that a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from itertools import count
from pathlib import Path

from sqlalchemy import text

from service.config import Settings
from service.db import Scope, transaction
from service.jobs.celery import beat_command, worker_command
from service.jobs.models import Job
from service.jobs.outbox import ask
from tests.architecture.sources import ROOT
from tests.service.jobs.works import FLAGS

ALL = Scope("all")
CHILDREN = 6
"""Of each worker: so many jobs can stand at their marked points at once."""

_numbers = count(1)


def asked(
    settings: Settings,
    kind: str,
    *,
    key: str = "",
    subject: int = 1,
    agency: int | None = None,
    payload: Mapping[str, object] | None = None,
) -> int:
    """Ask for a job in a transaction of its own; give its id."""
    with transaction(settings.database_url, ALL) as session:
        return ask(session, kind, subject, agency, key or f"{kind}-{next(_numbers)}", payload).id


def job_of(settings: Settings, job_id: int) -> Job:
    with transaction(settings.database_url, ALL) as session:
        return session.get_one(Job, job_id)


def rows(settings: Settings, statement: str, **values: object) -> list[tuple[object, ...]]:
    with transaction(settings.database_url, ALL) as session:
        return [tuple(each) for each in session.execute(text(statement), values)]


def effects(settings: Settings, job_id: int) -> int:
    """Effects of a job, doubles counted."""
    ((found,),) = rows(settings, "select count(*) from effect where job_id = :job", job=job_id)
    return int(str(found))


def ends(settings: Settings, job_id: int) -> list[str]:
    """States that the audit says the job ended in."""
    statement = "select detail->>'state' from audit_entry where action = 'job.end' and subject_id = :job"
    return [str(each[0]) for each in rows(settings, statement, job=str(job_id))]


def wait_for(condition: Callable[[], object], seconds: float = 30, what: str = "") -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds:.0f} s for {what or condition}"
        time.sleep(0.1)


class Site:
    """The processes of a site by name; ``lists`` works on the tests' own jobs."""

    def __init__(self, settings: Settings, flags: Path) -> None:
        self.settings, self.flags = settings, flags
        flags.mkdir()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self) -> dict[str, str]:
        """What tells a process the settings."""
        told = {each.metadata["name"]: str(getattr(self.settings, each.name)) for each in fields(Settings)}
        path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.flags)}
        return {**path, **told, FLAGS: str(self.flags), "PYTHONWARNINGS": "ignore"}

    def ensure(self, *names: str) -> None:
        """Start those that do not run."""
        missing = [
            each for each in names if each not in self.running or self.running[each].poll() is not None
        ]
        for name in missing:
            self.start(name)
        if "lists" in missing:
            self.ready("lists")

    def ready(self, name: str) -> None:
        """Wait until a worker consumes."""
        wait_for(lambda: f"{name}@test ready" in self.said(name), what=f"worker {name}")

    def start(self, name: str, app: str = "") -> subprocess.Popen[bytes]:
        """Start ``beat`` (``beat2``: a second one), or a worker of that name, of another app if need be."""
        if name.startswith("beat"):
            command = beat_command()
        else:
            command = worker_command(name)
            command += ["-n", f"{name}@test", "--include", "tests.service.jobs.works", "-c", str(CHILDREN)]
        if app:
            command[command.index("-A") + 1] = app
        with self.log(name).open("wb") as output:
            self.running[name] = subprocess.Popen(
                command,
                env=self.environment(),
                cwd=self.flags,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.running[name]

    def log(self, name: str) -> Path:
        return self.flags / f"{name}.log"

    def said(self, name: str) -> str:
        return self.log(name).read_text("utf-8", "replace")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Kill a process with all its children."""
        process = self.running.pop(name)
        os.killpg(process.pid, number)
        process.wait(20)

    def stopped_at(self, job_id: int, point: str) -> int:
        """Wait until the job stands at the point; give the process that does it."""
        flag = self.flags / f"{job_id}.{point}"
        wait_for(lambda: flag.exists() and flag.read_text(), what=f"job {job_id} at {point}")
        return int(flag.read_text())

    def let_go(self, *job_ids: int) -> None:
        for job_id in job_ids:
            (self.flags / f"{job_id}.go").touch()

    def done(self, *job_ids: int, state: str = "done", seconds: float = 30) -> None:
        """Wait until the jobs have ended in the state."""

        def states() -> dict[object, object]:
            found = "select id, state from job where id = any(:ids)"
            return {each[0]: each[1] for each in rows(self.settings, found, ids=list(job_ids))}

        try:
            wait_for(lambda: set(states().values()) == {state}, seconds, f"jobs {job_ids} {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {states()}\n{self.said('lists')[-3000:]}") from None

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
