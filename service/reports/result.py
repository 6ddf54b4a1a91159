"""What a run gives to the reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from service.reports.place_names import placed

if TYPE_CHECKING:
    from connectors import Reading
    from matchers.screen import Screening


@dataclass(frozen=True, eq=False)
class RunResult:
    """One finished run over one folder of lists.

    Attributes:
        screening: what the matcher decided.
        readings: what was read, one a file, in the order read.
        issues: every issue of reading and matching, columns ``schemas.issue.ISSUE_COLUMNS``.
        as_of: the day for which school age was reckoned.
        settings: what the run was told, by name; JSON-able.
        started, finished: wall-clock times of the run.
        timings: seconds a step took, in order.
        memory: peak resident memory in bytes, 0 when unknown.
    """

    screening: Screening
    readings: Sequence[Reading]
    issues: pd.DataFrame
    as_of: date
    settings: Mapping[str, object]
    started: datetime
    finished: datetime
    timings: Mapping[str, float]
    memory: int = 0

    @cached_property
    def children(self) -> pd.DataFrame:
        """The children with township and village filled from the address where the lists have none."""
        return placed(self.screening.children)

    @property
    def school_year(self) -> int:
        """The year Y whose school year, from 1 September of Y, holds the day ``as_of``."""
        return self.as_of.year if self.as_of.month >= 9 else self.as_of.year - 1

    @property
    def cohort(self) -> tuple[date, date]:
        """First and last birthday of school age: 1 September of Y-15 to 31 August of Y-6."""
        return date(self.school_year - 15, 9, 1), date(self.school_year - 6, 8, 31)

    @property
    def created(self) -> datetime:
        """The date put into workbooks: that of the question, so that a repeated run writes the same bytes."""
        return datetime.combine(self.as_of, time())
