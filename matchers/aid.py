"""Student aid held against what a screening found: entitled and not paid, paid and not entitled.

Who an aid record is about is decided as everywhere, by the eight steps of ``matchers.run``: a record that
fits a child only doubtfully neither pays for the child nor accuses anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from matchers.aid_grounds import Case, Money, wrong_amount
from matchers.model import Model
from matchers.people import AID, Longs
from matchers.run import run
from matchers.steps.s1_prepare import LEFT_SCHOOL, prepare
from matchers.steps.s3_block import SCHOOL_KEYS
from matchers.steps.s4_compare import PUPIL
from matchers.steps.s8_decide import ACCEPTED, REVIEW
from schemas.aid import Entitlement, grounds, is_living
from schemas.table import RECORDS

CHILDREN = (
    "name", "id_number", "birth_date", "sex", "guardian_name", "phone", "address", "township", "village",
    "school", "grade",
)  # fmt: skip
"""Columns of ``RECORDS`` by which a resolved child is found again."""

FACTS = ("groups", "enrolment", "attendance", "household", "away")
"""What else is known of a child: as in ``children.csv``; a key of the household, "" where unknown; whether
the roll that has the child is another county's."""

FINDINGS = ("kind", "child", "pupil", "aid", "group", "detail")


@dataclass(frozen=True, slots=True)
class Links:
    """For each aid record the place of its child, else of its pupil, -1 for none. ``doubtful``: only maybe.

    ``adult``: the number in the child's column is an adult's.
    """

    child: Longs
    pupil: Longs
    doubtful: Longs
    adult: np.ndarray


@dataclass(slots=True)
class Paid:
    """What is known of the aid of children: places of their records, and of those that only may be theirs."""

    sure: dict[int, list[int]] = field(default_factory=dict)
    maybe: dict[int, list[int]] = field(default_factory=dict)


def link(children: pd.DataFrame, pupils: pd.DataFrame, aid: pd.DataFrame, as_of: date, model: Model) -> Links:
    """Find the child, else the pupil, whom each aid record is about.

    Args:
        children: one row a resolved child (``CHILDREN``). pupils: records of rolls of nobody among them.
        aid: records of aid (both ``RECORDS``).
    """
    people_of = [
        children.reindex(columns=list(CHILDREN), fill_value="").assign(kind="household", file="children"),
        pupils.assign(kind="roll", file="pupils"),
        aid.assign(kind="aid", file="aid"),
    ]
    records = RECORDS.build(pd.concat(people_of, ignore_index=True))
    listed = prepare(records, as_of, model.confusions)
    people = listed.people
    left, right = (np.flatnonzero(flag) for flag in (people.side == AID, people.side != AID))
    none = np.full(len(aid), -1, dtype=np.int64)
    child, pupil, doubtful, adult = none.copy(), none.copy(), none.copy(), np.zeros(len(aid), dtype=bool)
    at = listed.at - len(children) - len(pupils)
    adult[at[left]] = people.adult_id[left] > 0
    if not len(left) or not len(right):
        return Links(child, pupil, doubtful, adult)
    everybody = np.arange(len(people))
    found = run(people, left, right, everybody, model, one_to_one=False, families=False)
    # Who is not found as a person is, by family and birthday, may be as a pupil is, by school and class.
    accepted = found.decision == ACCEPTED
    rest, free = (
        rows[~np.isin(rows, taken[accepted])] for rows, taken in ((left, found.left), (right, found.right))
    )
    again = run(
        people, rest, free, everybody, model, use="pupil", keys=SCHOOL_KEYS, comparing=PUPIL, families=False
    )
    for decision, known in ((REVIEW, doubtful), (ACCEPTED, child)):
        for each in (again, found):
            chosen = np.flatnonzero(each.decision == decision)
            chosen = chosen[np.argsort(each.probability[chosen], kind="stable")]
            known[at[each.left[chosen]]] = listed.at[each.right[chosen]]
    pupil = np.where(child >= len(children), child - len(children), -1)
    child = np.where(child >= len(children), -1, child)
    doubtful = np.where((child >= 0) | (pupil >= 0) | (doubtful >= len(children)), -1, doubtful)
    return Links(child, pupil, doubtful, adult)


def check(
    children: pd.DataFrame,
    pupils: pd.DataFrame,
    aid: pd.DataFrame,
    guardians: Mapping[str, str],
    links: Links,
    as_of: date,
) -> pd.DataFrame:
    """Everything that is not as it should be, a row each (``FINDINGS``), with child, pupil and record.

    Args:
        children: also with ``FACTS``. pupils: also with ``absent``, missed in class. guardians: number of a
            grown-up who is listed in person -> the group.
    """
    cases = [
        Case(*row)
        for row in zip(
            children["groups"], children["enrolment"], children["attendance"], children["household"],
            children["away"], strict=True,
        )
    ]  # fmt: skip
    money = [
        Money(*row)
        for row in zip(
            aid["aid_project"], aid["aid_amount"], aid["aid_period"], aid["boarding"], aid["grade"],
            aid["group"], aid["guardian_id"], strict=True,
        )
    ]  # fmt: skip
    paid = _paid(links, money)
    rows = [
        *_unpaid(cases, paid),
        *_records(cases, money, pupils, guardians, links, as_of),
        *_siblings(cases, paid),
    ]
    return pd.DataFrame(rows, columns=list(FINDINGS))


