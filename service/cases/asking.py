"""Asking others about a case: help in verifying (协查), or to check a record at its source (退回校核)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from schemas.permission import LIST_OWNERS
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.contacts import assert_alive
from service.cases.models import Case, CaseRequest
from service.cases.rules import event
from service.county_time import now, today
from service.errors import ConflictError, ForbiddenError, InvalidError
from service.limits.rules import Limits
from service.privacy.crypto import FieldCipher

KINDS: Mapping[str, str] = {"help": "协查", "check_back": "退回校核"}
REQUEST_STATES: Mapping[str, str] = {"asked": "待答复", "answered": "已答复", "withdrawn": "已撤回"}
TEXT = 1000


def ask(
    session: Session,
    case: Case,
    who: Identity,
    cipher: FieldCipher,
    limits: Limits,
    *,
    kind: str,
    agency_id: int,
    question: str,
    due: date | None = None,
) -> CaseRequest:
    """Ask an agency, which from then on sees the case; the clock runs as the limits say.

    Raises:
        InvalidError: no such kind or agency, no question, or a day that is past.
    """
    assert_alive(session, case)
    agency = session.get(Agency, agency_id)
    if kind not in KINDS:
        raise InvalidError("请选择协查或退回校核。", field="kind")
    if agency is None or not agency.active:
        raise InvalidError("请选择要请求的单位。", field="agency")
    if agency.id == who.agency_id:
        raise InvalidError("不能请求本单位，请选择其他单位。", field="agency")
    if kind == "check_back" and agency.kind not in LIST_OWNERS.values():
        raise InvalidError("只有报送名单的单位才能校核名单，请选择名单来源单位。", field="agency")
    if not question.strip():
        raise InvalidError("请写明要查什么、为什么。", field="question")
    if due is not None and due < today():
        raise InvalidError("答复期限不能早于今天。", field="due")
    made = CaseRequest(
        case_id=case.id,
        agency_id=agency.id,
        region_code=case.region_code,
        kind=kind,
        question=b"",
        due=due or limits.due("request", today()),
        state="asked",
        asked_by=who.account_id,
    )
    session.add(made)
    session.flush()
    made.question = cipher.encrypt(question.strip()[:TEXT], "case_request", "question", made.id, "")
    event(session, cipher, case, kind, who.account_id, request=made.id, agency=agency.id)
    return made


def answer(
    session: Session, case: Case, asked: CaseRequest, text: str, who: Identity, cipher: FieldCipher
) -> None:
    """Answer what one's own agency was asked.

    Raises:
        ForbiddenError: another agency was asked. ConflictError: it is answered or withdrawn. InvalidError: no
            answer.
    """
    if asked.agency_id != who.agency_id:
        raise ForbiddenError("请求的是其他单位，由被请求的单位答复。")
    if not text.strip():
        raise InvalidError("请填写答复。", field="answer")
    sealed = cipher.encrypt(text.strip()[:TEXT], "case_request", "answer", asked.id, "")
    _end(session, asked, state="answered", answer=sealed, answered_by=who.account_id, answered_at=now())
    event(session, cipher, case, "answer", who.account_id, request=asked.id, agency=asked.agency_id)


def take_back(session: Session, case: Case, asked: CaseRequest, who: Identity, cipher: FieldCipher) -> None:
    """Need no answer any more.

    Raises:
        ConflictError: it is answered or withdrawn.
    """
    _end(session, asked, state="withdrawn")
    event(
        session, cipher, case, "request_withdrawn", who.account_id, request=asked.id, agency=asked.agency_id
    )


def _end(session: Session, asked: CaseRequest, **values: object) -> None:
    """End a request by one conditional statement: of two at once one succeeds."""
    moved = session.execute(
        update(CaseRequest)
        .where(CaseRequest.id == asked.id, CaseRequest.state == "asked")
        .values(**values)
        .returning(CaseRequest.id)
    ).one_or_none()
    if moved is None:
        raise ConflictError("这项请求已答复或已撤回，请刷新后再看。")
    session.refresh(asked)
