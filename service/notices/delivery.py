"""What happens to a notice once it is issued: it is delivered, or withdrawn. Each once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from schemas.codes import code_list
from schemas.notice import NOTICES
from service.accounts.identity import Identity
from service.cases.models import Case
from service.config import Settings
from service.county_time import now
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.notices.models import Notice
from service.notices.rules import TEXT, notices_of, seal, tell
from service.plans.returns import case_now


def serve(
    session: Session,
    settings: Settings,
    who: Identity,
    notice: Notice,
    day: date,
    how: str,
    to: str,
    today: date,
) -> None:
    """Record that a notice was delivered, once.

    Raises:
        InvalidError: the day is not between issue and today, no such way, or nobody who signed.
        ConflictError: it is recorded, or the notice is withdrawn.
    """
    case = _of_own(session, who, notice)
    if not notice.issued_on <= day <= today:
        raise InvalidError("送达日期应当在制发之日以后、今天以前。", field="day")
    if how not in {row["code"] for row in code_list("delivery")}:
        raise InvalidError("请选择送达方式。", field="how")
    if not to.strip() or len(to) > TEXT:
        raise InvalidError("请填写签收人；留置、公告送达的写明见证人或公告情况。", field="to")
    _once(
        session,
        notice,
        Notice.served_on.is_(None),
        served_on=day,
        served_how=how,
        served_by=who.account_id,
    )
    seal(settings, notice, served_to=to.strip())
    tell(session, settings, case, notice, "served", who)


def withdraw(session: Session, settings: Settings, who: Identity, notice: Notice, why: str) -> None:
    """Withdraw a notice that should not have gone out; its number stays its own.

    Raises:
        InvalidError: no reason. ConflictError: it is withdrawn already, or a later step rests on it.
    """
    case = _of_own(session, who, notice)
    if not 4 <= len(why.strip()) <= TEXT:
        raise InvalidError("请写明撤销的理由。", field="why")
    later = [
        each.number
        for each in notices_of(session, [notice.child_id])[notice.child_id]
        if each.withdrawn_at is None and NOTICES[each.kind].after == notice.kind and each.id > notice.id
    ]
    if later:
        raise ConflictError(f"后续文书 {'、'.join(later)} 以它为前提。请先撤销后续文书。")
    _once(session, notice, withdrawn_at=now(), withdrawn_by=who.account_id)
    seal(settings, notice, withdrawn_why=why.strip())
    tell(session, settings, case, notice, "withdrawn", who, why.strip())


def _of_own(session: Session, who: Identity, notice: Notice) -> Case:
    """The case of a notice that this person may change: of the issuer, or with the whole county in reach."""
    if notice.agency_id != who.agency_id and who.reach("notice.issue") != "all":
        raise ForbiddenError("这份文书由别的单位制发，请由制发单位登记。")
    return case_now(session, notice.child_id)


def _once(session: Session, notice: Notice, *conditions: object, **values: object) -> None:
    """Change a notice by one conditional statement: of two at once one is told."""
    statement = update(Notice).where(Notice.id == notice.id, Notice.withdrawn_at.is_(None), *conditions)  # type: ignore[arg-type]
    done = session.execute(statement.values(values), execution_options={"synchronize_session": False})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("这份文书已登记送达，或已撤销。请刷新后再看。")
    session.refresh(notice)
