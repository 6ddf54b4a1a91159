"""Townships, villages and schools of a county that is on no map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from service.demo.draws import Array, Stream, chance, column, number_text, texts
from service.demo.numbers import HOME

PROVINCE, PREFECTURE, COUNTY = "远山省", "云溪州", "青禾县"
NEIGHBOUR_COUNTY = "白桦县"
COUNTIES = (
    *(COUNTY, "白杨县", "云岭县", "丹溪县", "赤柏县", "霜桥县"),
    *("栖云县", "望禾县", "墨湖县", "雁翎县", "杏津县", "苔溪县"),
)
"""The counties of the prefecture; plain lists of more than a million are of the first four."""

COVERED = 0.9
"""Share of the schools that send a roster; of the others nobody knows who is in class."""

MERGED = 0.3
"""Share of the townships that another one was merged into: addresses have both names."""

_HEADS = [
    "清溪",
    "石桥",
    "龙泉",
    "白马",
    "青山",
    "红岩",
    "双河",
    "大坪",
    "金竹",
    "云台",
    "古城",
    "柳林",
    "黄土",
    "银杏",
    "高寨",
    "梅花",
    "三江",
    "松坡",
    "鹿鸣",
    "桃源",
    "安平",
    "永丰",
    "新店",
    "长岭",
    "玉泉",
    "东风",
    "和平",
    "团山",
    "凤凰",
    "太平",
]
_TAILS = ["湾", "坝", "岭", "坡", "铺", "营", "沟", "岩", "塘", "寨", "口", "关", "洞", "屯", "坳"]
_VILLAGE_HEADS = [
    "大",
    "小",
    "上",
    "下",
    "新",
    "老",
    "东",
    "西",
    "南",
    "北",
    "前",
    "后",
    "中",
    "高",
    "长",
    "红",
    "黄",
    "青",
    "白",
    "石",
    "杨",
    "李",
    "王",
    "马",
    "松",
    "桃",
    "柳",
    "龙",
    "凤",
    "水",
]
_VILLAGE_TAILS = [
    "沟",
    "湾",
    "坪",
    "寨",
    "庄",
    "塘",
    "坡",
    "岭",
    "河",
    "屯",
    "营",
    "冲",
    "坝",
    "头",
    "口",
    "井",
    "洼",
    "田",
    "树",
    "桥",
]


@dataclass(frozen=True)
class Places:
    """The county's ground: townships, villages and schools as tables, each with its position as its code."""

    county: str
    townships: pd.DataFrame
    """name, former (a township merged into this one years ago, "" for most), weight (share of the families),
    translit (how much likelier transliterated names are here)."""
    villages: pd.DataFrame
    """name, township."""
    schools: pd.DataFrame
    """name, code, township, kind (primary, junior, special, private, away_primary, away_junior, senior),
    covered (sends a roster of who is in class)."""


