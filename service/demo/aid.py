"""The seventh list, made only where it is asked for: who was paid student aid, and wrongly on purpose.

It stands apart from the other files (``out/aid``), so that the main job and its figures know nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, column, number_text, repeated
from service.demo.lists.order import ListFile, Order, children_draft, numbers_as_sent, serial, sheet_of, words
from service.demo.lists.roll import GRADES
from service.demo.places import COUNTY
from service.demo.sheets import write_table

PROJECT = "家庭经济困难学生生活补助"

LISTED = {
    r"^脱贫户信息": "脱贫户",
    r"^防止返贫": "监测对象",
    r"农村低保": "农村低保",
    r"城市低保": "城市低保",
    r"孤儿": "孤儿",
    r"特困": "特困人员",
    r"残疾人": "残疾学生",
}
"""File of an agency -> what the aid office calls those on it."""

LOCAL = ("城市低保",)
"""Whom the national rule does not name: a county may pay them, and owes them nothing."""

BY_HOUSEHOLD = ("脱贫户", "监测对象", "农村低保", "城市低保")

UNPAID, SIBLING, UNQUALIFIED, MIGRANT, GUARDIAN, AMOUNT, ABSENT = 0.06, 0.2, 0.008, 0.05, 0.5, 0.03, 0.4
"""Shares: entitled pupils without aid; families of which one child is left out; pupils of no list who are
paid; migrants who are; pupils of disabled fathers who are; wrong amounts; absent pupils who are paid."""

STANDARD = {(False, False): 312.5, (False, True): 625.0, (True, False): 375.0, (True, True): 750.0}
"""(junior school, boarding) -> yuan a term: the national base since spring 2024."""


def make_aid(order: Order, listed: pd.DataFrame, out: Path, tell: Callable[[str], None]) -> None:
    """Write the list below ``out/aid``, ``aid_rows.csv`` (which child each row is) and ``aid_truth.csv``.

    Args:
        listed: which child stands where on the other lists (columns of ``lists.order.PLACES``).
    """
    rng, table = order.rng("aid"), order.county.children
    groups = _groups(listed, len(table))
    paid, kinds = _paid(order, groups, rng)
    draft, boards, amount = _draft(order, paid, rng)
    wrong = chance(rng, AMOUNT, len(paid))
    junior = table["grade"].to_numpy()[paid] >= 7
    other = np.array([STANDARD[bool(j), not b] for j, b in zip(junior, boards, strict=True)])
    made = _file(order, draft, groups[paid], boards, np.where(wrong, other, amount), kinds)
    folder = out / "aid"
    folder.mkdir(parents=True, exist_ok=True)
    placed, _ = made.save(folder)
    truth = _truth(order, groups, paid, kinds, wrong)
    write_table(out / "aid_rows.csv", placed)
    write_table(out / "aid_truth.csv", truth)
    tell(f"教育（资助）：{made.name}（{len(placed)} 行）")


def _groups(listed: pd.DataFrame, count: int) -> Array:
    """Of each child the first group that a list puts it in, "" for most."""
    group = repeated("", count)
    for pattern, name in reversed(LISTED.items()):
        files = [each for each in listed["file"].unique() if re.search(pattern, each)]
        group[listed.loc[listed["file"].isin(files) & (listed["child_id"] >= 0), "child_id"].unique()] = name
    return group


def _paid(order: Order, groups: Array, rng: Stream) -> tuple[Array, Array]:
    """The children who are paid, by school and grade, and of each why it is wrong ("" where it is right)."""
    table, count = order.county.children, len(order.county.children)
    here = _at_school(table)
    entitled = here & (groups != "") & ~np.isin(groups, LOCAL)
    reason = np.full(count, "no", dtype=object)
    reason[entitled & ~chance(rng, UNPAID, count)] = ""
    reason[_left_out(table, entitled, groups, rng)] = "no"
    nothing = ~np.isin(table["family"].to_numpy(), table["family"].to_numpy()[groups != ""])
    father = order.county.of_family("father_listed").astype(bool)
    moved = table["migrant_in"].to_numpy()
    for name, chosen, share in (
        ("unqualified", here & nothing & ~moved & ~father, UNQUALIFIED),
        ("guardian", here & nothing & ~moved & father, GUARDIAN),
        ("elsewhere", here & nothing & moved, MIGRANT),
        ("not_at_school", _absent(table) & (groups != "") & ~np.isin(groups, LOCAL), ABSENT),
    ):
        reason[chosen & chance(rng, share, count)] = name
    paid = np.flatnonzero(reason != "no")
    school, grade = (table[name].to_numpy()[paid] for name in ("school", "grade"))
    paid = paid[np.lexsort((paid, grade, school))]
    return paid, reason[paid]


def _at_school(table: pd.DataFrame) -> Array:
    there: Array = table["school_age"] & table["on_roll"] & table["attends"] & (table["status"] == "local")
    return there.to_numpy()


def _absent(table: pd.DataFrame) -> Array:
    gone: Array = table["school_age"] & table["on_roll"] & ~table["attends"] & (table["status"] == "local")
    return gone.to_numpy()


def _left_out(table: pd.DataFrame, entitled: Array, groups: Array, rng: Stream) -> Array:
    """One of several entitled children of some families: the others are paid."""
    some = np.flatnonzero(entitled & np.isin(groups, BY_HOUSEHOLD))
    family = table["family"].to_numpy()[some]
    second = some[1:][family[1:] == family[:-1]]
    return second[chance(rng, SIBLING, len(second))]


def _draft(order: Order, paid: Array, rng: Stream) -> tuple[Draft, Array, Array]:
    """The rows with their mistakes, whether each pupil boards, and what is due."""
    county, count = order.county, len(paid)
    table = county.children
    school, grade = (table[name].to_numpy()[paid] for name in ("school", "grade"))
    # Written by the schools, as rosters are.
    draft = children_draft(county, "attendance", paid, school)
    draft.columns["school"] = county.places.schools["name"].to_numpy()[school]
    draft.columns["grade"] = GRADES[grade]
    draft.columns["guardian_name"] = county.of_family("father_name", paid).copy()
    draft.columns["guardian_id"] = county.of_family("father_id", paid).copy()
    order.spoil(draft, rng)
    boards = chance(rng, np.where(grade >= 7, 0.5, 0.2), count)
    due = np.array([STANDARD[bool(g >= 7), bool(b)] for g, b in zip(grade, boards, strict=True)])
    return draft, boards, due


def _file(order: Order, draft: Draft, groups: Array, boards: Array, amount: Array, kinds: Array) -> ListFile:
    columns, count, term = draft.columns, len(draft), f"{order.county.year}年秋季学期"
    claimed = np.where(groups != "", groups, np.where(kinds == "guardian", "残疾学生", "农村低保"))
    header = words(
        "序号 学校名称 年级 学生姓名 性别 身份证号 是否寄宿 认定类型 资助项目 资助金额(元) 发放学期 "
        "监护人姓名 监护人身份证号 开户银行 银行账号"
    )
    body = [
        serial(count),
        columns["school"],
        columns["grade"],
        columns["name"],
        columns["sex"],
        numbers_as_sent(draft, as_cells=False),
        np.where(boards, "是", "否").astype(object),
        claimed.astype(object),
        repeated(PROJECT, count),
        amount.astype(object),
        repeated(term, count),
        columns["guardian_name"],
        columns["guardian_id"],
        repeated("青禾农商银行", count),
        "62" + number_text(7 * 10**15 + np.arange(count)),
    ]
    head = [[f"{COUNTY}{term}{PROJECT}发放表", *[""] * (len(header) - 1)], header]
    foot = [["合计", "", "", f"{count}人", "", "", "", "", "", float(amount.sum())]]
    sheet = sheet_of("发放表", draft, body, head, foot, [(0, 0, 0, len(header) - 1)])
    return ListFile(f"{term}{PROJECT}发放表.xlsx", "aid", [sheet])


def _truth(order: Order, groups: Array, paid: Array, kinds: Array, wrong: Array) -> pd.DataFrame:
    """child_id and finding: a row each thing that the check ought to find."""
    table = order.county.children
    is_paid = np.isin(np.arange(len(table)), paid)
    entitled = (groups != "") & ~np.isin(groups, LOCAL)
    unpaid = np.flatnonzero(_at_school(table) & entitled & ~is_paid)
    family = table["family"].to_numpy()
    shared = family[is_paid & np.isin(groups, BY_HOUSEHOLD)]
    siblings = unpaid[np.isin(family[unpaid], shared) & np.isin(groups[unpaid], BY_HOUSEHOLD)]
    away = table["school_age"] & table["on_roll"] & table["attends"] & (table["status"] == "other")
    found = {
        "unpaid": unpaid,
        "siblings": siblings,
        "amount": paid[wrong],
        "elsewhere": np.concatenate([paid[kinds == "elsewhere"], np.flatnonzero(away.to_numpy() & entitled)]),
        **{name: paid[kinds == name] for name in ("unqualified", "guardian", "not_at_school")},
    }
    parts = [
        pd.DataFrame({"child_id": np.sort(at), "finding": column(repeated(name, len(at)))})
        for name, at in found.items()
    ]
    return pd.concat(parts, ignore_index=True)
