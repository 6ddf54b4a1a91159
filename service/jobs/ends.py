"""How a job ends: state, audit entry and what its feature says to it, in one transaction and once."""

from __future__ import annotations

import logging

from sqlalchemy import and_, delete, update
from sqlalchemy.orm import Session

from service.audit.chain import Act, Actor, record
from service.config import Settings
from service.db import SYSTEM, Scope, transaction
from service.errors import said
from service.jobs.claim import NOW, LostError, held
from service.jobs.models import Job, Outbox
from service.jobs.outbox import add_bells
from service.jobs.work import JobFacts, works

log = logging.getLogger(__name__)

STUCK = "这项任务多次中断，已停止自动重试。请把任务编号 {id} 告诉系统管理员；查明原因后可以重新执行。"


def scope_of(facts: JobFacts) -> Scope:
    """In which a job works: its agency's rows, or for the bureau's own the whole county's."""
    if facts.agency_id is None:
        return Scope("all", facts.created_by or 0)
    return Scope("agency", facts.created_by or 0, facts.agency_id)


def actor_of(facts: JobFacts) -> Actor:
    """Whoever asked for a job, for the audit."""
    return Actor(facts.created_by or 0, "", facts.agency_id or 0, f"job-{facts.id}")


def end(
    session: Session, settings: Settings, facts: JobFacts, state: str, error: str = "", **values: object
) -> None:
    """End a job in the session's transaction, which must be in the job's scope.

    Raises:
        LostError: it is not held under this number any more; the transaction must be undone.
    """
    # A job that waits is ended by the sweep alone, which has locked it.
    mine = and_(Job.id == facts.id, Job.fence == facts.fence, Job.state.in_(("queued", "running")))
    ended = session.execute(
        update(Job)
        .where(held(facts) if state == "done" else mine)
        .values(state=state, error=error[:1000], ended_at=NOW, lease_until=None, **values)
        .returning(Job.id)
    ).scalar()
    if ended is None:
        raise LostError(f"job {facts.id}, fence {facts.fence}")
    session.execute(delete(Outbox).where(Outbox.job_id == facts.id))
    detail: dict[str, object] = {"kind": facts.kind, "subject": facts.subject_id, "state": state}
    detail["attempt"] = facts.attempt
    if state != "done" and not _told(session, facts, state, error):
        detail["ended"] = "failed"
    result = "failed" if state in ("failed", "stuck") else "done"
    # Last: whoever writes an entry makes all others wait until the transaction ends.
    record(
        session,
        settings.key("audit_key"),
        actor_of(facts),
        Act("job.end", "job", facts.id, result=result, detail=detail),
    )


def end_apart(settings: Settings, facts: JobFacts, state: str, error: str = "") -> None:
    """End a job in a transaction of its own.

    Raises:
        LostError: it is not held under this number any more.
    """
    with transaction(settings.database_url, scope_of(facts)) as session:
        end(session, settings, facts, state, error)


def hand_back(settings: Settings, facts: JobFacts, *, counts: bool, at_once: bool = True) -> None:
    """Let another worker go on; where it ``counts``, as an attempt that lost its worker.

    Args:
        at_once: False where the next sweep shall ring, since nothing is to be had by hurrying.

    Raises:
        LostError: it is not held under this number any more.
    """
    if counts and facts.attempt >= settings.job_attempts:
        end_apart(settings, facts, "stuck", STUCK.format(id=facts.id))
        return
    with transaction(settings.database_url, SYSTEM) as session:
        done = session.execute(
            update(Job)
            .where(held(facts))
            .values(
                state="queued",
                lease_until=None,
                fence=Job.fence + 1,
                attempts=Job.attempts if counts else Job.attempts - 1,
            )
            .returning(Job.id)
        ).scalar()
        if done is None:
            raise LostError(f"job {facts.id}, fence {facts.fence}")
        if at_once:
            add_bells(session, [facts.id])


def _told(session: Session, facts: JobFacts, state: str, error: str) -> bool:
    """Tell the feature; if it stumbles over that, the job ends all the same and the audit says so."""
    work = works().get(facts.kind)
    if work is None or work.ended is None:
        return True
    try:
        with session.begin_nested():
            work.ended(session, facts, state, error)
    except Exception as stumble:
        log.error("job %d (%s): its end was not told\n%s", facts.id, facts.kind, said(stumble))
        return False
    return True
