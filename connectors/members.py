"""Several persons in one row: head and members in alternating columns, or parents beside a child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from connectors.columns import Claim, surname_share

REPEATED = (
    "name",
    "id_number",
    "id_type",
    "birth_date",
    "sex",
    "ethnicity",
    "relation",
    "disability_no",
    "grade",
    "school",
)
"""What is told of each person in a row; everything else in the row is said of the whole household."""

_SCHOOL = ("student_no", "grade", "class_name", "school", "status")
_CHILD_HEADERS = ("儿童", "学生", "孤儿", "未成年人", "孩子", "幼儿")


def arrange(made: Sequence[Claim], members_are: str = "") -> tuple[list[Claim], str]:
    """Give the columns of further persons their place, and name the layout.

    Args:
        made: the claims of one sheet.
        members_are: what the source says, "household", "guardian" or "".

    Returns:
        The claims, where members read ``member1.name``; and "person" or "household".
    """
    counted = [claim for claim in made if claim.field.startswith("member")]
    if counted and _are_guardians(made, counted, members_are):
        return _as_guardians(made), "person"
    arranged = _blank_pairs(list(made)) if counted else _repeated(list(made))
    is_household = any(claim.field.startswith("member") for claim in arranged)
    if not _of(arranged, "name") and _of(arranged, "head_name"):
        return _head_as_person(arranged), "household"
    return arranged, "household" if is_household else "person"


def _head_as_person(made: Sequence[Claim]) -> list[Claim]:
    """户主姓名, 身份证号 and no other person's name: the bare number is the head's."""
    has_own = _of(made, "head_id") is not None
    why = "没有别人的姓名列，是户主的证件号。"
    return [
        replace(c, field="head_id", why=why) if c.field == "id_number" and not has_own else c for c in made
    ]


def _of(made: Sequence[Claim], field: str) -> Claim | None:
    return next((claim for claim in made if claim.field == field), None)


def _years(claim: Claim | None) -> list[int]:
    return claim.profile.birth_years if claim else []


def _are_guardians(made: Sequence[Claim], counted: Sequence[Claim], members_are: str) -> bool:
    """Members of a registry form are parents; members beside a head, or as young as the person, are not."""
    own = _of(made, "name")
    older = [year for claim in counted if claim.item == "id_number" for year in _years(claim)]
    younger = _years(_of(made, "id_number"))
    if own and older and younger:
        return median(younger) - median(older) >= 15
    if own and any(_of(made, field) for field in _SCHOOL):
        return True
    if not own or _of(made, "head_name") or members_are == "household":
        return False
    return members_are == "guardian" or any(word in own.header for word in _CHILD_HEADERS)


def _as_guardians(made: Sequence[Claim]) -> list[Claim]:
    roles = {"name": "guardian_name", "id_number": "guardian_id", "phone": "phone"}
    first = min(
        (claim.field for claim in made if claim.field.startswith("member") and claim.item == "name"),
        default="",
    )
    result = []
    for claim in made:
        if not claim.field.startswith("member"):
            result.append(claim)
        elif claim.field.partition(".")[0] == first.partition(".")[0] and claim.item in roles:
            why = claim.why.removesuffix("。") + "；这里的成员是家长。"
            result.append(
                replace(claim, field=roles[claim.item], confidence=round(claim.confidence * 0.9, 2), why=why)
            )
        else:
            result.append(claim.dropped(f"表头“{claim.header[:30]}”说的是家长，不使用。"))
    return result


def _repeated(made: list[Claim]) -> list[Claim]:
    """姓名 身份证号 姓名 身份证号 …: each further pair is a member."""
    names = [claim for claim in made if claim.field == "name"]
    if len(names) < 2:
        return _blank_pairs(made)
    starts = [claim.column for claim in names]
    head = _of(made, "head_name")
    if (
        head
        and head.column < starts[0]
        and any(head.column < c.column < starts[0] and c.field == "id_number" for c in made)
    ):
        starts.insert(0, head.column)
    blocks = [
        [claim for claim in made if start <= claim.column < end]
        for start, end in zip(starts, [*starts[1:], 1 << 20], strict=True)
    ]
    alike = [tuple(claim.field for claim in block if claim.field in REPEATED) for block in blocks]
    side_by_side = len(set(alike)) == 1 and len(alike[0]) >= 2
    if not side_by_side and not all("id_number" in fields for fields in alike):
        return _blank_pairs(made)
    if len(blocks) == 2 and _block_is_older(blocks):
        return _second_as_guardian(made, blocks[1])
    renamed = {}
    for number, block in enumerate(blocks[1:], start=1):
        seen: set[str] = set()
        for claim in block:
            if claim.field in REPEATED and claim.field not in seen:
                seen.add(claim.field)
                why = claim.why.removesuffix("。") + f"；同样的列重复出现，是第 {number} 位成员。"
                renamed[claim.column] = replace(claim, field=f"member{number}.{claim.field}", why=why)
    return _blank_pairs([renamed.get(claim.column, claim) for claim in made])


def _block_is_older(blocks: Sequence[Sequence[Claim]]) -> bool:
    first, second = (_years(next((c for c in block if c.item == "id_number"), None)) for block in blocks)
    return bool(first and second) and median(first) - median(second) >= 15


def _second_as_guardian(made: Sequence[Claim], block: Sequence[Claim]) -> list[Claim]:
    roles = {"name": "guardian_name", "id_number": "guardian_id", "phone": "phone"}
    columns = {claim.column for claim in block}
    done: set[str] = set()
    result = []
    for claim in made:
        if claim.column in columns and claim.item in roles and roles[claim.item] not in done:
            done.add(roles[claim.item])
            why = claim.why.removesuffix("。") + "；年龄大一辈，是监护人。"
            claim = replace(claim, field=roles[claim.item], why=why)
        result.append(claim)
    return result


def _blank_pairs(made: list[Claim]) -> list[Claim]:
    """Pairs of name and number to the right without a header: further members of the household."""
    last = max((claim.column for claim in made if claim.item in ("id_number", "head_id")), default=-1)
    has_person = any(
        claim.field in ("name", "head_name") or claim.field.startswith("member") for claim in made
    )
    if last < 0 or not has_person:
        return made
    tail = [claim for claim in made if claim.column > last and not claim.header and claim.profile.values]
    number = max(
        (int(c.field[6:].partition(".")[0]) for c in made if c.field.startswith("member")), default=0
    )
    renamed: dict[int, Claim] = {}
    for left, right in pairwise(tail):
        if left.column in renamed or right.column != left.column + 1:
            continue
        if (
            left.profile.share("name") >= 0.7
            and surname_share(left.profile) >= 0.4
            and right.profile.share("id_near") >= 0.6
        ):
            number += 1
            why = f"没有表头，内容是姓名和身份证号交替出现，是第 {number} 位成员。"
            renamed[left.column] = replace(left, field=f"member{number}.name", confidence=0.7, why=why)
            renamed[right.column] = replace(right, field=f"member{number}.id_number", confidence=0.7, why=why)
    return [renamed.get(claim.column, claim) for claim in made]
