"""Visits and calls: put down, with what follows from them: the clock of a report, and the tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from schemas.case import ENDED, TIERS
from schemas.codes import code_list
from service.cases.filters import FOUND, REPORTED
from service.cases.models import Case, CaseEvent, Contact
from service.cases.rules import assert_open, event
from service.county_time import today
from service.errors import ConflictError, InvalidError
from service.plans.tiers import retier
from service.privacy.crypto import FieldCipher

TEXT = 2000
"""Characters of what was said at most."""

WHOM = 60


@dataclass(frozen=True, slots=True)
class Talk:
    """A visit or call. ``out``: the child was found to be out of school, which starts the report's clock."""

    day: date
    method: str
    whom: str = ""
    said: str = ""
    reached: bool = True
    out: bool = False


def add_contact(session: Session, case: Case, talk: Talk, account_id: int, cipher: FieldCipher) -> Contact:
    """Put down a visit or call.

    Raises:
        ConflictError: nothing happens to the case any more. InvalidError: what was given is not enough.
    """
    assert_alive(session, case)
    if talk.method not in {row["code"] for row in code_list("method")}:
        raise InvalidError("请选择联系方式。", field="method")
    if talk.day > today():
        raise InvalidError("走访、联系的日期不能晚于今天。", field="day")
    if not talk.said.strip() and not talk.whom.strip():
        raise InvalidError("请写明联系了谁、了解到什么情况。", field="said")
    made = Contact(
        case_id=case.id, day=talk.day, method=talk.method, reached=talk.reached, account_id=account_id
    )
    session.add(made)
    session.flush()
    for column, text, most in (("whom", talk.whom, WHOM), ("said", talk.said, TEXT)):
        setattr(made, column, cipher.encrypt(text.strip()[:most], "contact", column, made.id, ""))
    event(
        session,
        cipher,
        case,
        "contact",
        account_id,
        contact=made.id,
        method=talk.method,
        reached=talk.reached,
    )
    if talk.out:
        event(session, cipher, case, FOUND, account_id, contact=made.id, day=talk.day.isoformat())
    retier(session, case)
    return made


def assert_alive(session: Session, case: Case) -> None:
    """Refuse to add to a case in which nothing happens any more.

    Raises:
        ConflictError: it is closed or carried on, or its round is signed.
    """
    assert_open(session, case)
    if case.state in ENDED:
        raise ConflictError("个案已销号或已结转，不能再补充。确有新情况的，请先申请重新核查。")


def report(session: Session, case: Case, account_id: int, note: str, cipher: FieldCipher) -> None:
    """Put down that the written report of a child out of school was handed in.

    Raises:
        ConflictError: nobody found the child to be out of school. InvalidError: to whom and how is not said.
    """
    assert_open(session, case)
    if not note.strip():
        raise InvalidError("请写明向谁报告、以什么方式报告。", field="note")
    there = session.scalar(select(func.count()).where(CaseEvent.case_id == case.id, CaseEvent.kind == FOUND))
    if not there:
        raise ConflictError("这个个案没有记录发现失学、辍学，不需要书面报告。")
    event(session, cipher, case, REPORTED, account_id, note.strip()[:TEXT])


def set_tier(
    session: Session, case: Case, tier: str, note: str, account_id: int, cipher: FieldCipher
) -> None:
    """Set the tier by hand, who did it is remembered; "" gives it back to the computation.

    Raises:
        InvalidError: no such tier, or no reason.
    """
    assert_open(session, case)
    if tier and tier not in TIERS:
        raise InvalidError("没有这种风险等级，请从列表中选择。", field="tier")
    if not note.strip():
        raise InvalidError("请写明调整风险等级的理由。", field="note")
    old = case.tier
    case.tier_by = account_id if tier else None
    case.tier = tier or case.tier
    flag_modified(case, "tier")
    session.flush()
    retier(session, case)
    event(
        session,
        cipher,
        case,
        "tier",
        account_id,
        note.strip()[:TEXT],
        was=old,
        now=case.tier,
        by_hand=bool(tier),
    )
