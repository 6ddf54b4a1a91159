"""Do one job: claim it, hold it, run its work, end it. Called by the worker with the id out of a message."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.audit import tampering
from service.config import Settings
from service.errors import ServiceError, disk_full, said
from service.jobs.claim import (
    UNANSWERED,
    CancelledError,
    HandedBackError,
    Lease,
    LostError,
    WithdrawnError,
    claim,
)
from service.jobs.context import Context
from service.jobs.ends import actor_of, end_apart, hand_back
from service.jobs.work import works
from service.privacy.ciphers import TamperedError

log = logging.getLogger(__name__)

UNEXPECTED = "任务出错，没有完成，已保存的名单不受影响。请把任务编号 {id} 告诉系统管理员。"
WITHDRAWN = "发起这项任务的人已没有相应的权限，任务已停止。请由有权限的人员重新发起。"
TOO_LONG = "任务超过了允许的时间（{minutes} 分钟），已停止。请把任务编号 {id} 告诉系统管理员。"


def perform(settings: Settings, job_id: int) -> str:
    """Do a job, if it is ours to do; give the state that it was left in, or ``not mine``."""
    facts = claim(settings, job_id)
    if facts is None:
        return "not mine"
    log.info("job %d (%s): attempt %d", facts.id, facts.kind, facts.attempt)
    with Lease(settings, facts) as lease:
        context = Context(settings, facts, works()[facts.kind], lease)
        try:
            left = _run(context)
        except LostError:
            left = "lost"
        finally:
            context.clear()
    log.info("job %d (%s): %s", facts.id, facts.kind, left)
    return left


def _run(context: Context) -> str:
    """Run the work and end the job. Raises ``LostError`` where that is another's by now."""
    settings, facts = context.settings, context.job
    try:
        context.check_right()
        context.work.run(context)
        if not context.ended:
            with context.transaction() as session:
                context.final(session)
    except LostError:
        raise
    except CancelledError:
        return _end(context, "cancelled", "")
    except WithdrawnError:
        return _end(context, "failed", WITHDRAWN)
    except HandedBackError:
        return _insist(settings, "handed back", lambda: hand_back(settings, facts, counts=False))
    except SoftTimeLimitExceeded:
        return _end(context, "failed", TOO_LONG.format(minutes=context.work.seconds // 60, id=facts.id))
    except Exception as error:
        if context.ended:
            log.error("job %d (%s): after its end\n%s", facts.id, facts.kind, said(error))
            return "done"
        return _failed(context, error)
    return "done"


def _failed(context: Context, error: Exception) -> str:
    settings, facts = context.settings, context.job
    log.error("job %d (%s): attempt %d\n%s", facts.id, facts.kind, facts.attempt, said(error))
    if isinstance(error, TamperedError):
        tampering.note(settings, actor_of(facts), error)
    if disk_full(error):
        return _insist(
            settings, "waiting for room", lambda: hand_back(settings, facts, counts=False, at_once=False)
        )
    if passing(error):
        return _insist(settings, "interrupted", lambda: hand_back(settings, facts, counts=True))
    known = isinstance(error, ServiceError) and error.message
    return _end(context, "failed", known or UNEXPECTED.format(id=facts.id))


def passing(error: Exception) -> bool:
    """Whether the database was away, or had to choose between two transactions: trying again helps."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or error.connection_invalidated
    return isinstance(error, PoolTimeoutError)


def _end(context: Context, state: str, error: str) -> str:
    settings, facts = context.settings, context.job
    return _insist(settings, state, lambda: end_apart(settings, facts, state, error))


def _insist(settings: Settings, left: str, write: Callable[[], None]) -> str:
    """Write how the job was left, for as long as the lease lasts; then the sweep has to find it."""
    until = time.monotonic() + settings.lease_seconds
    while True:
        try:
            write()
            return left
        except UNANSWERED as error:
            if time.monotonic() > until:
                log.error("it could not be written that a job was left %s\n%s", left, said(error))
                return "left to the sweep"
            time.sleep(0.5)
