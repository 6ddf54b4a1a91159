"""民政: low-income households, the destitute, orphans. Four files in four layouts."""

from __future__ import annotations

import numpy as np

from service.demo.dates import render
from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, number_text, pick, repeated, texts
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
from service.demo.lists.relatives import eligible_families, household_draft
from service.demo.places import COUNTY
from service.demo.sheets import Sheet

RURAL, URBAN, DESTITUTE, ORPHAN, UNSUPPORTED = 0.05, 0.012, 0.004, 0.006, 0.01
"""Shares of the families (low-income) or of the children (the others)."""

MEMBERS = 8


def make(order: Order) -> list[ListFile]:
    """The four files of civil affairs."""
    return [_rural(order), _urban(order), _orphans(order), _destitute(order)]


def _township(order: Order, family: Array) -> Array:
    return order.county.places.townships["name"].to_numpy()[
        order.county.families["township"].to_numpy()[family]
    ]


def _village(order: Order, family: Array) -> Array:
    return order.county.places.villages["name"].to_numpy()[
        order.county.families["village"].to_numpy()[family]
    ]


def _poor_families(order: Order, rng: Stream, share: float, urban: bool) -> Array:
    families = eligible_families(order.county)
    in_town = order.county.families["township"].to_numpy()[families] == 0
    families = families[in_town if urban else ~in_town]
    chosen = families[chance(rng, share / (0.15 if urban else 0.85), len(families))]
    return chosen[np.argsort(order.county.families["village"].to_numpy()[chosen], kind="stable")]


def _rural(order: Order) -> ListFile:
    """A household a row on the second sheet: the head, then up to eight members, name and number in turn."""
    rng = order.rng("civil/rural")
    draft = order.spoil(
        household_draft(order.county, "civil_affairs", _poor_families(order, rng, RURAL, False)), rng
    )
    columns, count = draft.columns, len(draft)
    starts = np.flatnonzero(columns["order"] == 0)
    row = np.cumsum(columns["order"] == 0) - 1
    seat = np.arange(count) - (starts[row] if count else row)
    family = columns["family"][starts]
    sizes = np.bincount(row, minlength=len(starts)) if count else np.zeros(0, dtype=int)
    number = numbers_as_sent(draft, as_cells=True)
    certificate = "65D" + number_text(order.county.year * 10_000 + np.arange(len(starts)))
    body: list[Array] = [
        serial(len(starts)),
        _township(order, family),
        _village(order, family),
        certificate,
        columns["name"][starts],
        number[starts],
        sizes.astype(object),
        (sizes * 390).astype(object),
    ]
    body += _member_columns(columns["name"], number, row, seat, len(starts))
    body.append(pick(rng, ["因病", "因残", "缺劳力", "因学"], len(starts)))
    header = words("序号 乡镇 村（社区） 低保证号 户主姓名 户主身份证号码 保障人数 户月保障金（元）")
    header += [f"{what}{each}" for each in range(1, MEMBERS + 1) for what in ("共同生活成员", "身份证号")]
    header.append("致贫原因")
    record = np.flatnonzero((draft.child >= 0) & (seat <= MEMBERS))
    title = [f"{COUNTY}{order.county.year}年9月农村居民最低生活保障备案表"]
    foot = [["合计", f"{len(starts)}户", "", "", "", "", int(sizes.sum())]]
    listed = Sheet(
        "备案",
        [title, header],
        body,
        foot,
        row[record],
        draft.child[record],
        record,
        draft.mistake_table(),
        [(0, 0, 0, len(header) - 1)],
    )
    cover = Sheet("汇总", [[f"{COUNTY}民政局"], ["户数", "人数"], [len(starts), int(sizes.sum())]])
    suffix = "xlsx" if order.large else "xls"  # the old format would need a dozen sheets
    return ListFile(f"{order.county.year}年9月农村低保备案表.{suffix}", "civil_affairs", [cover, listed])


