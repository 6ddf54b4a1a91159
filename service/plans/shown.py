"""What pages and answers show of plans, as the person at hand sees it. Free texts are seen as remarks are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas.codes import code_list
from schemas.masking import Sight
from schemas.notice import NOTICES
from schemas.placement import PLACES, rules
from service.cases.models import CaseEvent
from service.plans.due import Due
from service.plans.models import ChildReturn, FollowUp, Measure
from service.privacy.crypto import FieldCipher
from service.runs.shown import GRADES

STEPS = {
    ("plan", ""): "制定、修改方案",
    ("measure", "planned"): "安排措施",
    ("measure", "done"): "登记措施效果",
    ("return", ""): "登记复学",
    ("follow_up", ""): "跟踪",
    ("notice", "issued"): "制发文书",
    ("notice", "served"): "登记送达",
    ("notice", "withdrawn"): "撤销文书",
}
"""Kind and step of an event -> how it is called."""


def due_row(each: Due, sight: Sight, today: date) -> dict[str, Any]:
    """A follow-up of the list."""
    return {
        "case_id": each.case.id,
        "name": sight.show("name", each.person.name),
        "township": each.case.township,
        "school": each.school,
        "grade": GRADES[each.grade],
        "due": each.due,
        "late": (today - each.due).days,
    }


def measures(rows: Sequence[Measure], cipher: FieldCipher, sight: Sight) -> list[dict[str, Any]]:
    """The measures of a plan; ``person`` is of officials, what came of it is a remark about a family."""
    names = {row["code"]: row["name"] for row in code_list("measure")}
    clear = {
        column: cipher.decrypt_many(
            [getattr(each, column) for each in rows],
            Measure.__tablename__,
            column,
            [each.id for each in rows],
            "",
        )
        for column in ("person", "result")
    }
    return [
        {
            "id": each.id,
            "code": each.code,
            "name": names[each.code],
            "planned": each.planned,
            "person": person,
            "done": each.done,
            "worked": each.worked,
            "result": sight.show("remark", result) if result else "",
        }
        for each, person, result in zip(rows, clear["person"], clear["result"], strict=True)
    ]


def returns(
    backs: Sequence[ChildReturn],
    follow_ups: Mapping[int, Sequence[FollowUp]],
    cipher: FieldCipher,
    sight: Sight,
    today: date,
) -> list[dict[str, Any]]:
    """The returns of a child with their follow-ups."""
    return [
        {
            "id": each.id,
            "returned_on": each.returned_on,
            "out_since": each.out_since,
            "school": each.school,
            "grade": GRADES[each.grade],
            "class_name": each.class_name,
            "place": PLACES[each.place],
            "rule": rules()[each.rule].label if each.rule in rules() else each.rule,
            "usual": GRADES[each.usual],
            "differs": bool(each.usual) and each.usual != each.grade,
            "why": _remark(cipher, each, "why", sight),
            "ended_on": each.ended_on,
            "follow_ups": [_follow_up(one, cipher, sight, today) for one in follow_ups[each.id]],
        }
        for each in backs
    ]


def _follow_up(each: FollowUp, cipher: FieldCipher, sight: Sight, today: date) -> dict[str, Any]:
    return {
        "id": each.id,
        "due": each.due,
        "done_on": each.done_on,
        "attending": each.attending,
        "said": _remark(cipher, each, "said", sight),
        "dropped": each.dropped,
        "late": each.done_on is None and not each.dropped and each.due < today,
    }


def _remark(cipher: FieldCipher, row: ChildReturn | FollowUp, column: str, sight: Sight) -> str:
    sealed = getattr(row, column)
    if sealed is None:
        return ""
    return sight.show("remark", cipher.decrypt(sealed, row.__tablename__, column, row.id, ""))


def history(events: Sequence[CaseEvent], cipher: FieldCipher, sight: Sight) -> list[dict[str, Any]]:
    """What was done, the newest first."""
    noted = [each for each in events if each.note is not None]
    notes = dict(
        zip(
            [each.id for each in noted],
            cipher.decrypt_many(
                [each.note for each in noted],
                CaseEvent.__tablename__,
                "note",
                [each.id for each in noted],
                "",
            ),
            strict=True,
        )
    )
    return [
        {
            "at": each.at,
            "what": STEPS.get((each.kind, str(each.detail.get("step") or "")), each.kind),
            "about": _about(each),
            "note": sight.show("remark", notes[each.id]) if each.id in notes else "",
        }
        for each in events
    ]


def _about(each: CaseEvent) -> str:
    detail = each.detail
    if each.kind == "notice":
        kind = NOTICES.get(str(detail.get("what")))
        return f"《{kind.label}》{detail.get('number')}" if kind else str(detail.get("number"))
    if each.kind == "measure":
        names = {row["code"]: row["name"] for row in code_list("measure")}
        return names.get(str(detail.get("code")), "")
    if each.kind == "return":
        return f"{detail.get('returned')} {GRADES[int(detail.get('grade') or 0)]}"
    if each.kind == "follow_up":
        return "在校" if detail.get("attending") else "不在校"
    return ""
