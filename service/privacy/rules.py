"""Unmasking: asked for with a reason, approved by somebody else where the setting says so, and soon over.

未成年人网络保护条例 wants each access to minors' data approved and recorded. Whoever calls these functions
has read the child or record in the request's scope before: a grant opens fields, never rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from schemas.masking import Sight, field_of
from service.accounts.identity import Identity
from service.config import Settings
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.privacy.masking import sight_of
from service.privacy.models import UnmaskRequest

SUBJECTS = ("child", "record")
REASON = (4, 200)
"""Characters that a reason has at least and at most."""

WAITING_DAYS = 3
"""A request that nobody decided in so many days is asked anew: the reason may have passed."""


class Record(Protocol):
    """Adds an entry to the audit, in the session's transaction: ``service.accounts.guard.audit``."""

    def __call__(
        self, action: str, subject: str = "", subject_id: object = "", purpose: str = "", **detail: object
    ) -> None:
        """As ``service.audit.chain.Act`` has it."""


def ask(
    session: Session,
    settings: Settings,
    who: Identity,
    subject: tuple[str, str],
    columns: Sequence[str],
    reason: str,
    record: Record,
) -> UnmaskRequest:
    """Ask to see masked columns of one child (``("child", "7/12")``) or record.

    Raises:
        ForbiddenError: the person may not, or not these columns. InvalidError: no reason, no columns.
    """
    if not who.may("child.unmask"):
        raise ForbiddenError("您没有查看隐去信息的权限。如工作需要，请联系安全管理员。")
    kind, number = subject
    if kind not in SUBJECTS:
        raise InvalidError("只能查看儿童或名单记录的隐去信息。")
    reason = " ".join(reason.split())
    if not REASON[0] <= len(reason) <= REASON[1]:
        raise InvalidError(f"请写明查看的理由，{REASON[0]} 到 {REASON[1]} 个字。", field="reason")
    wanted = sorted(_fields(who, columns))
    made = UnmaskRequest(
        account_id=who.account_id,
        agency_id=who.agency_id,
        subject=kind,
        subject_id=number,
        fields=wanted,
        reason=reason,
        state="waiting",
    )
    if not settings.unmask_approval:
        made.state, made.approver_id = "granted", who.account_id
        made.decided_at, made.expires_at = func.now(), _end(settings)
    session.add(made)
    session.flush()
    session.refresh(made)
    record("child.unmask", kind, number, reason, request=made.id, fields=wanted, step=made.state)
    return made


def decide(
    session: Session, settings: Settings, who: Identity, number: int, grant: bool, record: Record
) -> UnmaskRequest:
    """Grant or refuse somebody else's request.

    Raises:
        ForbiddenError: the person may not, or asked it. NotFoundError: no such request. ConflictError: it is
            decided already, or too old.
    """
    if not who.may("unmask.approve"):
        raise ForbiddenError("您没有批准查看隐去信息的权限。")
    asked = session.get(UnmaskRequest, number)
    if asked is None:
        raise NotFoundError("没有这项申请。")
    if asked.account_id == who.account_id:
        raise ForbiddenError("不能批准本人的申请，请由另一位有权限的人员办理。")
    moved = session.execute(
        update(UnmaskRequest)
        .where(
            UnmaskRequest.id == number,
            UnmaskRequest.state == "waiting",
            UnmaskRequest.account_id != who.account_id,
            UnmaskRequest.created_at > func.now() - timedelta(days=WAITING_DAYS),
        )
        .values(
            state="granted" if grant else "refused",
            approver_id=who.account_id,
            decided_at=func.now(),
            expires_at=_end(settings) if grant else None,
        )
        .returning(UnmaskRequest.id)
    ).one_or_none()
    if moved is None:
        raise ConflictError("这项申请已由他人办理，或已过期，请刷新后再看。")
    session.refresh(asked)
    record(
        "unmask.approve", asked.subject, asked.subject_id, asked.reason, request=number, decision=asked.state
    )
    return asked


def see(session: Session, who: Identity, subject: tuple[str, str], record: Record) -> Sight:
    """What a person sees of one child or record now; where something is unmasked, that is one audit entry.

    Call it once for each time the child is shown, and show it with what comes back.
    """
    live = _live(session, who, subject)
    unmasked = sorted({name for each in live for name in each.fields})
    if unmasked:
        session.execute(
            update(UnmaskRequest)
            .where(UnmaskRequest.id.in_([each.id for each in live]))
            .values(views=UnmaskRequest.views + 1)
        )
        record(
            "child.unmask",
            *subject,
            live[-1].reason,
            requests=[each.id for each in live],
            fields=unmasked,
            step="viewed",
        )
    return sight_of(who, unmasked)


def waiting(session: Session, who: Identity) -> list[UnmaskRequest]:
    """Requests that this person may decide, the oldest first."""
    if not who.may("unmask.approve"):
        return []
    return list(
        session.scalars(
            select(UnmaskRequest)
            .where(
                UnmaskRequest.state == "waiting",
                UnmaskRequest.account_id != who.account_id,
                UnmaskRequest.created_at > func.now() - timedelta(days=WAITING_DAYS),
            )
            .order_by(UnmaskRequest.created_at, UnmaskRequest.id)
        )
    )


def _live(session: Session, who: Identity, subject: tuple[str, str]) -> list[UnmaskRequest]:
    """Grants of this person for this subject that have not expired, as long as the role is held (E5)."""
    if not who.may("child.unmask"):
        return []
    return list(
        session.scalars(
            select(UnmaskRequest)
            .where(
                UnmaskRequest.account_id == who.account_id,
                UnmaskRequest.subject == subject[0],
                UnmaskRequest.subject_id == subject[1],
                UnmaskRequest.state == "granted",
                UnmaskRequest.expires_at > func.now(),
            )
            .order_by(UnmaskRequest.id)
        )
    )


def _fields(who: Identity, columns: Sequence[str]) -> set[str]:
    sight = sight_of(who)
    try:
        refused = [name for name in columns if not sight.may_ask_for(name)]
    except KeyError:
        raise InvalidError("没有这样的字段。", field="fields") from None
    if refused:
        raise ForbiddenError("其中有您的角色不能申请查看、或本来就能看到的字段。", fields=refused)
    if not columns:
        raise InvalidError("请选择要查看的字段。", field="fields")
    return {field_of(name) for name in columns}


def _end(settings: Settings) -> SQLColumnExpression[datetime]:
    return func.now() + timedelta(minutes=settings.unmask_minutes)
