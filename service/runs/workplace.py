"""The folder in which a run does its matching: private, plain, and gone when the job is.

What a killed worker had finished matching, the next one takes over: matching is the longest step, and the
same lists give the same answer.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from service.jobs.context import Context, temporary

MARKER = "complete"
RESULTS, LAID = "results", "laid"


class Workplace:
    """The folder of one attempt. ``results`` holds the files for people, ``laid`` those for the database."""

    def __init__(self, context: Context) -> None:
        folder = context.folder()
        left = _left_behind(context)
        if left is not None:
            # A rename is whole or not at all; who has it has all of it.
            left.rename(folder)
        self.folder = folder
        self.results, self.laid = folder / RESULTS, folder / LAID

    @property
    def complete(self) -> bool:
        """Whether matching was brought to its end here."""
        return (self.folder / MARKER).exists()

    def begin(self) -> None:
        """Make it empty."""
        for path in (self.results, self.laid):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(mode=0o700)

    def finish(self) -> None:
        """Say that all of it is there."""
        (self.folder / MARKER).touch(mode=0o600)


def _left_behind(context: Context) -> Path | None:
    """The newest finished folder of an attempt before this one."""
    name = re.compile(rf"job-{context.job.id}-(\d+)")
    found = []
    for path in temporary(context.settings).glob(f"job-{context.job.id}-*"):
        told = name.fullmatch(path.name)
        if told and int(told[1]) < context.job.fence and (path / MARKER).exists():
            found.append((int(told[1]), path))
    return max(found)[1] if found else None