def _member_columns(name: Array, number: Array, row: Array, seat: Array, households: int) -> list[Array]:
    """Name and number of the first, second … member beside the head, a row a household."""
    out = []
    for each in range(1, MEMBERS + 1):
        at = np.flatnonzero(seat == each)
        for source in (name, number):
            column = blank(households)
            column[row[at]] = source[at]
            out.append(column)
    return out


def _urban(order: Order) -> ListFile:
    """A person a row; certificate, head and amount stand in cells merged over the household."""
    rng = order.rng("civil/urban")
    draft = order.spoil(
        household_draft(order.county, "civil_affairs", _poor_families(order, rng, URBAN, True)), rng
    )
    columns, count = draft.columns, len(draft)
    first = columns["order"] == 0
    starts = np.flatnonzero(first)
    sizes = np.diff(np.r_[starts, count])
    certificate, head, amount = blank(count), blank(count), blank(count)
    certificate[starts] = "65C" + number_text(order.county.year * 10_000 + np.arange(len(starts)))
    head[starts] = columns["name"][starts]
    amount[starts] = (sizes * 610).astype(object)
    age = order.county.year - np.array(
        [int(text[:4]) if text[:4].isdigit() else 2000 for text in columns["birth_date"]], dtype=int
    )
    header = words("低保证号 户主 家庭成员姓名 与户主关系 性别 年龄 身份证号 户保障金额 家庭住址")
    body = [
        certificate,
        head,
        columns["name"],
        columns["relation"],
        columns["sex"],
        age.astype(object),
        numbers_as_sent(draft, as_cells=True),
        amount,
        columns["address"],
    ]
    title = [
        [f"{COUNTY}城市居民最低生活保障人员花名册"],
        [f"填报日期：{order.county.year}年9月3日", "", "", "", "", "", "", "单位：元"],
        header,
    ]
    merges = [
        (3 + s, column, 3 + s + size - 1, column)
        for s, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        if size > 1
        for column in (0, 1, 7)
    ]
    sheet = sheet_of(
        "花名册", draft, body, title, [["合计", f"{len(starts)}户", f"{count}人"]], [(0, 0, 0, 8), *merges]
    )
    return ListFile("城市低保人员花名册(9月).xlsx", "civil_affairs", [sheet])


def _listed_children(order: Order, rng: Stream, share: float, name: str) -> Draft:
    """Children of a group; now and then one who is in no register, or who came from elsewhere."""
    county = order.county
    migrant = county.children["migrant_in"].to_numpy()
    child = np.flatnonzero(chance(rng, np.where(migrant, share * 0.05, share), len(migrant)))
    clerk = county.of_family("township", child)
    child = child[np.argsort(clerk, kind="stable")]
    draft = children_draft(county, "civil_affairs", child, np.sort(clerk))
    draft.columns["address"] = county.of_family("place", child).copy()
    draft.columns["guardian_name"] = county.of_family("guardian_name", child).copy()
    return order.spoil(draft, rng)


def _orphans(order: Order) -> ListFile:
    """Orphans on sheet 1, unsupported children on sheet 3, sums between."""
    drafts = {
        name: _listed_children(order, order.rng(f"civil/{name}"), share, name)
        for name, share in (("孤儿", ORPHAN), ("事实无人抚养儿童", UNSUPPORTED))
    }
    sheets = []
    for name, draft in drafts.items():
        columns, count = draft.columns, len(draft)
        birth = render(
            columns["birth_date"], draft.clerk, order.rng(f"civil/{name}/dates"), ("dots", "iso", "month")
        )
        header = words("序号 姓名 性别 身份证号 出生年月 监护人姓名 户籍所在地 月标准 应发金额")
        body = [
            serial(count),
            columns["name"],
            columns["sex"],
            numbers_as_sent(draft, as_cells=True),
            birth,
            columns["guardian_name"],
            columns["address"],
            np.full(count, 1250).astype(object),
            np.full(count, 1250).astype(object),
        ]
        head = [
            [f"{COUNTY}{order.county.year}年9月{name}基本生活费发放花名册"],
            ["发放单位：县民政局", "", "", "", "", "", "", "单位：元"],
            header,
        ]
        foot = [["合计", "", "", "", "", "", "", "", count * 1250], ["审批人：", "", "", "经办人："]]
        sheets.append(sheet_of(name, draft, body, head, foot, [(0, 0, 0, 8)]))
    sums = [["类别", "人数"], *[[name, len(draft)] for name, draft in drafts.items()]]
    return ListFile(
        "9月孤儿及事实无人抚养儿童花名册.xls", "civil_affairs", [sheets[0], Sheet("汇总", sums), sheets[1]]
    )


