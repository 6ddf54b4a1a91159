"""What a run gives to the reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matchers.quality import Quality, by_group
from service.reports.issue_counts import NONE, IssueCounts, count_issues
from service.reports.place_names import placed, placed_townships

if TYPE_CHECKING:
    from connectors.reading import Reading
    from matchers.long_table import LongTable
    from schemas.issue import Issue


COUNTED = (
    "child_id",
    "name",
    "sex",
    "id_number",
    "enrolment",
    "attendance",
    "probability",
    "groups",
    "township",
    "expected_grade",
    "origin",
)
CATEGORIES = ("sex", "enrolment", "attendance", "groups", "township", "origin")


class Matched(Protocol):
    """What an engine has found (``matchers.screening.Screening``, ``service.spark.rounds.Found``)."""

    @property
    def child_list(self) -> LongTable:
        """One row a child of school age on a population list, and one for each pupil not in class."""

    @property
    def link_list(self) -> LongTable:
        """Every accepted link and every link for a person to review."""

    @property
    def quality(self) -> Quality | None:
        """How good the links are, from themselves; None where the engine does not put itself to the test."""

    @property
    def corrections(self) -> pd.DataFrame:
        """What each agency should correct in its own list."""

    @property
    def issues(self) -> pd.DataFrame:
        """What was noticed about single records, for ``schemas.issue.issue_table``."""

    @property
    def unheard(self) -> tuple[Issue, ...]:
        """Decisions that could not be obeyed, and why."""

    @property
    def counts(self) -> Mapping[str, Any]:
        """Figures of each step, "funnel" among them."""

    @property
    def fates(self) -> Mapping[str, int]:
        """How many records became what."""

    @property
    def model(self) -> Mapping[str, object]:
        """Name, version, hash and thresholds of the model."""

    @property
    def model_toml(self) -> str:
        """The model used, to be given again."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """One finished run over one folder of lists.

    Attributes:
        screening: what the matcher decided.
        quality: how good the links are, from themselves; None where it was not asked.
        readings: what was read, one a file, in the order read.
        issues: every issue of reading and matching, columns ``schemas.issue.ISSUE_COLUMNS``.
        as_of: the day for which school age was reckoned.
        settings: what the run was told, by name; JSON-able.
        started, finished: wall-clock times of the run.
        timings: seconds a step took, in order.
        memory: peak resident memory in bytes, 0 when unknown.
        seen: what a report shows of rows that name persons: on the command line all of it.
        left_out: names of reports that are not written.
    """

    screening: Matched
    quality: Quality | None
    readings: Sequence[Reading]
    issues: pd.DataFrame
    as_of: date
    settings: Mapping[str, object]
    started: datetime
    finished: datetime
    timings: Mapping[str, float]
    memory: int = 0
    seen: Callable[[pd.DataFrame], pd.DataFrame] = field(default=lambda rows: rows)
    left_out: Sequence[str] = ()

    @cached_property
    def children(self) -> pd.DataFrame:
        """What is counted of the children (``COUNTED``), by row of the list; townships as in ``rows``.

        States and townships are categories: a million children are counted, not laid out.
        """
        pieces = []
        for piece in self.screening.child_list.pieces([*COUNTED, "address"]):
            table = pa.Table.from_pandas(placed_townships(piece)[list(COUNTED)], preserve_index=False)
            for name in CATEGORIES:
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, table.column(name).dictionary_encode())
            pieces.append(table)
        children: pd.DataFrame = pa.concat_tables(pieces).unify_dictionaries().to_pandas()
        return children

    def issues_in(self, file: str) -> IssueCounts:
        """What was noticed in one list, counted."""
        return self._issues_by_file.get(file, NONE)

    @cached_property
    def _issues_by_file(self) -> Mapping[str, IssueCounts]:
        return count_issues(self.issues)

    @cached_property
    def groups(self) -> list[dict[str, object]]:
        """How well each group of children is found (``matchers.quality.by_group``)."""
        return by_group(self.children, self.quality.tested) if self.quality else []

    def rows(self, chosen: pd.DataFrame) -> pd.DataFrame:
        """All columns of these rows of ``children``, township and village filled in from the address."""
        numbers = chosen.index.to_numpy()
        return self.seen(placed(self.screening.child_list.take(numbers)).set_axis(numbers, axis="index"))

    def links(self, chosen: NDArray[np.int64], columns: Sequence[str] = ()) -> pd.DataFrame:
        """These links, of these columns or all."""
        return self.seen(self.screening.link_list.take(chosen, columns))

    @cached_property
    def doubtful(self) -> NDArray[np.int64]:
        """The links between children and pupils that a person is to judge, the likeliest first."""
        links = self.screening.link_list
        chosen = links.where(stage="roll", decision="review")
        probability = links.take(chosen, ["probability"])["probability"].to_numpy()
        return chosen[np.argsort(-probability, kind="stable")]

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