def make_places(rng: Stream, children: int, block: int = 0) -> Places:
    """Lay out a county for so many children: a township for each 800, at least 8, at most 400.

    ``block`` tells the counties of a province apart.
    """
    count = int(np.clip(children // 800, 8, 400))
    pool = [head + tail for tail in ["", *_TAILS] for head in _HEADS][:count]
    kinds = rng.choice(["镇", "乡"], size=count, p=[0.6, 0.4])
    names = ["城关镇", *(f"{name}{kind}" for name, kind in zip(pool[: count - 1], kinds[1:], strict=True))]
    weight = rng.uniform(0.5, 1.5, size=count)
    weight[0] = max(2.5, count * 0.12)
    translit = rng.gamma(0.5, 2.0, size=count) + 0.02
    merged = np.where(chance(rng, MERGED, count), texts([f"{head}乡" for head in _former(count)]), "")
    townships = pd.DataFrame({"weight": weight / weight.sum(), "translit": translit})
    townships["name"], townships["former"] = column(names), column(merged)
    county = COUNTIES[block]
    return Places(county, townships, _villages(rng, count), _schools(rng, townships, children, county))


def _former(count: int) -> list[str]:
    """Names that no township has any more."""
    return [f"{_HEADS[(7 * at) % len(_HEADS)]}{'垭坨垴圩埠'[at % 5]}" for at in range(count)]


def _villages(rng: Stream, townships: int) -> pd.DataFrame:
    """Eight to fourteen villages a township; several townships may have a village of one name."""
    pool = texts([head + tail for head in _VILLAGE_HEADS for tail in _VILLAGE_TAILS])
    counts = rng.integers(8, 15, size=townships)
    names = np.concatenate([pool[rng.choice(len(pool), size=each, replace=False)] for each in counts])
    return pd.DataFrame({"name": column(names + "村"), "township": np.repeat(np.arange(townships), counts)})


def _schools(rng: Stream, townships: pd.DataFrame, children: int, county: str) -> pd.DataFrame:
    """A school for about 260 pupils of a stage; each township has one of each stage at least."""
    found: list[tuple[str, int, str]] = []
    for place, (name, weight) in enumerate(zip(townships["name"], townships["weight"], strict=True)):
        pupils = children * weight * 0.6
        stem = county + name
        titles = ["中心小学", *(f"第{_numeral(each)}小学" for each in range(2, 60))]
        found += [
            (stem + title, place, "primary") for title in titles[: int(np.clip(pupils * 0.66 / 260, 1, 58))]
        ]
        titles = ["初级中学", *(f"第{_numeral(each)}中学" for each in range(2, 60))]
        found += [
            (stem + title, place, "junior") for title in titles[: int(np.clip(pupils * 0.33 / 400, 1, 58))]
        ]
    found.append((f"{county}特殊教育学校", 0, "special"))
    brands = ["育英", "光华", "启明", "博雅", "新世纪", "文昌", "明德", "弘毅"]
    private = int(np.clip(children // 6000, 1, 40))
    found += [
        (f"{county}{brands[i % 8]}{'' if i < 8 else i // 8 + 1}学校", 0, "private") for i in range(private)
    ]
    away = int(np.clip(children // 1500, 4, 60))
    found += [
        (
            f"{NEIGHBOUR_COUNTY}{_HEADS[-1 - i % 30]}镇{_stage(i)}",
            -1,
            f"away_{'junior' if i % 3 == 2 else 'primary'}",
        )
        for i in range(away)
    ]
    senior = int(np.clip(children // 8000, 1, 98))
    found += [(f"{county}第{_numeral(each + 1)}高级中学", 0, "senior") for each in range(senior)]
    names, township, kind = zip(*found, strict=True)
    first = 6599000000 + 10**5 * COUNTIES.index(county)
    code = number_text(first + 10 * np.arange(len(found)) + 1)
    table = pd.DataFrame(
        {"name": column(names), "code": column(code), "township": np.array(township), "kind": column(kind)}
    )
    table["covered"] = _covered(rng, table)
    return table


def _covered(rng: Stream, schools: pd.DataFrame) -> Array:
    """Which schools send a roster; one at least does and one does not, however small the county.

    The neighbouring county answers for all of its schools.
    """
    covered = chance(rng, COVERED, len(schools)) | (schools["township"] < 0).to_numpy()
    here = np.flatnonzero(schools["township"].to_numpy() >= 0)
    covered[here[0]] = True
    public = np.flatnonzero(schools["kind"].to_numpy() == "junior")
    covered[public[-1]] = False
    return covered


def _stage(index: int) -> str:
    stem = "" if index < 30 else f"第{_numeral(index // 30 + 1)}"
    return stem + ("初级中学" if index % 3 == 2 else "小学" if stem else "中心小学")


def _numeral(value: int) -> str:
    """A Chinese numeral from 1 to 99."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
    return head + (digits[ones] if ones or not tens else "")


def schools_of(schools: pd.DataFrame, kind: str) -> tuple[Array, Array]:
    """The positions of the schools of a kind and their townships."""
    chosen = schools[schools["kind"] == kind]
    return chosen.index.to_numpy(), chosen["township"].to_numpy()


def regions_table(places: Places) -> pd.DataFrame:
    """code, name, parent: the county, and its townships as GB/T 10114 numbers them, from 101."""
    names = places.townships["name"]
    codes = [str(HOME), *(f"{HOME}{101 + number}" for number in range(len(names)))]
    parents = ["", *[str(HOME)] * len(names)]
    return pd.DataFrame({"code": codes, "name": [places.county, *names], "parent": parents})
