"""What happens to lists by the clock: feeds whose time has come, files that wait for the scanner, erasure."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.rounds import JOB_ENDED
from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.models import Job
from service.privacy.blobs import BlobStore
from service.privacy.custody import blobs_of
from service.rounds.models import Round
from service.uploads.feeds import ask_for_due
from service.uploads.models import AgencyList
from service.uploads.rules import READ, ask_for, last_job, sender_of

AT_ONCE = 100


def every_minute(settings: Settings) -> None:
    """All of it; two clocks at once do each thing once."""
    ask_for_due(settings)
    ask_for_waiting(settings)
    erase_files(settings)


def ask_for_waiting(settings: Settings) -> int:
    """Ask again for the lists that wait since the scanner did not answer; gives how many."""
    with transaction(settings.database_url, SYSTEM) as session:
        waiting = session.scalars(
            select(AgencyList)
            .where(AgencyList.state == "waiting", AgencyList.reading["waiting"].astext != "")
            .order_by(AgencyList.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        asked = [each for each in waiting if _ended(last_job(session, each.id, READ))]
        for listed in asked:
            # The version is in the job's key: of an unchanged list it would be the job that has ended.
            listed.reading = {**listed.reading, "asked": int(listed.reading.get("asked", 0)) + 1}  # type: ignore[call-overload]
            session.flush()
            ask_for(session, READ, listed, sender_of(listed))
    return len(asked)


def _ended(job: Job | None) -> bool:
    return job is None or job.state in JOB_ENDED


def erase_files(settings: Settings) -> int:
    """Erase the files of rounds that were closed long enough ago; what was read out of them stays.

    The file goes before its row says so: what is interrupted between the two is done again.
    """
    blobs, erased = blobs_of(settings), 0
    limit = func.now() - timedelta(days=settings.retention_days)
    with transaction(settings.database_url, SYSTEM) as session:
        due = session.scalars(
            select(AgencyList)
            .join(Round, Round.id == AgencyList.round_id)
            .where(AgencyList.erased_at.is_(None), Round.closed_at < limit)
            .order_by(AgencyList.id)
            .limit(AT_ONCE)
            .with_for_update(of=AgencyList, skip_locked=True)
        ).all()
        for listed in due:
            _erase(session, settings, blobs, listed)
            erased += 1
    return erased


def _erase(session: Session, settings: Settings, blobs: BlobStore, listed: AgencyList) -> None:
    for blob_id in filter(None, (listed.blob_id, listed.marked_blob)):
        blobs.delete(blob_id)
    listed.erased_at, listed.marked_blob = func.now(), ""
    act = Act("list.erase", "list", listed.id, detail={"round": listed.round_id, "size": listed.size})
    record(session, settings.key("audit_key"), Actor(agency_id=listed.agency_id), act)
