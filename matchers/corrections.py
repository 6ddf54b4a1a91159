"""What each agency should correct in its own list, learnt from the accepted links.

The household register is believed for name, number, birthday and sex, since the law makes it the source
(domain notes, section 3.3); only where its own number fails the check digit and the other list's passes
does the register get the correction.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.comparisons import name as name_comparison
from matchers.explain import dates
from matchers.id_table import MISSING, VALID
from matchers.people import Flags, Listed, Longs
from matchers.run import Result
from matchers.steps.s8_decide import ACCEPTED

AGENCIES = {
    "household": "公安",
    "civil_affairs": "民政",
    "poverty": "乡村振兴",
    "disability": "残联",
    "roll": "教育",
    "attendance": "教育",
}
COLUMNS = [
    "agency",
    "file",
    "sheet",
    "row",
    "name",
    "id_number",
    "field",
    "value",
    "suggestion",
    "basis",
    "reason",
]


def corrections_table(listed: Listed, results: Iterable[tuple[str, Result]]) -> pd.DataFrame:
    """One row a correction, in the order of agency, file, sheet, row; each only once."""
    people = listed.people
    household = people.kind == people.kinds.index("household")
    tables = []
    for stage, result in results:
        accepted = result.decision == ACCEPTED
        left, right = result.pairs.left[accepted], result.pairs.right[accepted]
        double = household[left] & household[right]
        if stage == "resolve":
            tables.append(_registered_twice(listed, left[double], right[double]))
        believed = np.where(household[right] & ~household[left], right, left)
        other = np.where(believed == left, right, left)
        tables += _differences(listed, believed[~double], other[~double])
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    order = ["agency", "file", "sheet", "row", "field", "basis"]
    return table.drop_duplicates().sort_values(order, kind="stable").reset_index(drop=True)


def _differences(listed: Listed, believed: Longs, other: Longs) -> list[pd.DataFrame]:
    """Name, number, birthday and sex of the other list against the list that is believed."""
    people = listed.people
    names = people.names.text
    level = name_comparison.name_levels(people.names, people.name[believed], people.name[other])
    unlike = (level != name_comparison.EXACT) & (level < len(name_comparison.LEVELS))
    wording = np.array(
        [each.sentence.split("：", 1)[0] for each in name_comparison.LEVELS] + [""], dtype=object
    )
    said = wording[np.minimum(level, len(name_comparison.LEVELS))]
    tables = [
        _rows(
            listed,
            other,
            believed,
            unlike,
            "姓名",
            names[people.name[other]],
            names[people.name[believed]],
            said,
        )
    ]
    tables += _numbers(listed, believed, other)
    days = (people.birth[believed], people.birth[other])
    unlike = (days[0] % 100 > 0) & (days[1] % 100 > 0) & (days[0] != days[1])
    reason = np.full(len(other), "出生日期与户籍或另一份名单不一致", dtype=object)
    tables.append(_rows(listed, other, believed, unlike, "出生日期", dates(days[1]), dates(days[0]), reason))
    sexes = np.array(["", "男", "女"], dtype=object)
    one, two = people.sex[believed], people.sex[other]
    written = listed.texts("sex", other) != ""
    reason = np.full(len(other), "性别与户籍或另一份名单不一致", dtype=object)
    tables.append(
        _rows(
            listed,
            other,
            believed,
            (one != two) & (one > 0) & written,
            "性别",
            sexes[two],
            sexes[one],
            reason,
        )
    )
    return tables


def _numbers(listed: Listed, believed: Longs, other: Longs) -> list[pd.DataFrame]:
    """Numbers: the valid one is suggested to whoever has none, another, or one that fails."""
    people = listed.people
    state = people.ids.state
    tables = []
    for good, bad in ((believed, other), (other, believed)):
        right, wrong = people.id1[good], people.id1[bad]
        unlike = (state[right] == VALID) & (right != wrong)
        if good is other:
            unlike &= (state[wrong] != VALID) & (state[wrong] != MISSING)
        adult = people.adult_id[bad] > 0
        reason = np.select(
            [adult, state[wrong] == MISSING, state[wrong] != VALID],
            ["填的是成年人(监护人)的号码", "证件号码未填写", "证件号码不合校验规则"],
            "证件号码与户籍或另一份名单不一致",
        ).astype(object)
        value = people.ids.texts(np.where(adult, people.adult_id[bad], wrong))
        tables.append(_rows(listed, bad, good, unlike, "证件号码", value, people.ids.texts(right), reason))
    return tables


def _registered_twice(listed: Listed, left: Longs, right: Longs) -> pd.DataFrame:
    people = listed.people
    every = np.ones(len(left), dtype=bool)
    reason = np.full(len(left), "同一儿童有两条户籍登记，请核对并注销其一", dtype=object)
    numbers = people.ids.texts
    return _rows(
        listed, right, left, every, "重复登记", numbers(people.id1[right]), numbers(people.id1[left]), reason
    )


def _rows(
    listed: Listed,
    target: Longs,
    basis: Longs,
    chosen: Flags,
    field: str,
    value: NDArray[np.object_],
    suggestion: NDArray[np.object_],
    reason: NDArray[np.object_],
) -> pd.DataFrame:
    people = listed.people
    at = np.flatnonzero(chosen)
    records = listed.table(["file", "sheet", "row"], target[at])
    agency = np.array([AGENCIES[kind] for kind in people.kinds], dtype=object)
    return pd.DataFrame(
        {
            "agency": agency[people.kind[target[at]]],
            "file": records["file"].to_numpy(),
            "sheet": records["sheet"].to_numpy(),
            "row": records["row"].to_numpy(),
            "name": people.names.text[people.name[target[at]]],
            "id_number": people.ids.texts(people.id1[target[at]]),
            "field": field,
            "value": value[at],
            "suggestion": suggestion[at],
            "basis": listed.sources(basis[at]),
            "reason": reason[at],
        },
        columns=COLUMNS,
    )
