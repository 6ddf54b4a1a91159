"""教育: the student registry, and the rolls that are kept apart from it."""

from __future__ import annotations

import numpy as np

from service.demo.dates import render
from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, number_text, pick, texts
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
from service.demo.number_errors import student_number
from service.demo.places import NEIGHBOUR_COUNTY
from service.demo.sheets import Sheet

GRADES = texts(["", *(f"{each}年级" for each in "一二三四五六七八九"), "高一", "高二", "高三"])


def make(order: Order) -> list[ListFile]:
    """The national registry's export, private and special schools, and pupils in the neighbouring county.

    Side effect: ``county.children.roll_row`` numbers the children's first roll records through all files.
    """
    county = order.county
    county.children["roll_row"] = -1
    kind = np.append(county.places.schools["kind"].to_numpy(), "")
    groups = {
        "public": ["primary", "junior"],
        "own": ["private", "special"],
        "away": ["away_primary", "away_junior"],
    }
    drafts = {name: pupils(order, np.isin(kind, kinds), name) for name, kinds in groups.items()}
    return [_national(order, drafts["public"]), _own(order, drafts["own"]), _away(order, drafts["away"])]


def pupils(order: Order, wanted: Array, name: str) -> Draft:
    """The pupils of some schools by school, grade and class, with all mistakes in."""
    county, rng = order.county, order.rng(f"roll/{name}")
    table = county.children
    school = table["school"].to_numpy()
    child = np.flatnonzero((school >= 0) & wanted[school])
    at = school[child]
    if name == "own":
        # Some went from a public to a private school and stand on both rolls.
        twice = np.flatnonzero(table["twice_on_roll"].to_numpy() & ~wanted[school])
        private = np.flatnonzero(county.places.schools["kind"].to_numpy() == "private")
        child, at = np.concatenate([child, twice]), np.concatenate([at, rng.choice(private, size=len(twice))])
    grade, group = table["grade"].to_numpy()[child], table["class_no"].to_numpy()[child]
    sort = np.lexsort((rng.random(len(child)), group, grade, at))
    child, at = child[sort], at[sort]
    draft = children_draft(county, "roll", child, at)
    _school_facts(order, draft, at, rng)
    order.spoil(draft, rng, no_number=True)
    _student_numbers(draft, rng)
    _number_rows(order, draft)
    return draft


def _school_facts(order: Order, draft: Draft, school: Array, rng: Stream) -> None:
    county, child = order.county, draft.child
    table, schools, count = county.children, county.places.schools, len(draft)
    columns = draft.columns
    columns["school"] = schools["name"].to_numpy()[school]
    columns["school_code"] = schools["code"].to_numpy()[school]
    columns["grade"] = GRADES[table["grade"].to_numpy()[child]]
    columns["class_name"] = number_text(table["class_no"].to_numpy()[child]) + "班"
    grade = table["grade"].to_numpy()[child]
    since = np.where(grade >= 10, grade - 10, (grade - 1) % 6)
    columns["entered"] = number_text(order.county.year - since) + "09"
    former = table["former_name"].to_numpy()[child]
    columns["former_name"] = np.where(chance(rng, 0.2, count), former, "")
    columns["status"] = np.where(
        table["attends"].to_numpy()[child] | chance(rng, 0.85, count), "在读", "休学"
    ).astype(object)
    away = chance(rng, 0.25, count) | table["moved"].to_numpy()[child]
    town = county.places.townships["name"].to_numpy()[0]
    rented = (
        town
        + pick(rng, ["幸福", "迎宾", "滨河", "人民", "文化"], count)
        + "路"
        + number_text(rng.integers(1, 99, count))
        + "号"
    )
    address = np.where(away, rented, county.of_family("address", child))
    address = np.where(chance(rng, 0.3, count), county.of_family("place", child), address)
    address[chance(rng, 0.08, count)] = ""
    columns["address"] = address
    draft.note(np.flatnonzero(away), "moved_in_roll")
    parent = rng.random(count)
    for what in ("name", "id"):
        father, mother, guardian = (
            county.of_family(f"{who}_{what}", child) for who in ("father", "mother", "guardian")
        )
        columns[f"guardian_{what}"] = np.where(parent < 0.5, guardian, np.where(parent < 0.8, father, mother))
    columns["guardian_relation"] = np.where(
        parent < 0.5, "监护人", np.where(parent < 0.8, "父亲", "母亲")
    ).astype(object)
    columns["guardian_name"][chance(rng, 0.04, count)] = ""
    columns["guardian_id"][chance(rng, 0.5, count)] = ""
    changed = chance(rng, 0.3, count)
    columns["phone"] = np.where(
        changed, "13" + number_text(rng.integers(0, 10**9, count), 9), county.of_family("phone", child)
    )