def _destitute(order: Order) -> ListFile:
    """A header of three merged rows; most of the destitute are old people."""
    rng = order.rng("civil/destitute")
    draft = _with_elders(order, _listed_children(order, rng, DESTITUTE, "特困"), rng)
    columns, count = draft.columns, len(draft)
    low = draft.child < 0
    township = order.county.places.townships["name"].to_numpy()[draft.clerk]
    body = [
        serial(count),
        township,
        columns["name"],
        columns["sex"],
        columns["ethnicity"],
        numbers_as_sent(draft, as_cells=True),
        columns["address"],
        pick(rng, ["分散供养", "集中供养"], count, [0.8, 0.2]),
        np.where(low, 780, 1100).astype(object),
        columns["guardian_name"],
        number_text(rng.integers(13 * 10**9, 19 * 10**9, count)),
        blank(count),
    ]
    width = len(body)
    head = [
        [f"{COUNTY}特困人员救助供养备案表", *[""] * (width - 1)],
        ["序号", "乡镇", "特困人员基本情况", "", "", "", "", "供养情况", "", "照料人", "", "备注"],
        ["", "", "个人信息", "", "", "", "住址", "方式", "标准", "姓名", "联系电话", ""],
        ["", "", "姓名", "性别", "民族", "公民身份号码", "", "", "", "", "", ""],
    ]
    merges = [
        (0, 0, 0, width - 1),
        (1, 0, 3, 0),
        (1, 1, 3, 1),
        (1, 2, 1, 6),
        (1, 7, 1, 8),
        (1, 9, 1, 10),
        (1, 11, 3, 11),
        (2, 2, 2, 5),
        (2, 6, 3, 6),
        (2, 7, 3, 7),
        (2, 8, 3, 8),
        (2, 9, 3, 9),
        (2, 10, 3, 10),
    ]
    sheet = sheet_of("城乡特困", draft, body, head, [["合计", "", f"{count}人"]], merges)
    return ListFile("城乡特困供养人员.xlsx", "civil_affairs", [Sheet("Sheet1"), sheet])


def _with_elders(order: Order, draft: Draft, rng: Stream) -> Draft:
    """Put twice as many grandparents among the children, township by township."""
    county, count = order.county, len(draft)
    families = county.families.iloc[rng.integers(0, len(county.families), count * 2 + 1)]
    clerk = np.concatenate([draft.clerk, families["township"].to_numpy()])
    columns = {
        "name": families["grandfather_name"],
        "id_number": families["grandfather_id"],
        "address": families["place"],
        "ethnicity": families["group"],
        "sex": repeated("男", len(families)),
        "guardian_name": families["father_name"],
    }
    merged = {
        name: np.concatenate([draft.columns[name], texts(list(values))]) for name, values in columns.items()
    }
    child = np.concatenate([draft.child, np.full(len(families), -1)])
    true = np.concatenate([draft.true_id, texts(families["grandfather_id"].to_list())])
    both = Draft("civil_affairs", merged, child, clerk, true, draft.mistakes)
    return both.take(np.argsort(clerk, kind="stable"))
