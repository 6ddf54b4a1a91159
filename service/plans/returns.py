"""A child is back at school: where it is placed, when it is looked after, and what if it is out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.case import STATES
from schemas.placement import GRADES, Placement, age_grade, placed, rules
from service.accounts.identity import Identity
from service.cases.models import Case, Child
from service.cases.rules import Result, assert_open, event, move
from service.config import Settings
from service.errors import ConflictError, InvalidError, NotFoundError
from service.plans.lasting import returns_of
from service.plans.models import ChildReturn, FollowUp
from service.plans.rules import TEXT
from service.privacy.crypto import FieldCipher
from service.privacy.custody import cipher_of

MAY_RETURN = ("verifying", "submitted", "persuading", "watching", "searching")
"""States of a case in which a return may be recorded."""


@dataclass(frozen=True, slots=True)
class Back:
    """What is said of a return.

    Attributes:
        class_grade: the grade in which the child's former class is now, 0 unknown or never at school.
        grade: where it was placed, 0 for what the rule says. why: needed where that is another grade.
    """

    returned_on: date
    school: str
    out_since: date | None = None
    class_grade: int = 0
    grade: int = 0
    class_name: str = ""
    why: str = ""


def usual(settings: Settings, child: Child, back: Back) -> Placement:
    """What the rule in force says."""
    rule = rules()[settings.placement]
    return placed(
        rule,
        back.out_since,
        back.returned_on,
        back.class_grade,
        age_grade(child.birth_date, back.returned_on),
    )


def record(
    session: Session, settings: Settings, who: Identity, case: Case, back: Back, today: date
) -> ChildReturn:
    """Record that a child is back, where it was placed, and when it will be looked after.

    Raises:
        InvalidError: a day to come, no school, no grade, or another grade than the rule's without a reason.
        ConflictError: it is back already, or the state or the round does not allow it.
    """
    assert_open(session, case)
    if case.state not in MAY_RETURN:
        raise ConflictError(f"个案现在是“{STATES[case.state]}”，不能登记复学。")
    child = session.get_one(Child, case.child_id)
    _check(back, today)
    session.scalars(select(Case.id).where(Case.id == case.id).with_for_update()).one()
    if any(each.ended_on is None for each in returns_of(session, child.id)):
        raise ConflictError("已登记复学，正在跟踪。如再次离校，请在跟踪中登记“不在校”。")
    said = usual(settings, child, back)
    grade = back.grade or said.grade
    if not grade:
        raise InvalidError(
            "按现行规定无法算出年级(缺少离校前班级或出生日期)，请填写实际编入的年级。", field="grade"
        )
    if grade != said.grade and said.grade and not back.why.strip():
        raise InvalidError(f"现行规定应编入{said.grade}年级，编入其他年级要写明理由。", field="why")
    made = ChildReturn(
        child_id=child.id,
        case_id=case.id,
        returned_on=back.returned_on,
        out_since=back.out_since,
        school=back.school.strip(),
        grade=grade,
        class_name=back.class_name.strip(),
        rule=settings.placement,
        place=said.place,
        usual=said.grade,
        made_by=who.account_id,
    )
    session.add(made)
    case.school_now = made.school[:100]
    session.flush()
    cipher = cipher_of(settings)
    if back.why.strip():
        made.why = cipher.encrypt(back.why.strip(), ChildReturn.__tablename__, "why", made.id, "")
    _follow(session, settings, made)
    detail: dict[str, Any] = {
        "grade": grade,
        "usual": said.grade,
        "rule": settings.placement,
        "returned": back.returned_on.isoformat(),
    }
    event(session, cipher, case, "return", who.account_id, back.why.strip(), **detail)
    return made


def _follow(session: Session, settings: Settings, back: ChildReturn) -> None:
    """Set the days on which a child is looked after."""
    for day in sorted({int(each) for each in settings.follow_ups.split(",")}):
        due = back.returned_on + timedelta(days=day)
        session.add(FollowUp(return_id=back.id, child_id=back.child_id, due=due))
    session.flush()


def _check(back: Back, today: date) -> None:
    if back.returned_on > today:
        raise InvalidError("复学日期不能晚于今天。", field="returned_on")
    if back.out_since and back.out_since >= back.returned_on:
        raise InvalidError("离校日期应当早于复学日期。", field="out_since")
    if not back.school.strip() or len(back.school) > 100 or len(back.class_name) > 20:
        raise InvalidError("请填写复学的学校；学校最多 100 个字，班级最多 20 个字。", field="school")
    for grade in (back.grade, back.class_grade):
        if grade and not GRADES[0] <= grade <= GRADES[1]:
            raise InvalidError("年级应当是 1 到 9。", field="grade")
    if len(back.why) > TEXT:
        raise InvalidError(f"理由最多 {TEXT} 个字。", field="why")


def follow_up_of(session: Session, number: int) -> FollowUp:
    """A follow-up by its id.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.get(FollowUp, number, populate_existing=True)
    if found is None:
        raise NotFoundError("没有这项跟踪，或不在您的辖区内。")
    return found


