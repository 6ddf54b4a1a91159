"""Who is really in class: rosters by district, the county town's text file, the neighbour's reply."""

from __future__ import annotations

import numpy as np

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, number_text, repeated, texts
from service.demo.lists.order import (
    ListFile,
    Order,
    blank,
    children_draft,
    numbers_as_sent,
    serial,
    sheet_of,
    words,
)
from service.demo.lists.roll import GRADES
from service.demo.places import COUNTY, NEIGHBOUR_COUNTY
from service.demo.sheets import Sheet

DISTRICTS = 6


def make(order: Order) -> list[ListFile]:
    """Two rosters and a reply."""
    rng = order.rng("attendance")
    schools = order.county.places.schools
    covered = schools["covered"].to_numpy()
    township, kind = schools["township"].to_numpy(), schools["kind"].to_numpy()
    in_town = covered & (township == 0)
    outside = covered & (township > 0)
    return [
        _districts(order, _pupils(order, outside, rng), rng),
        _town(order, _pupils(order, in_town, rng)),
        _reply(order, _pupils(order, np.isin(kind, ["away_primary", "away_junior"]), rng), rng),
    ]


def _pupils(order: Order, wanted: Array, rng: Stream) -> Draft:
    county = order.county
    table = county.children
    school = table["school"].to_numpy()
    in_class = table["attends"].to_numpy() & (school >= 0) & wanted[school]
    child = np.flatnonzero(in_class)
    grade, group = table["grade"].to_numpy()[child], table["class_no"].to_numpy()[child]
    child = child[np.lexsort((rng.random(len(child)), group, grade, school[child]))]
    draft = children_draft(county, "attendance", child, school[child])
    columns = draft.columns
    name = county.places.schools["name"].to_numpy()[school[child]]
    columns["full_school"] = name
    short = texts([text.removeprefix(COUNTY) for text in county.places.schools["name"]])
    columns["school"] = short[school[child]]
    columns["grade"] = GRADES[table["grade"].to_numpy()[child]]
    columns["class_no"] = number_text(table["class_no"].to_numpy()[child])
    order.spoil(draft, rng, no_number=True)
    return draft


def _districts(order: Order, draft: Draft, rng: Stream) -> ListFile:
    """A sheet a district; the school stands once above its pupils, a sub-total below them."""
    township = order.county.places.schools["township"].to_numpy()[draft.clerk]
    townships = len(order.county.places.townships)
    district = (township * min(DISTRICTS, townships) // townships).astype(int)
    sheets = [
        Sheet(
            "填表说明", [["填表说明"], ["1. 由班主任据实填写，学校汇总。"], ["2. 请假一周以上的学生不填。"]]
        )
    ]
    for each in np.unique(district):
        part = draft.take(np.flatnonzero(district == each))
        sheets.append(_district(f"第{each + 1}片区", part, order))
    if order.large:
        merged = _district("1", draft, order)
        return ListFile("秋季学期在校学生花名册-乡镇.csv", "attendance", [merged], "gb18030")
    sheets.append(Sheet("Sheet3", hidden=True))
    return ListFile("秋季学期在校学生花名册-乡镇.xlsx", "attendance", sheets)


def _district(name: str, draft: Draft, order: Order) -> Sheet:
    header = words("学校 班级 序号 姓名 性别 身份证号码 备注")
    columns, count = draft.columns, len(draft)
    starts = (
        np.flatnonzero(np.r_[True, draft.clerk[1:] != draft.clerk[:-1]]) if count else np.zeros(0, dtype=int)
    )
    shown = blank(count)
    shown[starts] = columns["school"][starts]
    group = columns["grade"] + "（" + columns["class_no"] + "）班"
    body = [
        shown,
        group,
        serial(count),
        columns["name"],
        columns["sex"],
        numbers_as_sent(draft, as_cells=not order.large),
        blank(count),
    ]
    sizes = np.diff(np.r_[starts, count])
    ends = starts + sizes
    # Sub-totals go in behind each school: every later row moves down by one for each.
    place = np.arange(count) + np.searchsorted(ends, np.arange(count), side="right")
    total = ends + np.arange(len(ends))
    spread = [blank(count + len(ends)) for _ in body]
    for column, out in zip(body, spread, strict=True):
        out[place] = column
    spread[0][total] = repeated("小计", len(ends))
    spread[3][total] = texts([f"{size}人" for size in sizes])
    record = np.flatnonzero(draft.child >= 0)
    return Sheet(
        name,
        [[f"{COUNTY}{order.county.year}年秋季学期在校学生花名册（{name}）"], header],
        spread,
        [["合计", "", "", f"{count}人"]],
        place[record],
        draft.child[record],
        record,
        draft.mistake_table(),
        [(0, 0, 0, len(header) - 1)],
    )


def _town(order: Order, draft: Draft) -> ListFile:
    """The town's schools use one program: UTF-8 without a byte order mark, class as 2021级3班."""
    columns = draft.columns
    header = words("学校名称 年级 班级 学生姓名 性别 证件号码 是否在校")
    grade = order.county.children["grade"].to_numpy()[draft.child]
    year = order.county.year - np.where(grade >= 7, grade - 7, grade - 1)
    group = number_text(year) + "级" + columns["class_no"] + "班"
    body = [
        columns["full_school"],
        columns["grade"],
        group,
        columns["name"],
        columns["sex"],
        numbers_as_sent(draft, as_cells=False),
        blank(len(draft), "是"),
    ]
    return ListFile("城区学校在校生名单.csv", "attendance", [sheet_of("1", draft, body, [header])], "utf-8")


def _reply(order: Order, draft: Draft, rng: Stream) -> ListFile:
    """The neighbour's answer to our letter, with those not found there as well."""
    columns, county = draft.columns, order.county
    table = county.children
    gone = np.flatnonzero((table["status"].to_numpy() == "other") & ~table["attends"].to_numpy())
    absent = children_draft(county, "attendance", gone, np.zeros(len(gone), dtype=int))
    header = words("序号 姓名 公民身份号码 就读学校 年级 是否在校 说明")
    yes, no = len(draft), len(absent)
    school = county.places.schools["name"].to_numpy()[table["school"].to_numpy()[gone]]
    both = Draft(
        "attendance",
        {},
        np.concatenate([draft.child, absent.child]),
        np.zeros(yes + no, dtype=int),
        np.concatenate([draft.true_id, absent.true_id]),
        draft.mistakes,
    )
    numbers = np.concatenate([numbers_as_sent(draft, as_cells=not order.large), absent.columns["id_number"]])
    grade = np.concatenate([columns["grade"], GRADES[table["grade"].to_numpy()[gone]]])
    body = [
        serial(yes + no),
        np.concatenate([columns["name"], absent.columns["name"]]),
        numbers,
        np.concatenate([columns["full_school"], school]),
        grade,
        texts(["是"] * yes + ["否"] * no),
        texts([""] * yes + ["已离校，去向不明"] * no),
    ]
    head = [[f"关于协查青禾县户籍学生就读情况的复函（{NEIGHBOUR_COUNTY}教育局）"], header]
    foot = [["以上情况属实。", "", "", "", "", "（盖章）", f"{order.county.year}年9月8日"]]
    return ListFile(f"{NEIGHBOUR_COUNTY}复函.xlsx", "attendance", [sheet_of("复函", both, body, head, foot)])
