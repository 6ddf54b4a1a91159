"""The cells of a run's children: each state on paper, in class and band of probability together is one.

A filter of the list shows whole cells, so that the database takes a page from the heads of a few ranges of an
index, in the order of numbers, however rare what is asked for. There are 36 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

ENROLMENT: Mapping[str, str] = {"not_enrolled": "未就学", "review": "待人工确认", "enrolled": "已匹配在籍"}
ATTENDANCE: Mapping[str, str] = {"absent": "不在班", "attending": "在班", "unknown": "无花名册"}

BANDS: Mapping[str, tuple[float, float]] = {
    "sure": (0.99, 1.01),
    "likely": (0.5, 0.99),
    "doubtful": (0.1, 0.5),
    "slight": (0.0, 0.1),
}
"""Bands of probability that a child and the pupil named beside it are one: from, to (not included)."""

BAND_LABELS = {"sure": "99%以上", "likely": "50%至99%", "doubtful": "10%至50%", "slight": "不到10%"}

CELLS: Mapping[tuple[str, str, str], int] = {
    cell: number for number, cell in enumerate(product(ENROLMENT, ATTENDANCE, BANDS))
}
"""(enrolment, attendance, band) -> number, as ``run_child.cell`` has it."""


def cells(enrolment: str = "", attendance: str = "", band: str = "") -> list[int]:
    """The numbers of the cells that these show, "" for all.

    >>> cells("not_enrolled", "absent"), len(cells(band="sure"))
    ([0, 1, 2, 3], 9)
    """
    asked = (enrolment, attendance, band)
    return [
        number
        for cell, number in CELLS.items()
        if all(not wanted or wanted == value for wanted, value in zip(asked, cell, strict=True))
    ]


def cell_sql() -> str:
    """How PostgreSQL computes the number from ``enrolment``, ``attendance`` and ``probability``.

    Null, which the column refuses, for a state that there is not.
    """
    bands = len(BANDS)
    enrolment = _cases("enrolment", ENROLMENT, len(ATTENDANCE) * bands)
    attendance = _cases("attendance", ATTENDANCE, bands)
    floors = " ".join(
        f"when probability >= {low}::float8 then {number}" for number, (low, _) in enumerate(BANDS.values())
    )
    return f"({enrolment} + {attendance} + case {floors} end)::smallint"


def _cases(column: str, values: Mapping[str, str], step: int) -> str:
    cases = " ".join(f"when '{value}' then {number * step}" for number, value in enumerate(values))
    return f"case {column} {cases} end"
