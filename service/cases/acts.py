"""What a person does to a case, from a page or a program: checked, done, and entered into the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from werkzeug.datastructures import FileStorage

from schemas.case import MOVES
from service.accounts.guard import audit, db, identity, settings
from service.cases import asking, contacts, papers
from service.cases.files import check
from service.cases.models import Case, CaseRequest, Contact, Evidence
from service.cases.rules import Result, case_of, move, part_of
from service.cases.seeing import asked, assert_holds, holds
from service.county_time import today
from service.errors import ForbiddenError, InvalidError
from service.limits.rules import limits_of
from service.numbers import MOST_ID, number_in
from service.plans.tiers import retier
from service.privacy.custody import blobs_of, cipher_of
from service.uploads.incoming import stored_file

SENTENCES = {
    "accept": "已签收，请在期限内上报核查结果。",
    "hand_back": "已退回，由教育局重新分派。",
    "take_back": "已收回，可以重新分派。",
    "submit": "核查结果已上报，等待另一位人员审核。",
    "approve": "已审核通过。",
    "refuse": "已退回核查，理由会显示给核查人员。",
    "reopen": "已重新开始核查。",
}


def perform(case: Case, name: str, said: Mapping[str, Any], reasons: Sequence[str] = ()) -> str:
    """Move a case as the form says; gives the sentence for the person.

    Raises:
        StaleError, ConflictError, ForbiddenError, InvalidError: as ``service.cases.rules.move``.
    """
    who = identity()
    assert_holds(case, who, MOVES[name].action)
    version = number(said, "version")
    result = result_of(said, reasons) if name == "submit" else None
    move(
        db(),
        case,
        name,
        who,
        cipher_of(settings()),
        version=version,
        note=str(said.get("note") or "")[: contacts.TEXT],
        result=result,
    )
    if name == "submit":
        retier(db(), case)
    audit(MOVES[name].action, "case", case.id, step=name, state=case.state, outcome=case.outcome or "")
    return SENTENCES[name]


def result_of(said: Mapping[str, Any], reasons: Sequence[str]) -> Result:
    """What a verifier reports, as it was typed.

    Raises:
        InvalidError: a day that is none.
    """
    return Result(
        outcome=str(said.get("outcome") or ""),
        method=str(said.get("method") or ""),
        reasons=[each for each in dict.fromkeys(reasons) if each][:5],
        school_now=str(said.get("school_now") or ""),
        out_since=day(said, "out_since"),
        expires=day(said, "expires"),
    )


def add_contact(case: Case, said: Mapping[str, Any], file: FileStorage | None = None) -> Contact:
    """Put down a visit or call, with a picture where one was taken."""
    assert_may_add(case)
    talk = contacts.Talk(
        day=day(said, "day") or today(),
        method=str(said.get("method") or ""),
        whom=str(said.get("whom") or ""),
        said=str(said.get("said") or ""),
        reached=str(said.get("reached") or "") in ("1", "yes", "True"),
        out=bool(said.get("out")),
    )
    made = contacts.add_contact(db(), case, talk, identity().account_id, cipher_of(settings()))
    if file is not None and file.filename:
        add_evidence(case, {"kind": papers.PICTURE}, file)
    audit("case.verify", "case", case.id, step="contact", contact=made.id, out=talk.out)
    return made


def add_evidence(case: Case, said: Mapping[str, Any], file: FileStorage | None = None) -> Evidence:
    """Put evidence into a case: a file, or a number where no file is kept."""
    assert_may_add(case)
    blob_id = name = ""
    streamed = None
    if file is not None and file.filename:
        streamed, stored, sent = stored_file(file)
        kind = check(settings(), blobs_of(settings()), stored)
        blob_id, name = stored.id, f"{sent.rpartition('.')[0] or sent}.{kind.ending}"
    paper = papers.Paper(
        kind=str(said.get("kind") or ""),
        number=str(said.get("number") or ""),
        note=str(said.get("note") or ""),
        blob_id=blob_id,
        file_name=name,
    )
    made = papers.add_evidence(db(), case, paper, identity().account_id, cipher_of(settings()))
    if streamed:
        streamed.keep_with(db())
    audit("case.verify", "case", case.id, step="evidence", evidence=made.id, paper=made.kind)
    return made


def withdraw_evidence(case: Case, evidence_id: int, said: Mapping[str, Any]) -> None:
    """Let evidence count no more."""
    assert_holds(case, identity(), "case.verify")
    found = part_of(db(), case, Evidence, min(evidence_id, MOST_ID))
    note = str(said.get("note") or "")
    papers.withdraw(db(), case, found, note, identity().account_id, cipher_of(settings()))
    audit("case.verify", "case", case.id, step="evidence_withdrawn", evidence=found.id)


def ask(case: Case, said: Mapping[str, Any]) -> CaseRequest:
    """Ask another agency about the case."""
    assert_holds(case, identity(), "case.ask")
    made = asking.ask(
        db(),
        case,
        identity(),
        cipher_of(settings()),
        limits_of(db()),
        kind=str(said.get("kind") or ""),
        agency_id=number(said, "agency"),
        question=str(said.get("question") or ""),
        due=day(said, "due"),
    )
    audit("case.ask", "case", case.id, step=made.kind, request=made.id, agency=made.agency_id)
    return made


def answer(case: Case, request_id: int, said: Mapping[str, Any]) -> None:
    """Answer what one's own agency was asked."""
    found = part_of(db(), case, CaseRequest, min(request_id, MOST_ID))
    asking.answer(db(), case, found, str(said.get("answer") or ""), identity(), cipher_of(settings()))
    audit("case.answer", "case", case.id, request=found.id)


