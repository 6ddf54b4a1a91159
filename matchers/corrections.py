"""What each agency should correct in its own list, learnt from the accepted links.

The household register is believed for name, number, birthday and sex, since the law makes it the source
(domain notes, section 3.3); only where its own number fails the check digit and the other list's passes
does the register get the correction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from matchers.comparisons import name as name_comparison
from matchers.explain import dates
from matchers.id_table import MISSING, VALID
from matchers.people import Flags, Longs
from matchers.run import Result
from matchers.shown import SEXES, Shown
from matchers.steps.s8_decide import ACCEPTED
from matchers.texts import Codes, decode

AGENCIES = {
    "household": "公安",
    "civil_affairs": "民政",
    "poverty": "乡村振兴",
    "disability": "残联",
    "roll": "教育",
    "attendance": "教育",
    "aid": "教育",
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
_NUMBERS = (
    "填的是成年人(监护人)的号码",
    "证件号码未填写",
    "证件号码不合校验规则",
    "证件号码与户籍或另一份名单不一致",
)
_TWICE = "同一儿童有两条户籍登记，请核对并注销其一"


def corrections_table(shown: Shown, results: Sequence[tuple[str, Result]]) -> pd.DataFrame:
    """One row a correction, in the order of agency, file, sheet, row; each only once."""
    people = shown.people
    household = people.kind == people.kinds.index("household")
    tables = []
    for stage, result in results:
        accepted = result.decision == ACCEPTED
        left, right = result.pairs.left[accepted], result.pairs.right[accepted]
        double = household[left] & household[right]
        if stage == "resolve":
            tables.append(_registered_twice(shown, left[double], right[double]))
        believed = np.where(household[right] & ~household[left], right, left)
        other = np.where(believed == left, right, left)
        tables += _differences(shown, believed[~double], other[~double])
    return in_order(pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame(columns=COLUMNS))


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Corrections as they are told: each once, by agency and place."""
    order = ["agency", "file", "sheet", "row", "field", "basis"]
    return table.drop_duplicates().sort_values(order, kind="stable").reset_index(drop=True)


def _differences(shown: Shown, believed: Longs, other: Longs) -> list[pa.Table]:
    """Name, number, birthday and sex of the other list against the list that is believed."""
    return [
        _names(shown, believed, other),
        *_numbers(shown, believed, other),
        _birthdays(shown, believed, other),
        _sexes(shown, believed, other),
    ]


def _names(shown: Shown, believed: Longs, other: Longs) -> pa.Table:
    name = shown.people.name
    level = name_comparison.name_levels(shown.people.names, name[believed], name[other])
    unlike = (level != name_comparison.EXACT) & (level < len(name_comparison.LEVELS))
    at = np.flatnonzero(unlike)
    wording = [each.sentence.split("：", 1)[0] for each in name_comparison.LEVELS]
    value, suggestion = (shown.name(name[rows[at]]) for rows in (other, believed))
    return _rows(shown, other[at], believed[at], "姓名", value, suggestion, decode(level[at], wording))


def _birthdays(shown: Shown, believed: Longs, other: Longs) -> pa.Table:
    birth = shown.people.birth
    right, wrong = birth[believed], birth[other]
    at = np.flatnonzero((right % 100 > 0) & (wrong % 100 > 0) & (right != wrong))
    reason = _always("出生日期与户籍或另一份名单不一致", at)
    return _rows(shown, other[at], believed[at], "出生日期", dates(wrong[at]), dates(right[at]), reason)


def _sexes(shown: Shown, believed: Longs, other: Longs) -> pa.Table:
    sex = shown.people.sex
    right, wrong = sex[believed], sex[other]
    at = np.flatnonzero((right != wrong) & (right > 0) & shown.given("sex")[other])
    value, suggestion = (decode(each[at], SEXES) for each in (wrong, right))
    reason = _always("性别与户籍或另一份名单不一致", at)
    return _rows(shown, other[at], believed[at], "性别", value, suggestion, reason)


def _numbers(shown: Shown, believed: Longs, other: Longs) -> list[pa.Table]:
    """Numbers: the valid one is suggested to whoever has none, another, or one that fails."""
    people = shown.people
    state = people.ids.state
    tables = []
    for good, bad in ((believed, other), (other, believed)):
        right, wrong = people.id1[good], people.id1[bad]
        unlike: Flags = (state[right] == VALID) & (right != wrong)
        if good is other:
            unlike &= (state[wrong] != VALID) & (state[wrong] != MISSING)
        at = np.flatnonzero(unlike)
        good_rows, bad_rows, wrong = good[at], bad[at], wrong[at]
        adult = people.adult_id[bad_rows] > 0
        sort = np.select([adult, state[wrong] == MISSING, state[wrong] != VALID], [0, 1, 2], 3)
        value = shown.number(np.where(adult, people.adult_id[bad_rows], wrong))
        suggestion = shown.number(right[at])
        tables.append(
            _rows(shown, bad_rows, good_rows, "证件号码", value, suggestion, decode(sort, _NUMBERS))
        )
    return tables


def _registered_twice(shown: Shown, left: Longs, right: Longs) -> pa.Table:
    value, suggestion = (shown.number(shown.people.id1[rows]) for rows in (right, left))
    return _rows(shown, right, left, "重复登记", value, suggestion, _always(_TWICE, left))


def _always(text: str, rows: Codes) -> pa.Array:
    return decode(np.zeros(len(rows), dtype=np.int8), [text])


def _rows(
    shown: Shown,
    target: Longs,
    basis: Longs,
    field: str,
    value: pa.Array,
    suggestion: pa.Array,
    reason: pa.Array,
) -> pa.Table:
    people = shown.people
    file, sheet, row = shown.place(target)
    columns = (
        decode(people.kind[target], [AGENCIES[kind] for kind in people.kinds]),
        decode(file, shown.files),
        pa.array(sheet),
        pa.array(row),
        shown.name(people.name[target]),
        shown.number(people.id1[target]),
        _always(field, target),
        value,
        suggestion,
        shown.source(basis),
        reason,
    )
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))
