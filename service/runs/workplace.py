"""The folder in which a run does its matching: private, plain, and gone when the job is.

What a killed worker had finished matching, the next one takes over: matching is the longest step, and the
same lists give the same answer. It is read where it stands, never moved, and removed by whoever ends the job,
else by the sweep.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from schemas.rounds import JOB_ENDED
from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.context import temporary
from service.jobs.models import Job
from service.jobs.work import JobFacts
from service.spark.places import is_address

MARKER = "complete"
_NAME = re.compile(r"run-(\d{1,18})-(\d{1,9})").fullmatch


class Workplace:
    """The folder of one attempt, or of one before it that finished matching.

    Attributes:
        results: the files for people. laid: those for the database. brought: what another engine sent.
    """

    def __init__(self, settings: Settings, job: JobFacts) -> None:
        self._settings, self._job = settings, job
        done = [path for path in _folders(settings, job.id) if (path / MARKER).exists()]
        self._folder = done[-1] if done else temporary(settings) / f"run-{job.id}-{job.fence}"

    @property
    def results(self) -> Path:
        """The files for people."""
        return self._folder / "results"

    @property
    def laid(self) -> Path:
        """The files for the database."""
        return self._folder / "laid"

    @property
    def name(self) -> str:
        """The name of the folder, which tells the job and the attempt."""
        return self._folder.name

    @property
    def brought(self) -> Path:
        """The files of another engine."""
        return self._folder / "brought"

    @property
    def complete(self) -> bool:
        """Whether matching was brought to its end here."""
        return (self._folder / MARKER).exists()

    def begin(self) -> None:
        """Make the folder."""
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (self._folder, self.results, self.laid, self.brought):
            path.mkdir(mode=0o700)

    def finish(self) -> None:
        """Say that all of it is there."""
        (self._folder / MARKER).touch(mode=0o600)

    def remove(self) -> None:
        """Remove the folders of all attempts."""
        for path in _folders(self._settings, self._job.id):
            shutil.rmtree(path, ignore_errors=True)


def _folders(settings: Settings, job_id: int) -> Iterator[Path]:
    """The folders of a job's attempts, the oldest first."""
    found = {}
    for path in temporary(settings).glob(f"run-{job_id}-*"):
        told = _NAME(path.name)
        if told:
            found[int(told[2])] = path
    return (found[fence] for fence in sorted(found))


def sweep(settings: Settings) -> None:
    """Remove the folders of ended jobs, and what killed attempts left half done, here or for Spark."""
    places = [temporary(settings)]
    if settings.spark_folder and not is_address(settings.spark_folder):
        places.append(Path(settings.spark_folder))
    found = {path: _NAME(path.name) for place in places for path in place.glob("run-*")}
    ids = {int(told[1]) for told in found.values() if told}
    if not ids:
        return
    with transaction(settings.database_url, SYSTEM) as session:
        query = select(Job.id, Job.fence).where(Job.id.in_(ids), Job.state.not_in(JOB_ENDED))
        fences = {row.id: row.fence for row in session.execute(query)}
    for path, told in found.items():
        if told is None:
            continue
        fence = fences.get(int(told[1]))
        over = fence is None or (int(told[2]) < fence and not (path / MARKER).exists())
        if over:
            shutil.rmtree(path, ignore_errors=True)
