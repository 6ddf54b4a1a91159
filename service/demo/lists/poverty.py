"""乡村振兴: the monitoring system's exports, whole households, some sixty columns, dates as floats."""

from __future__ import annotations

import numpy as np

from service.demo.dates import render
from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, number_text, pick, texts
from service.demo.lists.order import ListFile, Order, as_text, blank, numbers_as_sent, sheet_of, words
from service.demo.lists.relatives import eligible_families, household_draft
from service.demo.places import COUNTY, PREFECTURE, PROVINCE

LIFTED, MONITORED = 0.11, 0.03
"""Shares of the families: lifted out of poverty; monitored (half of them were never poor by the register)."""

_TAIL = words(
    "劳动技能 务工区域 务工时间 是否参加大病保险 是否参加城乡居民基本医疗保险 "
    "是否参加城乡居民基本养老保险 享受低保政策情况 享受特困供养政策情况 "
    "整户无劳动能力兜底保障户 是否会讲普通话 脱贫年度 识别时间 主要致贫原因 "
    "次要致贫原因 开户银行 住房是否安全 饮水是否安全 住房面积 入户路类型 "
    "与村主干路距离 是否通生产用电 是否通生活用电 是否有卫生厕所 "
    "是否加入农民专业合作组织 耕地面积 林地面积 牧草地面积 主要燃料类型 工资性收入 "
    "生产经营性收入 财产性收入 转移性收入 生产经营性支出 纯收入 人均纯收入 帮扶责任人 "
    "帮扶单位 是否易地搬迁户 是否军烈属 是否独生子女户 是否双女户 最近修改时间"
)

LIFTED_COLUMNS = [
    *words(
        "省 市 县 乡 村 户编号 人编号 姓名 证件类型 "
        "证件号码 与户主关系 性别 出生日期 民族 政治面貌 文化程度 在校生状况 义务教育阶段未上学原因 "
        "健康状况 户类型 "
    ),
    *_TAIL,
]

MONITORED_COLUMNS = words(
    "县(市、区) 乡(镇) 行政村 户编号 户主姓名 户主证件号码 人口编号 姓名 与户主关系 "
    "性别 证件类型 证件号码 监测对象类别 出生日期 民族 在校生状况 "
    "义务教育阶段未上学原因 健康状况 识别监测时间 风险是否已消除 致贫/返贫风险1 "
    "义务教育保障 家庭成员联系电话"
)


def make(order: Order) -> list[ListFile]:
    """Households lifted out of poverty, and those monitored; some are both."""
    rng, county = order.rng("poverty"), order.county
    families = eligible_families(county)
    families = families[np.argsort(county.families["village"].to_numpy()[families], kind="stable")]
    lifted = chance(rng, LIFTED, len(families))
    monitored = chance(rng, np.where(lifted, MONITORED * 4.5, MONITORED * 0.56), len(families))
    return [_lifted(order, families[lifted]), _monitored(order, families[monitored], lifted[monitored])]


def _draft(order: Order, families: Array, name: str) -> tuple[Draft, Stream]:
    rng = order.rng(f"poverty/{name}")
    return order.spoil(household_draft(order.county, "poverty", families), rng), rng


def _place_columns(order: Order, draft: Draft) -> list[Array]:
    county, count = order.county, len(draft)
    family = draft.columns["family"]
    township = county.places.townships["name"].to_numpy()[county.families["township"].to_numpy()[family]]
    village = county.places.villages["name"].to_numpy()[county.families["village"].to_numpy()[family]]
    return [
        blank(count, PROVINCE),
        blank(count, PREFECTURE),
        blank(count, COUNTY),
        township,
        village + "民委员会",
    ]


def _schooling(order: Order, draft: Draft, rng: Stream) -> tuple[Array, Array]:
    """在校生状况 and the reason for not being at school, as the village knew them last spring."""
    table, count = order.county.children, len(draft)
    child = np.maximum(draft.child, 0)
    grade = table["grade"].to_numpy()[child]
    enrolled = table["on_roll"].to_numpy()[child] | (table["status"].to_numpy()[child] == "out_of_province")
    state = np.where(grade >= 7, "初中", "小学").astype(object)
    state[table["status"].to_numpy()[child] == "too_young"] = "学前教育"
    state[table["status"].to_numpy()[child] == "over_age"] = "普通高中"
    of_age = table["school_age"].to_numpy()[child]
    blank_here = (draft.child < 0) | (of_age & ~enrolled & chance(rng, 0.6, count)) | chance(rng, 0.1, count)
    state[blank_here] = ""
    reason = np.where((draft.child >= 0) & of_age & ~enrolled & chance(rng, 0.2, count), "因病", "").astype(
        object
    )
    return state, reason