def case_now(session: Session, child_id: int) -> Case:
    """The newest case of a child: the one in which it is worked on.

    Raises:
        NotFoundError: there is none in the session's scope.
    """
    found = session.scalars(
        select(Case).where(Case.child_id == child_id).order_by(Case.id.desc()).limit(1)
    ).one_or_none()
    if found is None:
        raise NotFoundError("没有这个个案，或不在您的办理范围内。")
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """What a follow-up found. ``reasons``, ``method``: codes; needed where the child is out again."""

    day: date
    attending: bool
    said: str = ""
    method: str = ""
    reasons: Sequence[str] = ()


def look(
    session: Session, cipher: FieldCipher, who: Identity, follow_up: FollowUp, found: Look, today: date
) -> bool:
    """Record a follow-up, once. A child that is out again is reported with D09; gives whether it was.

    Where D09 cannot be reported at once (its return was not approved yet, or the round is signed and the
    next one has not begun) the follow-up is recorded all the same, and the answer is False.

    Raises:
        InvalidError: a day to come, or before the return. ConflictError: it is recorded, or dropped.
    """
    case = case_now(session, follow_up.child_id)
    live = _live(session, case)
    back = session.get_one(ChildReturn, follow_up.return_id)
    if not back.returned_on <= found.day <= today:
        raise InvalidError("跟踪日期应当在复学之后、今天以前。", field="day")
    if len(found.said) > TEXT or (not found.attending and not found.said.strip()):
        raise InvalidError("不在校的，请写明情况。", field="said")
    values = {"done_on": found.day, "attending": found.attending, "done_by": who.account_id}
    if found.said.strip():
        values["said"] = cipher.encrypt(found.said.strip(), FollowUp.__tablename__, "said", follow_up.id, "")
    statement = update(FollowUp).where(
        FollowUp.id == follow_up.id, FollowUp.done_on.is_(None), FollowUp.dropped.is_(False)
    )
    changed = session.execute(statement.values(values), execution_options={"synchronize_session": False})
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError("这项跟踪已由他人登记，或已不需要。请刷新后再看。")
    session.refresh(follow_up)
    if live:
        note = found.said.strip()
        event(session, cipher, case, "follow_up", who.account_id, note, attending=found.attending)
    return not found.attending and _out_again(session, cipher, who, case, back, found, live)


def _live(session: Session, case: Case) -> bool:
    """Whether the case's round goes on: in one that is signed nothing is added any more."""
    try:
        assert_open(session, case)
    except ConflictError:
        return False
    return True


def _out_again(
    session: Session,
    cipher: FieldCipher,
    who: Identity,
    case: Case,
    back: ChildReturn,
    found: Look,
    live: bool,
) -> bool:
    """End the return, drop what else was to be looked at, and report D09."""
    back.ended_on = found.day
    session.execute(
        update(FollowUp)
        .where(FollowUp.return_id == back.id, FollowUp.done_on.is_(None))
        .values(dropped=True),
        execution_options={"synchronize_session": False},
    )
    session.flush()
    if not live or case.state not in ("verifying", "persuading", "watching", "searching"):
        return False
    result = Result("D09", found.method, tuple(found.reasons), out_since=found.day)
    move(session, case, "submit", who, cipher, note=found.said.strip(), result=result)
    return True
