"""What may happen to a case: ``schemas.case`` says which moves there are, this obeys it.

Every change of a state goes through ``move`` or ``assign``: conditional on the version that the person saw,
one event each, nothing in a round that is signed. Whoever calls records the audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from schemas.case import FROM_CONTACTS, MOVES, STABLE_DAYS, STATES, Outcome, outcomes
from schemas.codes import code_list
from service.accounts.identity import Identity
from service.cases.models import Case, CaseEvent, CaseRequest, Child, Contact, Evidence
from service.county_time import now, today
from service.db import widened
from service.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from service.plans.lasting import not_yet_lasting
from service.privacy.crypto import FieldCipher
from service.rounds.models import Round

FROZEN = ("signed", "closed")
"""States of a round in which its cases do not change any more."""

Part = TypeVar("Part", Evidence, CaseRequest)


class StaleError(ConflictError):
    """Somebody else changed the case meanwhile; ``details`` has ``seen`` and ``now``, the two versions."""

    code = "stale"


def number_of(of: Round, case: Case) -> str:
    """What a case is called in files and on paper: ``2026-09-0012`` is the twelfth of the September round."""
    return f"{of.as_of:%Y-%m}-{case.no:04d}"


def case_of(session: Session, case_id: int) -> Case:
    """A case by its id, as far as the session's scope lets through.

    Raises:
        NotFoundError: there is none, or it is not for the person who asks.
    """
    found = session.get(Case, case_id)
    if found is None:
        raise NotFoundError("没有这个个案，或不在您的办理范围内。")
    return found


def part_of(session: Session, case: Case, kind: type[Part], number: int) -> Part:
    """A piece of evidence of a case, or a request that went out from it.

    Raises:
        NotFoundError: the case has no such.
    """
    found = session.get(kind, number)
    if found is None or found.case_id != case.id:
        raise NotFoundError("这个个案中没有这一项，请从个案页面重新进入。")
    return found


def event(
    session: Session,
    cipher: FieldCipher | None,
    case: Case,
    kind: str,
    account_id: int | None,
    note: str = "",
    *,
    before: str = "",
    **detail: Any,
) -> CaseEvent:
    """Add to a case's timeline. ``note`` is encrypted and needs a cipher; ``detail`` must name nobody."""
    made = CaseEvent(case_id=case.id, account_id=account_id, kind=kind, before=before, detail=detail)
    made.after = case.state if before else ""
    session.add(made)
    session.flush()
    if note and cipher is not None:
        made.note = cipher.encrypt(note, CaseEvent.__tablename__, "note", made.id, "")
        session.flush()
    return made


def assert_open(session: Session, case: Case) -> None:
    """Refuse to change a case of a round that is signed; hold the round in its state meanwhile.

    Raises:
        ConflictError: it is.
    """
    of = select(Round.state).where(Round.id == case.round_id).with_for_update(read=True)
    if session.scalar(of) in FROZEN:
        raise ConflictError("本批次已签字，个案不能再改动。新的情况请在下一批次中办理。")


@dataclass(frozen=True, slots=True)
class Result:
    """What a verifier reports.

    Attributes:
        outcome, reasons, method: codes. school_now: where the child is at school. out_since: last day there.
        expires: last day on which the explanation holds, where the outcome needs one.
    """

    outcome: str
    method: str
    reasons: Sequence[str] = ()
    school_now: str = ""
    out_since: date | None = None
    expires: date | None = None


def move(
    session: Session,
    case: Case,
    name: str,
    who: Identity | None,
    cipher: FieldCipher,
    *,
    version: int | None = None,
    note: str = "",
    result: Result | None = None,
) -> None:
    """Move a case by one line of ``MOVES``.

    Args:
        who: the person; None where the service itself does it. version: that the person saw.
        result: what ``submit`` reports.

    Raises:
        StaleError: the case has changed meanwhile. ConflictError: its state, its round or missing evidence
            does not allow it. ForbiddenError: the person may not, or submitted it. InvalidError: what was
            given is not enough.
    """
    line = MOVES[name]
    if version is not None and version != case.version:
        raise stale(case, version)
    assert_open(session, case)
    if case.state not in line.before:
        raise ConflictError(f"个案现在是“{STATES[case.state]}”，不能“{line.label}”。请刷新后再看。")
    _allowed(case, name, who)
    if line.reason and not note.strip():
        raise InvalidError(f"“{line.label}”要写明理由。", field="note")
    before = case.state
    if name == "submit":
        _submit(case, result, who)
    if line.evidence:
        _needs_evidence(session, case)
    with widened(session):
        _apply(session, case, name, who)
        try:
            session.flush()
        except StaleDataError:
            raise stale(case, case.version) from None
        event(
            session,
            cipher,
            case,
            name,
            who.account_id if who else None,
            note.strip(),
            before=before,
            outcome=case.outcome if line.evidence or name == "refuse" else None,
        )


def stale(case: Case, seen: int) -> StaleError:
    """What to say to somebody who saw an older version."""
    return StaleError(
        "这个个案刚刚被别人改动，您的修改没有保存。请对照后再办理。", seen=seen, now=case.version
    )