def take_request_back(case: Case, request_id: int) -> None:
    """Need no answer any more."""
    assert_holds(case, identity(), "case.ask")
    found = part_of(db(), case, CaseRequest, min(request_id, MOST_ID))
    asking.take_back(db(), case, found, identity(), cipher_of(settings()))
    audit("case.ask", "case", case.id, step="withdrawn", request=found.id)


def set_tier(case: Case, said: Mapping[str, Any]) -> None:
    """Set the risk tier by hand, or give it back to the computation."""
    assert_holds(case, identity(), "case.verify")
    tier, note = str(said.get("tier") or ""), str(said.get("note") or "")
    contacts.set_tier(db(), case, tier, note, identity().account_id, cipher_of(settings()))
    audit("case.verify", "case", case.id, step="tier", tier=case.tier, by_hand=bool(tier))


def report(case: Case, said: Mapping[str, Any]) -> None:
    """Put down that the written report was handed in."""
    assert_holds(case, identity(), "case.verify")
    contacts.report(db(), case, identity().account_id, str(said.get("note") or ""), cipher_of(settings()))
    audit("case.verify", "case", case.id, step="report")


def assert_may_add(case: Case) -> None:
    """Contacts and evidence come from who verifies, or from an agency that was asked.

    Raises:
        ForbiddenError: neither.
    """
    who = identity()
    if not holds(case, who, "case.verify") and not asked(db(), case, who.agency_id):
        raise ForbiddenError("这个个案没有分派给您的单位，不能补充。")


def one(case_id: int) -> Case:
    """A case that the person sees.

    Raises:
        NotFoundError: there is none.
    """
    return case_of(db(), min(case_id, MOST_ID))


def number(said: Mapping[str, Any], name: str) -> int:
    """A whole number of a form.

    Raises:
        InvalidError: it is none.
    """
    text = str(said.get(name) if said.get(name) is not None else "")
    found = number_in(text)
    if found is None:
        raise InvalidError("提交的内容缺少或有误。请返回上一页，检查后重新提交。", field=name)
    return found


def day(said: Mapping[str, Any], name: str) -> date | None:
    """A day of a form, None where it is empty.

    Raises:
        InvalidError: it is none.
    """
    value = said.get(name)
    if not value or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidError("日期的写法如 2026-09-18，请检查。", field=name) from None
