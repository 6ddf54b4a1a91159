"""The plan of a child and its measures: who is in charge, what is planned, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from schemas.case import AT_WORK, STATES
from schemas.codes import code_list
from service.accounts.identity import Identity
from service.agencies.models import Agency
from service.cases.models import Case, CaseEvent
from service.cases.rules import assert_open, event
from service.copying import new_ids
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.plans.models import Measure, Plan
from service.plans.tiers import retier
from service.privacy.crypto import FieldCipher

GOVERNMENT = ("township", "village", "education")
EDUCATION = ("education", "school")
"""Kinds of agency that may be in charge in each of the two lines (双线)."""

PERSON, TEXT = 60, 1_000
"""Most characters of who is in charge; of an aim or a result."""

HISTORY = ("plan", "measure", "return", "follow_up", "notice")
"""Kinds of event that belong to bringing a child back."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Who is in charge in the two lines, and what is to be reached. Agencies by id, None for none yet."""

    government_id: int | None = None
    government_person: str = ""
    education_id: int | None = None
    education_person: str = ""
    aim: str = ""


class PlanStaleError(ConflictError):
    """Somebody else changed the plan meanwhile."""

    code = "stale"


def plan_of(session: Session, child_id: int) -> Plan | None:
    """The plan of a child, None while there is none."""
    return session.scalars(select(Plan).where(Plan.child_id == child_id)).one_or_none()


def assert_at_work(session: Session, case: Case) -> None:
    """Refuse to work on a case that nobody holds, that has ended, or whose round is signed.

    Raises:
        ConflictError: it is so.
    """
    assert_open(session, case)
    if case.state not in AT_WORK:
        raise ConflictError(f"个案现在是“{STATES[case.state]}”，不能办理。请先分派，或在下一批次中办理。")


def charge_of(plan: Plan | None, cipher: FieldCipher) -> Charge:
    """What a plan says, in clear."""
    if plan is None:
        return Charge()

    def clear(name: str) -> str:
        return cipher.decrypt(getattr(plan, name), Plan.__tablename__, name, plan.id, "")

    return Charge(
        plan.government_id,
        clear("government_person"),
        plan.education_id,
        clear("education_person"),
        clear("aim"),
    )


def agencies_of(session: Session, case: Case) -> Mapping[str, list[Agency]]:
    """Line -> the agencies that may be in charge of a case: those of its region, and of those above it."""
    code = case.region_code
    query = select(Agency).where(
        Agency.active,
        Agency.kind.in_({*GOVERNMENT, *EDUCATION}),
        Agency.region_code.startswith(code) | (func.starts_with(code, Agency.region_code)),
    )
    found = session.scalars(query.order_by(func.length(Agency.region_code), Agency.id)).all()
    return {
        "government": [each for each in found if each.kind in GOVERNMENT],
        "education": [each for each in found if each.kind in EDUCATION],
    }


def save(session: Session, cipher: FieldCipher, who: Identity, case: Case, charge: Charge, seen: int) -> Plan:
    """Make the plan of a child, or change it; ``seen`` is the version that the person saw, 0 for none.

    Raises:
        InvalidError: nobody is in charge, or something is too long. PlanStaleError: it was changed meanwhile.
        ConflictError: the case is not at work.
    """
    assert_at_work(session, case)
    _check(session, case, charge)
    # The child's case is held, so that of two who make the first plan the second sees the first's.
    session.scalars(select(Case.id).where(Case.id == case.id).with_for_update()).one()
    plan = session.scalars(
        select(Plan).where(Plan.child_id == case.child_id), execution_options={"populate_existing": True}
    ).one_or_none()
    if seen != (plan.version if plan else 0):
        raise PlanStaleError("这份方案刚刚被别人改动，您的修改没有保存。请对照下面的最新内容后再改。")
    if plan is None:
        plan = Plan(id=new_ids(session, Plan, 1)[0], child_id=case.child_id, made_by=who.account_id)
    plan.government_id, plan.education_id = charge.government_id, charge.education_id
    plan.changed_at = now()
    for name in ("government_person", "education_person", "aim"):
        said = getattr(charge, name).strip()
        setattr(plan, name, cipher.encrypt(said, Plan.__tablename__, name, plan.id, ""))
    session.add(plan)
    session.flush()
    event(session, cipher, case, "plan", who.account_id, charge.aim.strip(), plan=plan.id)
    return plan


