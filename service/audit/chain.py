"""Write audit entries, each chained by a key to the one before it, in the transaction of the act.

h(n) = HMAC-SHA-256(key, h(n-1) + entry n in canonical JSON). The head row is locked while an entry is
written, so two transactions cannot share a predecessor, and numbers have no gaps. If the entry cannot be
written the act is undone with it.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from service.audit.models import AuditEntry, AuditHead


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done or refused.

    Attributes:
        action: of ``schemas.permission.ACTIONS``, or of the service itself (``sign_in``, ``job.end`` ...).
        subject, subject_id: what it was done to. purpose: the reason given. result: ``done``, ``refused``,
            ``failed``. detail: ids, codes and counts; never a personal value.
    """

    action: str
    subject: str = ""
    subject_id: object = ""
    purpose: str = ""
    result: str = "done"
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: account, login and agency, and the id of the request; all empty for the service itself."""

    account_id: int = 0
    login: str = ""
    agency_id: int = 0
    request: str = ""


def record(session: Session, key: bytes, actor: Actor, act: Act) -> AuditEntry:
    """Add an entry to the session's transaction; other writers wait until it ends."""
    session.flush()
    head = session.execute(select(AuditHead).with_for_update()).scalar_one()
    entry = AuditEntry(
        number=head.number + 1,
        at=datetime.now(UTC),
        actor_id=actor.account_id,
        actor=actor.login,
        agency=actor.agency_id,
        action=act.action,
        subject=act.subject,
        subject_id=str(act.subject_id),
        purpose=act.purpose[:200],
        result=act.result,
        request=actor.request,
        detail=act.detail,
    )
    entry.digest = digest_of(key, head.digest, entry)
    session.add(entry)
    head.number, head.digest = entry.number, entry.digest
    session.flush()
    session.info["entries"] = session.info.get("entries", 0) + 1
    return entry


def watch(session: Session) -> None:
    """Notice what the session changes besides the audit itself, for ``silent``."""

    def changed(found: Session, *_: object) -> None:
        touched = [*found.new, *found.deleted, *(each for each in found.dirty if found.is_modified(each))]
        if any(not isinstance(each, AuditEntry | AuditHead) for each in touched):
            found.info["changed"] = True

    def executed(state: ORMExecuteState) -> None:
        if state.is_insert or state.is_update or state.is_delete:
            state.session.info["changed"] = True

    event.listen(session, "before_flush", changed)
    event.listen(session, "do_orm_execute", executed)


def silent(session: Session) -> bool:
    """Whether a watched session has changed something and written no entry of it."""
    return bool(session.info.get("changed")) and not session.info.get("entries")


def digest_of(key: bytes, before: bytes, entry: AuditEntry) -> bytes:
    """The digest that an entry must have after the one before it: 32 bytes."""
    return hmac.digest(key, before + canonical(entry), "sha256")


def canonical(entry: AuditEntry) -> bytes:
    """The entry as bytes that depend on nothing but what it says: JSON with sorted keys, times in UTC."""
    said = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "agency": entry.agency,
        "action": entry.action,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "purpose": entry.purpose,
        "result": entry.result,
        "request": entry.request,
        "detail": entry.detail,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
