"""公安: the register of residents aged 0 to 17. Three police stations, three programs, three files."""

from __future__ import annotations

import numpy as np

from service.demo import numbers
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
from service.demo.places import COUNTY

WITH_RELATIVE = 0.4
"""Share of second registrations that stand in another family's household; nobody publishes the share."""

SHARES = (0.6, 0.25, 0.15)
"""Of the townships, by file: workbook, UTF-16 text, GB18030 text."""


def make(order: Order) -> list[ListFile]:
    """The three files of the register."""
    rng, county = order.rng("household"), order.county
    draft = register(order, rng)
    townships = len(county.places.townships)
    edges = np.cumsum(np.array(SHARES) * townships).round().astype(int)
    office = np.searchsorted(edges, np.arange(townships), side="right").clip(0, 2)[draft.clerk]
    parts = [draft.take(np.flatnonzero(office == each)) for each in range(3)]
    return [_workbook(order, parts[0], rng), _station_text(parts[1], rng), _station_csv(parts[2], rng)]


def register(order: Order, rng: Stream) -> Draft:
    """All registrations, second ones included, by township, village and household."""
    county = order.county
    table = county.children
    first = np.flatnonzero(table["registered"].to_numpy())
    second = np.flatnonzero(table["second_id"].to_numpy() != "")
    child = np.concatenate([first, second])
    family = np.concatenate([table["family"].to_numpy()[first], table["second_family"].to_numpy()[second]])
    families = county.families
    clerk = families["township"].to_numpy()[family]
    sort = np.lexsort(
        (table["days"].to_numpy()[child], family, families["village"].to_numpy()[family], clerk)
    )
    child, family, clerk = child[sort], family[sort], clerk[sort]
    again = sort >= len(first)
    draft = children_draft(county, "household", child, clerk)
    ids = table["second_id"].to_numpy()[child[again]]
    draft.set("id_number", np.flatnonzero(again), ids)
    draft.set("birth_date", np.flatnonzero(again), [number[6:14] for number in ids])
    draft.true_id = draft.columns["id_number"].copy()
    draft.note(np.flatnonzero(again), "double_registration")
    for column, source in (
        ("head_name", "head_name"),
        ("head_id", "head_id"),
        ("household_no", "household_no"),
        ("address", "address"),
        ("guardian_name", "guardian_name"),
        ("phone", "phone"),
    ):
        draft.columns[column] = families[source].to_numpy()[family].copy()
    draft.columns["township"] = county.places.townships["name"].to_numpy()[clerk]
    draft.columns["relation"] = _relation(families["head"].to_numpy()[family], draft.columns["sex"], again)
    _second_household(order, draft, np.flatnonzero(again), rng)
    _own_facts(order, draft, rng)
    return order.spoil(draft, rng)


def _second_household(order: Order, draft: Draft, again: Array, rng: Stream) -> None:
    """A second registration stands at another address: under the other parent, or with a relative's family.

    A relative's household shares neither head nor telephone nor guardian with the first: the heads of some
    other families serve as relatives.
    """
    county, child = order.county, draft.child[again]
    relative = chance(rng, WITH_RELATIVE, len(again))
    host = rng.permutation(child)
    mother = county.of_family("head", child) == 0
    for what in ("name", "id"):
        other = np.where(
            mother, county.of_family(f"mother_{what}", child), county.of_family(f"father_{what}", child)
        )
        draft.set(f"head_{what}", again, np.where(relative, county.of_family(f"mother_{what}", host), other))
    draft.set("household_no", again, number_text((numbers.FORMER - county.shift) * 10**7 + child))
    for what in ("guardian_name", "phone"):
        known = np.where(relative, county.of_family(what, host), county.of_family(what, child))
        draft.set(what, again, known)


def _relation(head: Array, sex: Array, again: Array) -> Array:
    girl = (sex == "女").astype(int)
    words = texts(["子", "女", "孙子", "孙女"])
    return words[np.where(~again & (head >= 2), 2, 0) + girl]


def _own_facts(order: Order, draft: Draft, rng: Stream) -> None:
    """Former names, cancellations, parents dead or gone, what is true and yet makes matching hard."""
    county, count = order.county, len(draft)
    table = county.children
    status = table["status"].to_numpy()[draft.child]
    former = table["former_name"].to_numpy()[draft.child]
    draft.columns["former_name"] = np.where(chance(rng, 0.6, count), former, "")
    dead = status == "dead"
    noted = dead & chance(rng, 0.4, count)
    draft.columns["cancelled"] = np.where(noted, f"{order.county.year}年3月12日死亡", "").astype(object)
    draft.note(np.flatnonzero(dead & ~noted), "dead_not_cancelled")
    old = np.flatnonzero(chance(rng, 0.04, count))
    # The county had another name before it was renumbered; some addresses still have it.
    draft.set(
        "address",
        old,
        [text.replace(county.places.county, "青禾专区禾丰县") for text in draft.columns["address"][old]],
    )
    draft.note(old, "renumbered")
    namesake = table["namesake"].to_numpy()[draft.child]
    draft.note(np.flatnonzero(namesake), "namesake")