def _check(session: Session, case: Case, charge: Charge) -> None:
    lines = agencies_of(session, case)
    for line, label in (("government", "政府线"), ("education", "教育线")):
        chosen, person = getattr(charge, f"{line}_id"), getattr(charge, f"{line}_person")
        if chosen is None or not person.strip():
            raise InvalidError(f"请填写{label}的责任单位和责任人。", field=f"{line}_person")
        if chosen not in {each.id for each in lines[line]}:
            raise InvalidError(f"{label}的责任单位应当是本辖区的单位，请从列表中选择。", field=f"{line}_id")
        if len(person) > PERSON:
            raise InvalidError(f"责任人最多 {PERSON} 个字。", field=f"{line}_person")
    if len(charge.aim) > TEXT:
        raise InvalidError(f"工作目标最多 {TEXT} 个字。", field="aim")


def measures_of(session: Session, child_id: int) -> Sequence[Measure]:
    """The measures of a child over all rounds, in the order of their planned days."""
    query = select(Measure).where(Measure.child_id == child_id).order_by(Measure.planned, Measure.id)
    return session.scalars(query).all()


def measure_of(session: Session, measure_id: int) -> Measure:
    """A measure by its id.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(Measure, measure_id, populate_existing=True)
    if found is None:
        raise NotFoundError("没有这项措施，或不在您的辖区内。")
    return found


def add_measure(
    session: Session, cipher: FieldCipher, who: Identity, case: Case, code: str, planned: date, person: str
) -> Measure:
    """Plan a measure.

    Raises:
        InvalidError: no such measure, or nobody who does it. ConflictError: the case is not at work.
    """
    assert_at_work(session, case)
    if code not in {row["code"] for row in code_list("measure")}:
        raise InvalidError("请选择措施。", field="code")
    if not person.strip() or len(person) > PERSON:
        raise InvalidError(f"请填写由谁去做，最多 {PERSON} 个字。", field="person")
    made = Measure(
        child_id=case.child_id, case_id=case.id, code=code, planned=planned, made_by=who.account_id
    )
    session.add(made)
    session.flush()
    made.person = cipher.encrypt(person.strip(), Measure.__tablename__, "person", made.id, "")
    session.flush()
    event(session, cipher, case, "measure", who.account_id, measure=made.id, code=code, step="planned")
    return made


def finish_measure(
    session: Session,
    cipher: FieldCipher,
    who: Identity,
    case: Case,
    measure: Measure,
    done: date,
    worked: bool,
    result: str,
    today: date,
) -> None:
    """Record that a measure was taken, and what came of it, once.

    Raises:
        InvalidError: a day to come, or no result. ConflictError: it is recorded, or the case is not at work.
    """
    assert_at_work(session, case)
    if done > today:
        raise InvalidError("完成日期不能晚于今天。", field="done")
    if not result.strip() or len(result) > TEXT:
        raise InvalidError(f"请写明效果，最多 {TEXT} 个字。", field="result")
    sealed = cipher.encrypt(result.strip(), Measure.__tablename__, "result", measure.id, "")
    statement = update(Measure).where(Measure.id == measure.id, Measure.done.is_(None))
    changed = session.execute(
        statement.values(done=done, worked=worked, result=sealed, done_by=who.account_id),
        execution_options={"synchronize_session": False},
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("这项措施的效果已由他人登记。请刷新后再看。")
    session.refresh(measure)
    note = result.strip()
    detail: dict[str, Any] = {"measure": measure.id, "code": measure.code, "step": "done", "worked": worked}
    event(session, cipher, case, "measure", who.account_id, note, **detail)
    retier(session, case)
    session.flush()


def history_of(session: Session, child_id: int, most: int = 200) -> Sequence[CaseEvent]:
    """What was done to bring a child back, over all rounds, the newest first."""
    query = (
        select(CaseEvent)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(Case.child_id == child_id, CaseEvent.kind.in_(HISTORY))
        .order_by(CaseEvent.id.desc())
        .limit(most)
    )
    return session.scalars(query).all()
