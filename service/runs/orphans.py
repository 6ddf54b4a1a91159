"""Encrypted files that nobody can come to any more: removed once an hour.

A process may die between storing a file and committing the row that names it, and a run that ended without
children leaves the files that it had kept so far.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.rounds import JOB_ENDED
from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, Base, transaction
from service.jobs.models import Job
from service.privacy.blobs import BlobMissingError, BlobStore
from service.privacy.ciphers import TamperedError
from service.privacy.custody import blobs_of
from service.privacy.keys import KeyAbsentError
from service.runs.models import Run

log = logging.getLogger(__name__)

HOUR, DAY = 3600, 24 * 3600
MARK = "looked-through"
"""File in the store's folder, as old as the last time."""


def every_minute(settings: Settings) -> None:
    """Remove them, if that was not done within the hour."""
    blobs, mark = blobs_of(settings), Path(settings.state) / "blobs" / MARK
    if mark.exists() and time.time() - mark.stat().st_mtime < HOUR:
        return
    mark.touch()
    blobs.sweep()
    remove_orphans(settings, blobs)


def remove_orphans(settings: Settings, blobs: BlobStore) -> int:
    """Remove the files older than a day that no row names, with one entry in the audit; gives how many.

    Files are listed before the rows are read: one that is stored meanwhile is too young to be among them.
    """
    with transaction(settings.database_url, SYSTEM) as session:
        _let_go(session)
    old = list(blobs.older(DAY))
    with transaction(settings.database_url, SYSTEM) as session:
        named = _named(session)
        removed = sum(_remove(blobs, each) for each in old if each not in named)
        if removed:
            act = Act("file.sweep", "file", detail={"count": removed})
            record(session, settings.key("audit_key"), Actor(), act)
    return removed


def _let_go(session: Session) -> None:
    """Let runs that ended unfinished name no files: taken up again, such a run keeps all of them anew."""
    # With the job's row locked, since it may be taken up again just now.
    over = session.scalars(
        select(Run)
        .join(Job, Job.id == Run.job_id)
        .where(Run.finished_at.is_(None), Run.outputs != {}, Job.state.in_(JOB_ENDED))
        .order_by(Run.id)
        .with_for_update(skip_locked=True)
    ).all()
    for run in over:
        run.outputs = {}


def _named(session: Session) -> set[str]:
    """The files that rows name: in every column called ``blob_id`` or ``..._blob``, and in runs' outputs."""
    columns = [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name == "blob_id" or column.name.endswith("_blob")
    ]
    named = {
        each for column in columns for each in session.scalars(select(column).where(column.is_not(None)))
    }
    for outputs in session.scalars(select(Run.outputs)):
        named.update(outputs.values())
    return named


def _remove(blobs: BlobStore, blob_id: str) -> bool:
    try:
        # What this database's keys do not open was stored for another one: ROLLCALL_STATE leads astray.
        with blobs.open(blob_id) as source:
            source.read(1)
    except BlobMissingError:
        return False
    except (TamperedError, KeyAbsentError):
        log.warning("file %s is named by no row, and our keys do not open it: left alone", blob_id)
        return False
    return blobs.delete(blob_id)
