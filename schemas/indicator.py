"""Indicators (指标) of a round: their names and formulas, and what an outcome makes of a child in them.

Two families bear like names and mean different things. What county plans call 义务教育巩固率 is a ratio of
children at school to children of school age; the official one follows those who entered nine years ago. Each
has its own line in ``codes/indicator.csv``; what cannot be computed says what it would need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from schemas.case import outcomes
from schemas.codes import code_list

FAMILIES: Mapping[str, str] = {"plan": "计划文件口径", "official": "官方口径", "process": "过程指标"}
"""Families of indicators, in the order of pages and reports."""

Unit = Literal["share", "count", "days"]

AT_SCHOOL = (
    "A04", "A05", "A06", "A11", "A12",
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11",
    "D08",
)  # fmt: skip
"""Outcomes of a child who is at school: a wrong number or name was all that was wrong (A04 to A06, A11, A12),
it was found there (B), or it went back (D08)."""

FINISHED = ("B12", "B13")
"""Outcomes of a child who has finished: counted as enrolled by the official ratio alone."""

NO_CHILD = ("A01", "A02", "A03", "A07", "A08", "A09", "A10", "C01", "C02", "C10")
"""Outcomes by which there is no child of school age here: dead, twice on the lists, nobody there, moved away,
too young or too old. The official ratio leaves them out of the population."""

NEVER = ("D01",)
"""Outcomes of a child out of school who never was a pupil: 失学, not 辍学."""

OUT = tuple(code for code, each in outcomes().items() if each.counts == "yes")
"""Outcomes that count as out of school (失学辍学)."""

DROPPED_OUT = tuple(code for code in OUT if code not in NEVER)
"""Of these the dropouts (辍学)."""

BACK = tuple(code for code, each in outcomes().items() if each.closes == "after_stability_check")
"""Outcomes of a child who was brought back (劝返复学)."""

FALSE_GROUPS = ("A", "B")
"""Groups of outcomes by which a suspicion was false: data errors, and children at school."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    Attributes:
        family: of ``FAMILIES``. unit: of its value. least: ``township`` where it is computed for each, else
            ``county``. formula, numerator, denominator: in words. needs: what is missing, "" where computed.
    """

    code: str
    name: str
    family: str
    unit: Unit
    least: str
    formula: str
    numerator: str
    denominator: str
    needs: str
    source: str


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by its code, in the order of the list."""
    rows: tuple[dict[str, Any], ...] = code_list("indicator")
    return MappingProxyType({row["code"]: Indicator(**row) for row in rows})


def standing_of(outcome: str) -> str:
    """What an approved outcome makes of a child, in one word.

    ``at_school``, ``finished``, ``no_child`` (of school age here), ``out`` or ``away``.

    ``away`` is of school age, not at school and not counted as out of it (lawfully, or nobody knows where).

    >>> standing_of("A05"), standing_of("A01"), standing_of("D03"), standing_of("C04"), standing_of("E01")
    ('at_school', 'no_child', 'out', 'away', 'away')
    """
    for name, codes in (
        ("at_school", AT_SCHOOL),
        ("finished", FINISHED),
        ("no_child", NO_CHILD),
        ("out", OUT),
    ):
        if outcome in codes:
            return name
    return "away"
