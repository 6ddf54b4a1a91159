"""What pages and answers show of the review, as the person at hand sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext

from schemas.masking import Sight, field_of
from schemas.review import STATES, STRATA, VERDICTS
from schemas.table import PERSON
from service.reports import waterfall
from service.reports.character_diff import covered, differences
from service.reviews.events import Said
from service.reviews.look import Candidate, Relative, Subject, Who
from service.reviews.models import ReviewItem
from service.reviews.worth import reasons
from service.runs import shown
from service.runs.cells import ATTENDANCE, ENROLMENT
from service.runs.child import Record
from service.runs.results import Child

STATE_TONES = {
    "open": "warn", "second": "info", "disputed": "bad", "unsure": "neutral", "enrolled": "good",
    "not_enrolled": "absent",
}  # fmt: skip
PAIR_LABELS = {**STATES, "same": VERDICTS["same"], "different": VERDICTS["different"]}
_INSTEAD = {"head_name": ("guardian_name",), "head_id": ("guardian_id",), "address": ("live_address",)}
"""Column -> what stands in for it: the register names the head of the household, a school the guardian."""

_LABELS = {column.name: column.label for column in PERSON}
_NUMBERED = frozenset({"id_number", "student_no", "disability_no", "phone", "head_id", "guardian_id"})


def row(item: ReviewItem, child: Child, sight: Sight) -> dict[str, Any]:
    """A child of the queue: as the list of children shows it, with its state and why it stands there."""
    groups = bool(item.groups) and sight.may_filter("groups")
    return {
        **shown.row(child, sight),
        "state": item.state,
        "candidates": item.candidates,
        "why": reasons(child.probability, groups, item.candidates),
        "voters": len(item.voters),
    }


def fields_of(subject: Subject, candidate: Candidate, sight: Sight, *, marks: bool) -> list[dict[str, Any]]:
    """Child and pupil field by field: what each list says, and whether the two agree.

    Of the child's records the first that has a value speaks. Fields of which this person sees nothing are
    left out. Without ``marks`` no character is marked.

    Returns:
        ``label``, ``number``, ``agrees`` and ``apart`` (``agreement``), ``left`` and ``right`` as pieces
        (``service.reports.character_diff``).
    """
    rows, used = [], set()
    for column in shown.SHOWN:
        field = field_of(column.name)
        if column.name in used or (field and sight.level(field) == "hidden"):
            continue
        own, left = _first(subject.own, column.name)
        theirs, right = _first([candidate.record], column.name)
        if not left and not right:
            continue
        if left and right:
            used |= {own, theirs}
        else:
            own = theirs = own if left else theirs
        one, two = differences(left, right) if marks else (((left, False),), ((right, False),))
        agrees, apart = agreement(left, right)
        rows.append(
            {
                "label": "/".join(dict.fromkeys(_LABELS[each] for each in (own, theirs))),
                "number": column.name in _NUMBERED,
                "agrees": agrees,
                "apart": apart,
                "left": covered(one, sight.show(own, left)) if left else (),
                "right": covered(two, sight.show(theirs, right)) if right else (),
            }
        )
    return rows


def _first(records: Sequence[Record], name: str) -> tuple[str, str]:
    """Column and value of the first record that has one; where none has, of the column in its stead."""
    for column in (name, *_INSTEAD.get(name, ())):
        for record in records:
            if record.values.get(column):
                return column, record.values[column]
    return name, ""


AGREES = {"same": "相同", "differs": "不同", "one": "只有一方"}


def agreement(left: str, right: str) -> tuple[str, int]:
    """How far two values agree: ``same``, ``near`` (at most half of the characters differ), ``differs``, or
    ``one`` where a side is empty; and how many characters differ.

    >>> agreement("王佳", "王嘉"), agreement("王佳", ""), agreement("王佳", "李慧")
    (('near', 1), ('one', 0), ('differs', 2))
    """
    if not left or not right:
        return "one", 0
    apart = max(sum(len(text) for text, differs in side if differs) for side in differences(left, right))
    if not apart:
        return ("same", 0) if left == right else ("differs", 0)
    return "near" if 2 * apart <= max(len(left), len(right)) else "differs", apart


def candidates_of(
    subject: Subject, pairs: dict[Who, str], mine: set[Who], sight: Sight
) -> list[dict[str, Any]]:
    """The pupils in their order: rank, place, name, school, how likely, and what was said of each."""
    labels = shown.rule_labels()
    return [
        {
            "rank": rank,
            "place": each.place,
            "name": sight.show("name", each.who.name),
            "birth_date": sight.show("birth_date", each.who.birth),
            "school": " ".join(
                filter(None, (each.record.values.get(key) for key in ("school", "grade", "class_name")))
            ),
            "likely": shown.likely(float(each.link["probability"])) if each.link else "",
            "rule": labels.get(str(each.link["rule"]), "") if each.link else "",
            "state": pairs.get(each.who, "open"),
            "mine": each.who in mine,
        }
        for rank, each in enumerate(subject.candidates, 1)
    ]


def link_of(candidate: Candidate, sight: Sight) -> dict[str, Any]:
    """How the run compared a pair; {} where it did not (the pupil is another registration's)."""
    link = candidate.link
    if link is None:
        return {}
    return {
        "weight": f"{float(link['weight']):.1f}",
        "bars": waterfall.bars(str(link["weights"])),
        "sentences": [each for each in sight.show("sentences", str(link["sentences"])).split("；") if each],
    }


def relatives_of(relatives: Sequence[Relative], sight: Sight) -> list[dict[str, Any]]:
    """Other children of the household, with what the run says of them."""
    return [
        {
            "no": each.child["no"],
            "name": sight.show("name", str(each.child["name"])),
            "birth_date": sight.show("birth_date", str(each.child["birth_date"])),
            "enrolment": str(each.child["enrolment"]),
            "school": " ".join(filter(None, (str(each.child["school"]), str(each.child["grade"])))),
            "shares": list(each.shares),
        }
        for each in relatives
    ]


def history(said: Sequence[Said], account_id: int, sight: Sight, *, open_: bool) -> list[dict[str, Any]]:
    """What was said of a child, the newest first.

    Args:
        open_: whether others' standing words are shown: not to somebody who has yet to say their own.
    """
    return [
        {
            "id": each.row.id,
            "by": each.by,
            "mine": each.row.account_id == account_id,
            "at": each.row.at,
            "verdict": each.row.verdict if open_ or _told(each, account_id) else "",
            "pupil": sight.show("name", each.right.name) if open_ or _told(each, account_id) else "",
            "place": each.row.place if open_ or _told(each, account_id) else "",
            "reason": sight.show("remark", each.reason) if each.reason and open_ else "",
            "final": each.row.final,
            "blinded": each.row.blinded,
            "withdrawn_at": each.row.withdrawn_at,
            "withdrawn_reason": sight.show("remark", each.withdrawn_reason) if each.withdrawn_reason else "",
        }
        for each in reversed(said)
    ]


def _told(said: Said, account_id: int) -> bool:
    return said.row.account_id == account_id or said.row.withdrawn_at is not None


WORDS = (
    lazy_gettext("待判定"),
    lazy_gettext("待第二人判定"),
    lazy_gettext("意见不一"),
    lazy_gettext("判定在籍"),
    lazy_gettext("判定未就学"),
    lazy_gettext("自动认定"),
    lazy_gettext("待人工确认"),
    lazy_gettext("未找到学籍"),
    lazy_gettext("接近认定线"),
    lazy_gettext("重点人群"),
    lazy_gettext("一判即定"),
    lazy_gettext("电话相同"),
    lazy_gettext("监护人相同"),
    lazy_gettext("住址相同"),
    lazy_gettext("相同"),
    lazy_gettext("不同"),
    lazy_gettext("只有一方"),
)
"""What tables of the review say, here so that it is gathered for translation."""


def words() -> dict[str, Any]:
    """What the templates call things."""
    return {
        **shown.words(),
        "ENROLMENT": ENROLMENT,
        "ATTENDANCE": ATTENDANCE,
        "VERDICTS": VERDICTS,
        "STRATA": STRATA,
        "REVIEW_STATES": STATES,
        "STATE_TONES": STATE_TONES,
        "PAIR_LABELS": PAIR_LABELS,
        "AGREES": AGREES,
    }