def _allowed(case: Case, name: str, who: Identity | None) -> None:
    line = MOVES[name]
    if not line.action:
        if who is not None:
            raise ForbiddenError("这一步由系统办理。")
        return
    if who is None or not who.may(line.action):
        raise ForbiddenError(f"您没有“{line.label}”的权限。")
    reach = who.reach(line.action)
    # A township that is asked about another's case sees it; that is no right to work on it.
    outside = reach == "region" and not case.region_code.startswith(who.region_code)
    if (reach == "own" or outside) and case.assignee_id != who.agency_id:
        raise ForbiddenError("这个个案没有分派给您的单位，不能办理。")
    if line.other_person and case.submitted_by == who.account_id:
        raise ForbiddenError("不能审核本人上报的结果，请由另一位有权限的人员办理。")


def _submit(case: Case, result: Result | None, who: Identity | None) -> None:
    """Take over what was reported, once it is whole."""
    if result is None or result.outcome not in outcomes():
        raise InvalidError("请选择核查结果。", field="outcome")
    outcome = outcomes()[result.outcome]
    if result.method not in {row["code"] for row in code_list("method")}:
        raise InvalidError("请选择核查方式。", field="method")
    wrong = set(result.reasons) - {row["code"] for row in code_list("reason")}
    if wrong:
        raise InvalidError(f"没有这种原因代码：{'、'.join(sorted(wrong))}。", field="reasons")
    if outcome.needs_reason and not result.reasons:
        raise InvalidError("失学辍学要写明原因，请至少选择一项。", field="reasons")
    if outcome.needs_end and (result.expires is None or result.expires <= today()):
        raise InvalidError("请填写这项说明有效到哪一天，须晚于今天。", field="expires")
    if outcome.group == "B" and not result.school_now.strip():
        raise InvalidError("请填写现在就读的学校(地区、学校、年级)。", field="school_now")
    case.outcome, case.method, case.reasons = result.outcome, result.method, list(result.reasons)
    # Of a child brought back the return says where it is at school, unless the report does.
    kept = case.school_now if outcome.code == "D08" else ""
    case.school_now = result.school_now.strip()[:100] or kept
    case.out_since = result.out_since or case.out_since
    case.expires = result.expires if outcome.needs_end else None
    case.submitted_by, case.submitted_at = who.account_id if who else None, now()
    case.approved_by = case.approved_at = None


def _needs_evidence(session: Session, case: Case) -> None:
    outcome = outcomes()[str(case.outcome)]
    missing = missing_evidence(session, case, outcome)
    if missing:
        raise ConflictError(
            f"“{outcome.code} {outcome.name}”还缺佐证：{'，或 '.join('、'.join(each) for each in missing)}。"
            "请先上传佐证或填写文书编号。",
            field="evidence",
        )


def missing_evidence(session: Session, case: Case, outcome: Outcome) -> list[tuple[str, ...]]:
    """What each of the sets of papers still lacks that would support an outcome; [] where one is whole."""
    if not outcome.papers:
        return []
    there = set(
        session.scalars(
            select(Evidence.kind).where(Evidence.case_id == case.id, Evidence.withdrawn_at.is_(None))
        )
    )
    methods = session.scalars(select(Contact.method).where(Contact.case_id == case.id)).all()
    for paper, (method, least) in FROM_CONTACTS.items():
        if sum(method in ("", each) for each in methods) >= least:
            there.add(paper)
    lacking = [tuple(each for each in papers if each not in there) for papers in outcome.papers]
    return [] if () in lacking else lacking


def _apply(session: Session, case: Case, name: str, who: Identity | None) -> None:
    """Set what the move changes beside what was reported."""
    line = MOVES[name]
    outcome = outcomes().get(case.outcome or "")
    case.state = line.after or (outcome.after if outcome else "")
    if name == "accept" and who is not None:
        case.person_id = who.account_id
    elif name in ("hand_back", "take_back"):
        case.assignee_id = case.person_id = case.assigned_at = case.due = None
    elif name == "approve" and who is not None and outcome is not None:
        case.approved_by, case.approved_at = who.account_id, now()
        if outcome.closes == "after_stability_check":
            stays = not not_yet_lasting(session, case.child_id, today())
            case.state = "closed" if stays else case.state
            case.expires = None if stays else today() + timedelta(days=STABLE_DAYS)
        case.closed_at = now() if case.state == "closed" else None
    elif name in ("refuse", "expire", "reopen"):
        case.approved_by = case.approved_at = case.closed_at = None
        if name == "expire":
            case.kind = "expired"


def expire_due(session: Session, today: date, cipher: FieldCipher) -> int:
    """Take up again what was explained until a day that is past; returns how many cases."""
    query = (
        select(Case)
        .join(Round, Round.id == Case.round_id)
        .where(Case.state == "watching", Case.expires < today, Round.state.not_in(FROZEN))
    )
    due = session.scalars(query.order_by(Case.id).with_for_update(of=Case, skip_locked=True)).all()
    for case in due:
        move(session, case, "expire", None, cipher)
    return len(due)


def carry_over(session: Session, of: Round, cipher: FieldCipher) -> int:
    """End what a round leaves open: the next round goes on with it; returns how many cases."""
    query = select(Case).where(Case.round_id == of.id, Case.state.not_in(("closed", "carried")))
    cases = session.scalars(query.order_by(Case.id)).all()
    for case in cases:
        before, case.state = case.state, "carried"
        event(session, cipher, case, "carry", None, before=before)
    return len(cases)


def children_of(session: Session, cases: Sequence[Case]) -> dict[int, Child]:
    """The children of cases, by id, in one statement."""
    wanted = {case.child_id for case in cases}
    return {child.id: child for child in session.scalars(select(Child).where(Child.id.in_(wanted)))}