def _workbook(order: Order, draft: Draft, rng: Stream) -> ListFile:
    """A title, a unit line, the header, a total and a signature."""
    count = len(draft)
    header = ["序号", *REGISTER]
    body = [serial(count), *register_columns(draft, rng, as_cells=not order.large)]
    width = len(header)
    head = [
        [f"{COUNTY}常住人口信息登记表（0—17周岁）"],
        ["填报单位：县公安局户政大队", *[""] * (width - 4), f"统计截止：{order.county.year}-08-31"],
        ["单位：人"],
        header,
    ]
    foot = [
        ["合计", "", "", "", "", f"{count}人"],
        ["制表人（签字）：", "", "", "审核人（签字）：", "", "", "（盖章）"],
    ]
    sheet = sheet_of("常住人口", draft, body, head, foot, [(0, 0, 0, width - 1)])
    if order.large:
        return ListFile("户籍人口(0-17周岁)-县局.csv", "household", [sheet], "utf-8-sig")
    return ListFile("户籍人口(0-17周岁)-县局.xlsx", "household", [sheet])


REGISTER = words(
    "户号 户主姓名 户主公民身份号码 与户主关系 姓名 曾用名 性别 民族 出生日期 "
    "公民身份号码 户籍地址 监护人 联系电话 何时何因注销户口"
)


def register_columns(draft: Draft, rng: Stream, as_cells: bool) -> list[Array]:
    """The columns of REGISTER."""
    columns = draft.columns
    birth = render(columns["birth_date"], draft.clerk, rng, ("iso", "compact", "chinese"))
    return [
        columns["household_no"],
        columns["head_name"],
        columns["head_id"],
        columns["relation"],
        columns["name"],
        columns["former_name"],
        columns["sex"],
        columns["ethnicity"],
        birth,
        numbers_as_sent(draft, as_cells),
        columns["address"],
        columns["guardian_name"],
        columns["phone"],
        columns["cancelled"],
    ]


def _station_text(draft: Draft, rng: Stream) -> ListFile:
    """What the old program of some stations exports: UTF-16, tabs, sex as a code, no serial number."""
    header = words(
        "公民身份号码 姓名 曾用名 性别代码 民族 出生日期 户号 与户主关系 户主姓名 "
        "户主身份证号 所属派出所 户籍详细地址 注销原因"
    )
    columns = draft.columns
    sex = np.where(columns["sex"] == "男", "1", "2").astype(object)
    station = columns["township"] + "派出所"
    birth = render(columns["birth_date"], draft.clerk, rng, ("compact",))
    body = [
        numbers_as_sent(draft, as_cells=False),
        columns["name"],
        columns["former_name"],
        sex,
        columns["ethnicity"] + "族",
        birth,
        columns["household_no"],
        columns["relation"],
        columns["head_name"],
        columns["head_id"],
        station,
        columns["address"],
        columns["cancelled"],
    ]
    return ListFile(
        "派出所导出_人口信息.txt", "household", [sheet_of("1", draft, body, [header])], "utf-16", "\t"
    )


def _station_csv(draft: Draft, rng: Stream) -> ListFile:
    """A register kept by hand: village and group instead of an address, GB18030."""
    header = words("乡镇 户主 户主身份证 家庭成员姓名 身份证号码 关系 性别 出生年月日 住址 电话 备注")
    columns, count = draft.columns, len(draft)
    relation = columns["relation"].copy()
    at = np.flatnonzero(np.isin(relation, ["子", "女"]) & chance(rng, 0.5, count))
    relation[at] = pick(rng, ["长", "次", "之"], len(at)) + relation[at]
    short = texts([text.split(COUNTY)[-1].split("禾丰县")[-1] for text in columns["address"]])
    birth = render(columns["birth_date"], draft.clerk, rng, ("dots", "slash", "iso"))
    remark = np.where(columns["cancelled"] != "", columns["cancelled"], blank(count))
    body = [
        columns["township"],
        columns["head_name"],
        columns["head_id"],
        columns["name"],
        numbers_as_sent(draft, False),
        relation,
        columns["sex"],
        birth,
        short,
        columns["phone"],
        remark,
    ]
    foot = [["合计", number_text(np.array([count]))[0] + "人"]]
    sheet = sheet_of("1", draft, body, [header], foot)
    return ListFile("乡镇户籍台账.csv", "household", [sheet], "gb18030")
