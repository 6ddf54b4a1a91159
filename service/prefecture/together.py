"""The counties of a prefecture on this machine: servers, workers, and waiting until all is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from schemas.rounds import JOB_ENDED
from service.config import Settings
from service.db import Scope, transaction
from service.embedded import EmbeddedError
from service.embedded.installation import Installation
from service.embedded.process import Program
from service.embedded.supervisor import Supervisor
from service.export import read_csv
from service.jobs.celery import beat_command, celery_app, worker_command
from service.jobs.models import Job
from service.jobs.work import works
from service.prefecture.across import COLUMNS, NAME
from service.prefecture.tasks import ACROSS, ask_for, jobs_of

LONGEST = 24 * 3600.0
EVERYTHING = Scope("all")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a prefecture.

    Attributes:
        counties: county -> why it has no result, "" where it has. found: ``across.COLUMNS``, as written.
        seconds: from the first job asked for to the end of the pass. out: folder of the results.
    """

    counties: Mapping[str, str]
    found: pd.DataFrame
    seconds: float
    out: Path

    @property
    def failed(self) -> bool:
        """Whether a county has no result."""
        return any(self.counties.values())

    def said(self) -> str:
        """What to say at the screen: how many moved, where to look."""
        states = self.found[COLUMNS["found"]].value_counts()
        lines = [f"{len(self.counties)} 个县比对完毕，用时 {self.seconds:.0f} 秒。"]
        lines += [f"  ! {county}：没有结果。{why}" for county, why in self.counties.items() if why]
        lines += [f"  {state}：{count} 人" for state, count in states.items()]
        lines += [f"跨县查找的结果在 {self.out / NAME}", f"各县的结果在 {self.out} 下以县命名的文件夹"]
        return "\n".join(lines)


def screen_prefecture(
    folder: Path,
    as_of: date,
    out: Path,
    workers: int,
    state: Path,
    group: str,
    say: Callable[[str], None],
    environ: Mapping[str, str],
) -> Told:
    """Screen the counties below ``folder`` with so many workers of this machine, then look across them.

    Runs beside ``rollcall up`` or alone: servers that run are used, what was started for it is stopped.

    Args:
        state: folder of database, queue and logs. group: names this round of the prefecture, not used before.

    Raises:
        EmbeddedError: a server or a worker does not start, or keeps dying.
    """
    installation = Installation(state, environ)
    supervisor = Supervisor(installation.state / "logs", say)
    with ExitStack() as started:
        for server in (installation.postgres, installation.valkey):
            if server is not None:
                started.enter_context(server)
        installation.migrate()
        settings = installation.settings()
        started.enter_context(supervisor.in_charge())
        for program in _programs(installation.environment(), installation.state, workers):
            supervisor.start(program)
        began = time.monotonic()
        works()
        celery_app(settings)  # whose bells ring when the jobs are committed
        with transaction(settings.database_url, EVERYTHING) as session:
            asked = ask_for(session, folder, as_of, out, group)
        watch = _Watch(settings, group, {number: county for county, number in asked.items()}, say)
        supervisor.wait_for(watch.over, LONGEST, "各县比对")
        seconds = time.monotonic() - began
    return Told(watch.counties, read_csv(out / NAME), seconds, out)


def _programs(environ: Mapping[str, str], folder: Path, workers: int) -> list[Program]:
    """The workers, each for one county at a time, and who rings again for what a killed one leaves."""
    commands = {
        f"prefecture-{number}": [*worker_command("runs"), "-n", f"prefecture-{number}@%h"]
        for number in range(1, workers + 1)
    }
    commands |= {"prefecture-bells": [*worker_command("bells"), "-n", "prefecture-bells@%h"]}
    commands |= {"prefecture-beat": beat_command()}
    return [Program(name, tuple(words), environ, folder, grace=15.0) for name, words in commands.items()]


class _Watch:
    """Looks at the jobs, and says each county once that is done."""

    def __init__(
        self, settings: Settings, group: str, names: Mapping[int, str], say: Callable[[str], None]
    ) -> None:
        self._settings, self._group, self._names, self._say = settings, group, names, say
        self.counties: dict[str, str] = {}

    def over(self) -> bool:
        """Whether the pass has ended.

        Raises:
            EmbeddedError: the pass itself failed.
        """
        with transaction(self._settings.database_url, EVERYTHING) as session:
            jobs = session.execute(
                select(Job.id, Job.kind, Job.state, Job.error).where(*jobs_of(self._group))
            ).all()
        passes = []
        for number, kind, state, error in jobs:
            if state not in JOB_ENDED:
                continue
            county = self._names.get(number)
            if kind == ACROSS:
                passes.append((state, error))
            elif county is not None and county not in self.counties:
                self.counties[county] = "" if state == "done" else error or state
                self._say(f"  {county}：{'完成' if state == 'done' else f'没有结果，{error}'}")
        for state, error in passes:
            if state != "done":
                raise EmbeddedError(f"跨县比对没有完成：{error}")
        return bool(passes)
