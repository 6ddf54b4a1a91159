"""残联: holders of a disability certificate; the resident number stands in the certificate number alone."""

from __future__ import annotations

import numpy as np

from service.demo.draft import Draft
from service.demo.draws import chance, number_text, repeated, texts
from service.demo.lists.order import ListFile, Order, serial, sheet_of, words

CATEGORIES = texts(["", "视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾"])
GRADES = texts(["", "一级", "二级", "三级", "四级"])


def make(order: Order) -> list[ListFile]:
    """One text file with a byte order mark; a third of its people are grown-ups."""
    rng, county = order.rng("disability"), order.county
    table = county.children
    kind = table["disability"].to_numpy()
    child = np.flatnonzero((kind != "") & (~table["migrant_in"].to_numpy() | chance(rng, 0.05, len(table))))
    grown = np.sort(
        rng.choice(len(county.families), size=min(len(county.families), len(child) // 2 + 1), replace=False)
    )
    # Whose father is on the list: student aid may be paid on the father's card instead of the child's.
    county.families["father_listed"] = np.isin(np.arange(len(county.families)), grown)
    count = len(child) + len(grown)
    who = np.concatenate([child, np.full(len(grown), -1)])
    family = np.concatenate([table["family"].to_numpy()[child], grown])
    families = county.families
    ids = np.concatenate([table["id_no"].to_numpy()[child], families["father_id"].to_numpy()[grown]])
    words = texts(
        [
            f"{c}{g}"
            for c, g in zip(rng.integers(1, 8, len(grown)), rng.integers(1, 5, len(grown)), strict=True)
        ]
    )
    code = np.concatenate([kind[child], words])
    # A certificate issued again carries B1, B2 …
    again = np.where(chance(rng, 0.06, count), "B" + number_text(rng.integers(1, 3, count)), "")
    columns = {
        "name": np.concatenate([table["name"].to_numpy()[child], families["father_name"].to_numpy()[grown]]),
        "disability_no": ids + code + again,
        "code": code,
        "sex": np.concatenate([table["sex"].to_numpy()[child], repeated("男", len(grown))]),
        "address": families["place"].to_numpy()[family].copy(),
        "guardian_name": families["guardian_name"].to_numpy()[family].copy(),
        "phone": families["phone"].to_numpy()[family].copy(),
    }
    draft = Draft("disability", columns, who, families["township"].to_numpy()[family], ids)
    draft = order.spoil(draft.take(np.argsort(draft.clerk, kind="stable")), rng)
    return [_file(order, draft)]


def _file(order: Order, draft: Draft) -> ListFile:
    columns, count = draft.columns, len(draft)
    kind = np.array([int(code[0]) for code in columns["code"]], dtype=int)
    grade = np.array([int(code[1]) for code in columns["code"]], dtype=int)
    township = order.county.places.townships["name"].to_numpy()[draft.clerk]
    header = words(
        "序号 乡镇（街道） 残疾人姓名 性别 残疾人证号 残疾类别 残疾等级 监护人 联系电话 现居住地址"
    )
    body = [
        serial(count),
        township,
        columns["name"],
        columns["sex"],
        columns["disability_no"],
        CATEGORIES[kind],
        GRADES[grade],
        columns["guardian_name"],
        columns["phone"],
        columns["address"],
    ]
    return ListFile(
        f"持证残疾人信息{order.county.year}0902.csv",
        "disability",
        [sheet_of("1", draft, body, [header])],
        "utf-8-sig",
    )