Row = tuple[str, int, int, int, str, str]


def _paid(links: Links, money: list[Money]) -> Paid:
    paid = Paid()
    for known, found in ((links.child, paid.sure), (links.doubtful, paid.maybe)):
        for at in np.flatnonzero(known >= 0).tolist():
            if is_living(money[at].project):
                found.setdefault(int(known[at]), []).append(at)
    return paid


def _unpaid(cases: list[Case], paid: Paid) -> Iterator[Row]:
    """Entitled, at school, and no aid record; at a school elsewhere it is that county's to pay."""
    for at, case in enumerate(cases):
        first = next((each for each in grounds(case.groups) if each.entitled == "yes"), None)
        if first is None or at in paid.sure or not case.at_school:
            continue
        if case.away:
            yield "elsewhere", at, -1, -1, first.group, "在县外就读，资格在本县，请通知就读地"
            continue
        maybe = paid.maybe.get(at)
        detail = "有相近的资助记录，但不足以认定是同一人" if maybe else "没有资助记录"
        yield "unpaid", at, -1, maybe[0] if maybe else -1, first.group, detail


def _records(
    cases: list[Case],
    money: list[Money],
    pupils: pd.DataFrame,
    guardians: Mapping[str, str],
    links: Links,
    as_of: date,
) -> Iterator[Row]:
    """What is wrong with each aid record."""
    gone = pupils["status"].str.contains(LEFT_SCHOOL) if len(pupils) else pd.Series(dtype=bool)
    for at, each in enumerate(money):
        child, pupil = int(links.child[at]), int(links.pupil[at])
        if child < 0 and pupil < 0:
            detail = "与几名学生相近，不足以认定" if links.doubtful[at] >= 0 else "各份名单中都没有相符的学生"
            yield "nobody", -1, -1, at, each.group, detail
            continue
        if child >= 0:
            yield from _of_child(cases[child], child, at, each, guardians)
        else:
            yield "elsewhere", -1, pupil, at, each.group, "在本县就读，人口名单中没有此人，请向户籍地核对资格"
            if gone.iloc[pupil] or pupils["absent"].iloc[pupil]:
                detail = "学籍已不在读" if gone.iloc[pupil] else "有学籍，不在班级花名册上"
                yield "not_at_school", -1, pupil, at, each.group, detail
        if links.adult[at]:
            yield "guardian", child, pupil, at, each.group, "证件号码栏填的是成年人的号码"
        detail = wrong_amount(each, as_of)
        if detail:
            yield "amount", child, pupil, at, each.group, detail


def _of_child(case: Case, child: int, at: int, money: Money, guardians: Mapping[str, str]) -> Iterator[Row]:
    ground = grounds(case.groups)
    if not any(each.holds for each in ground):
        listed = guardians.get(money.guardian_id, "")
        if listed:
            yield "guardian", child, -1, at, listed, f"监护人是{listed}对象，本人不在名单上"
        else:
            yield "unqualified", child, -1, at, _named(money, ground), _why(ground)
    if case.away:
        yield "elsewhere", child, -1, at, _named(money, ground), "在县外就读，本县仍发放"
    elif case.enrolment == "not_enrolled":
        yield "not_at_school", child, -1, at, _named(money, ground), "没有学籍"
    elif case.attendance == "absent":
        yield "not_at_school", child, -1, at, _named(money, ground), "有学籍，不在班级花名册上"


def _named(money: Money, ground: list[Entitlement]) -> str:
    return ground[0].group if ground else money.group


def _why(ground: list[Entitlement]) -> str:
    ended = [each.group for each in ground if each.ended]
    return f"资格已终止：{'、'.join(ended)}" if ended else "不在任何一份现行名单上"


def _siblings(cases: list[Case], paid: Paid) -> Iterator[Row]:
    """Children at school without aid whose brother or sister has it on a ground of the household."""
    shared: dict[str, str] = {}
    for at in sorted(paid.sure):
        first = next((each for each in grounds(cases[at].groups) if each.holds and each.household), None)
        if first and cases[at].household:
            shared.setdefault(cases[at].household, first.group)
    for at, case in enumerate(cases):
        known = at in paid.sure or at in paid.maybe
        if case.household in shared and not known and case.at_school and not case.away:
            yield "siblings", at, -1, -1, shared[case.household], "同户的孩子已享受，本人没有"