def _student_numbers(draft: Draft, rng: Stream) -> None:
    """学籍号 was made when the pupil was entered: it carries the number written then, right or wrong."""
    ids = draft.columns["id_number"]
    whole = [len(value) == 18 and value[:17].isdigit() for value in ids.tolist()]
    core = np.where(np.array(whole, dtype=bool), ids, "")
    # Half of the slips came later, in the number column alone.
    later = (ids != draft.true_id) & (core != "") & chance(rng, 0.5, len(draft))
    core = np.where(later, draft.true_id, core)
    draft.columns["student_no"] = student_number(
        rng, core, draft.columns["birth_date"], chance(rng, 0.4, len(draft))
    )


def _number_rows(order: Order, draft: Draft) -> None:
    rows = order.county.children["roll_row"].to_numpy().copy()
    start = int(rows.max()) + 1
    child, position = np.unique(draft.child, return_index=True)
    new = rows[child] < 0
    rows[child[new]] = start + position[new]
    order.county.children["roll_row"] = rows


def _national(order: Order, draft: Draft) -> ListFile:
    """The national field names, GB18030, no title: straight from the system."""
    body = national_columns(draft, order.rng("roll/national"))
    return ListFile("学籍系统导出_在籍学生.csv", "roll", [sheet_of("1", draft, body, [NATIONAL])], "gb18030")


NATIONAL = words(
    "学校标识码 学校名称 学籍号 姓名 曾用名 性别 出生日期 民族 身份证件类型 "
    "身份证件号 户口所在地 年级 班级 入学年月 就读方式 学生当前状态 现住址 "
    "是否留守儿童 是否孤儿 成员1姓名 成员1关系 成员1联系电话 成员1身份证件号"
)


def national_columns(draft: Draft, rng: Stream) -> list[Array]:
    """The columns of NATIONAL."""
    columns, count = draft.columns, len(draft)
    document = np.where(columns["id_number"] == "", "其他", "居民身份证").astype(object)
    birth = render(columns["birth_date"], draft.clerk, rng, ("compact", "compact", "iso"))
    return [
        columns["school_code"],
        columns["school"],
        columns["student_no"],
        columns["name"],
        columns["former_name"],
        columns["sex"],
        birth,
        columns["ethnicity"] + "族",
        document,
        numbers_as_sent(draft, as_cells=False),
        blank(count, "659999000000"),
        columns["grade"],
        columns["class_name"],
        columns["entered"],
        pick(rng, ["走读", "住校"], count, [0.7, 0.3]),
        columns["status"],
        columns["address"],
        pick(rng, ["非留守", "单亲留守", "双亲留守"], count, [0.7, 0.2, 0.1]),
        pick(rng, ["否", "是"], count, [0.994, 0.006]),
        columns["guardian_name"],
        columns["guardian_relation"],
        columns["phone"],
        columns["guardian_id"],
    ]


def _own(order: Order, draft: Draft) -> ListFile:
    """Private and special schools: one sheet each, no registry behind them, written by the schools."""
    rng = order.rng("roll/own")
    header = words("序号 年级 班级 学生姓名 性别 出生年月 身份证号 家长姓名 家长电话 家庭住址")
    sheets: list[Sheet] = []
    for school in np.unique(draft.clerk):
        part = draft.take(np.flatnonzero(draft.clerk == school))
        columns = part.columns
        birth = render(columns["birth_date"], part.clerk, rng, ("dots", "iso", "month", "slash"))
        body = [
            serial(len(part)),
            columns["grade"],
            columns["class_name"],
            columns["name"],
            columns["sex"],
            birth,
            numbers_as_sent(part, as_cells=True),
            columns["guardian_name"],
            columns["phone"],
            columns["address"],
        ]
        name = str(columns["school"][0])
        head = [[f"{name}在籍学生花名册（{order.county.year}年秋季学期）"], header]
        sheets.append(sheet_of(name[:28], part, body, head))
    if not sheets:
        sheets = [Sheet("空表", [header])]
    return ListFile("民办及特殊教育学校学籍.ods", "roll", sheets)


def _away(order: Order, draft: Draft) -> ListFile:
    """Our children on the neighbouring county's roll, as that county's bureau sends them."""
    rng, columns, count = order.rng("roll/away"), draft.columns, len(draft)
    header = words(
        "学生姓名 证件号码 全国学籍号 性别 出生日期 所在学校 所在年级 班号 监护人姓名 监护人电话 户籍所在地"
    )
    birth = render(columns["birth_date"], draft.clerk, rng, ("iso", "slash"))
    home = order.county.of_family("address", draft.child)
    body = [
        columns["name"],
        numbers_as_sent(draft, as_cells=not order.large),
        columns["student_no"],
        columns["sex"],
        birth,
        columns["school"],
        columns["grade"],
        columns["class_name"],
        columns["guardian_name"],
        columns["phone"],
        home,
    ]
    head = [[f"{NEIGHBOUR_COUNTY}教育局：贵县户籍学生在我县学籍情况（{count}人）"], header]
    sheet = sheet_of("学籍", draft, body, head, merges=[(0, 0, 0, len(header) - 1)])
    return ListFile(f"{NEIGHBOUR_COUNTY}学籍(青禾户籍).xlsx", "roll", [sheet])
