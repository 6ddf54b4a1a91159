"""Which groups a list puts its persons in: words of columns, sheet names, titles and file names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from connectors.sources import sources

_WORDS: tuple[tuple[str, str], ...] = (
    (r"事实无人抚养", "事实无人抚养"),
    (r"(?<!非)孤儿", "孤儿"),
    (r"农村(居民)?(最低生活保障|低保)|农低", "农村低保"),
    (r"(城市|城镇)(居民)?(最低生活保障|低保)|城低|城保", "城市低保"),
    (r"特困|五保", "特困"),
    (r"脱贫不稳定", "脱贫不稳定户"),
    (r"边缘易致贫", "边缘易致贫户"),
    (r"突发严重困难", "突发严重困难户"),
    (r"监测对象|监测户|防止?返贫", "监测对象"),
    (r"脱贫(户|人口|享受|不享受|监测)|建档立卡|已脱贫|贫困户|^脱贫$", "脱贫户"),
    (r"低收入|低保边缘|支出型", "低收入"),
    (r"困境", "困境"),
    (r"留守", "留守"),
    (r"残疾", "残疾"),
)
_EXCLUDED = re.compile(r"(非|不是|无)(脱贫|残疾|孤儿|低保|留守|困境|建档立卡)[户儿童人]*")


@lru_cache(maxsize=20_000)
def groups_in(text: str) -> tuple[str, ...]:
    """The groups that a text names, each once.

    >>> groups_in("2026年9月份农村低保备案表")
    ('农村低保',)
    """
    cleaned = _EXCLUDED.sub("", text)
    found = [group for pattern, group in _WORDS if re.search(pattern, cleaned)]
    if len(found) > 1 and "监测对象" in found:
        found.remove("监测对象")  # said more exactly by the others
    return tuple(found)


def belongs_to_none(text: str) -> bool:
    """Whether a cell says that its household is in no group: 一般户, 非脱贫户."""
    return bool(re.fullmatch(r"一般(农)?户|普通(农)?户|非[^;]*|否", text))


def sheet_group(source: str, places: Sequence[str]) -> str:
    """The one group of everybody on a sheet, "" when it has none or does not say.

    Args:
        source: the recognised source.
        places: sheet name, title, file name; the first that names one group decides.
    """
    declared = sources()[source].group if source in sources() else ""
    for place in places:
        found = groups_in(place)
        if len(found) == 1 and found[0] != "残疾":
            return found[0]
    return declared