def _lifted(order: Order, families: Array) -> ListFile:
    draft, rng = _draft(order, families, "lifted")
    columns, count = draft.columns, len(draft)
    state, reason = _schooling(order, draft, rng)
    birth = render(columns["birth_date"], draft.clerk, rng, ("float",), strays=0.0)
    first = 6500000000 + columns["family"].astype(np.int64) * 3
    person = number_text(first * 100 + columns["order"].astype(np.int64))
    grown = draft.child < 0
    body = [
        *_place_columns(order, draft),
        number_text(first),
        person,
        columns["name"],
        _document(columns["id_number"]),
        numbers_as_sent(draft, as_cells=False),
        columns["relation"],
        columns["sex"],
        birth,
        columns["ethnicity"] + "族",
        pick(rng, ["群众", "中共党员"], count, [0.95, 0.05]),
        np.where(grown, "初中", "").astype(object),
        state,
        reason,
        pick(rng, ["健康", "长期慢性病", "残疾"], count, [0.93, 0.05, 0.02]),
        blank(count, "脱贫户"),
        *_tail(rng, grown, order.county.year),
    ]
    sheet = sheet_of("sheet1", draft, body, [LIFTED_COLUMNS])
    name = f"脱贫户信息_{order.county.year}0904-继续享受政策"
    made = ListFile(f"{name}.xlsx", "poverty", [sheet])
    return as_text(made, f"{name}.csv", "utf-8-sig") if order.large else made


def _document(numbers: Array) -> Array:
    return np.where(
        texts([len(value) >= 20 for value in numbers]).astype(bool), "残疾人证", "居民身份证"
    ).astype(object)


def _tail(rng: Stream, grown: Array, year: int) -> list[Array]:
    """The many columns that say nothing about who a person is; months come as 202105.0."""
    count = len(grown)
    special = {
        "务工时间": np.where(grown, "8", ""),
        "脱贫年度": blank(count, "2019.0"),
        "识别时间": blank(count, "201401.0"),
        "住房面积": number_text(rng.integers(60, 180, count)),
        "最近修改时间": blank(count, f"{year}06.0"),
        "纯收入": number_text(rng.integers(9000, 90000, count)),
        "帮扶单位": blank(count, "县教育局"),
        "主要致贫原因": pick(rng, ["因病", "因学", "缺劳力", "缺技术"], count),
    }
    return [
        special[name].astype(object) if name in special else pick(rng, ["是", "否", ""], count)
        for name in _TAIL
    ]


def _monitored(order: Order, families: Array, was_poor: Array) -> ListFile:
    """The list of households at risk, with the number of people in the file's name."""
    draft, rng = _draft(order, families, "monitored")
    columns, count = draft.columns, len(draft)
    poor = dict(zip(families.tolist(), was_poor.tolist(), strict=True))
    kinds = pick(rng, ["边缘易致贫户", "突发严重困难户"], len(order.county.families), [0.75, 0.25])
    kind = texts(["脱贫不稳定户" if poor[each] else kinds[each] for each in columns["family"].tolist()])
    state, reason = _schooling(order, draft, rng)
    first = 6600000000 + columns["family"].astype(np.int64) * 7
    heads = order.county.families
    places = _place_columns(order, draft)
    birth = render(columns["birth_date"], draft.clerk, rng, ("float", "compact"))
    family = columns["family"]
    body = [
        *places[2:],
        number_text(first),
        heads["head_name"].to_numpy()[family],
        heads["head_id"].to_numpy()[family],
        number_text(first * 100 + columns["order"].astype(np.int64)),
        columns["name"],
        columns["relation"],
        columns["sex"],
        _document(columns["id_number"]),
        numbers_as_sent(draft, as_cells=False),
        kind,
        birth,
        columns["ethnicity"] + "族",
        state,
        reason,
        pick(rng, ["健康", "长期慢性病", "大病"], count, [0.85, 0.1, 0.05]),
        blank(count, "2024年05月"),
        blank(count, "否"),
        pick(rng, ["因病", "因学", "因灾"], count),
        pick(rng, ["已保障", ""], count),
        heads["phone"].to_numpy()[family],
    ]
    sheet = sheet_of("监测对象", draft, body, [MONITORED_COLUMNS])
    stem = f"防止返贫致贫监测对象信息_{order.county.year}0904-风险未消除{count}人"
    made = ListFile(f"{stem}.xlsx", "poverty", [sheet])
    return as_text(made, f"{stem}.csv", "utf-8-sig") if order.large else made
