"""What a screening found: the list of children at once, every other table when it is first asked for.

The meeting waits for the list of children. What a run says of itself, links, corrections and accounts are
made from the same matches, later, and only where somebody wants them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from matchers.attendance import Attendance
from matchers.children import Children
from matchers.corrections import corrections_table
from matchers.links import link_list
from matchers.long_table import LongTable
from matchers.model import Model
from matchers.model_text import model_text
from matchers.people import ROLL, Longs
from matchers.quality import Quality, measure
from matchers.resolve import Persons
from matchers.run import Result
from matchers.shown import Shown
from matchers.tally import FATES, Fates, accounting_table, funnel, notices, tally
from schemas.issue import Issue


@dataclass(frozen=True, eq=False)
class Screening:
    """What a screening found, as tables.

    Attributes:
        shown: the records as texts. persons: which of them are one person. population: rows of those on
            population lists, adults' apart. linked: children with pupils. present: pupils with roster rows.
        listed: the list of children, and what is counted of them. fate: what became of each record.
        used: the model. unheard: decisions that could not be obeyed, and why. apart: places and kinds of
            records of aid, which take part in nothing.
    """

    shown: Shown
    persons: Persons
    population: Longs
    linked: Result
    present: Attendance
    listed: Children
    fate: Fates
    used: Model
    unheard: tuple[Issue, ...] = ()
    apart: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def child_list(self) -> LongTable:
        """One row a child of school age on a population list, and one for each pupil not in class."""
        return self.listed.table

    @property
    def children(self) -> pd.DataFrame:
        """The list of children laid out at once: for a county, not for a province."""
        return self.child_list.whole()

    @cached_property
    def link_list(self) -> LongTable:
        """Every accepted link and every link for a person to review."""
        return link_list(self.shown, self._results, self.persons, self.listed.facts)

    @property
    def links(self) -> pd.DataFrame:
        """The links laid out at once: for a county, not for a province."""
        return self.link_list.whole()

    @cached_property
    def quality(self) -> Quality:
        """How good the links between children and pupils are, from themselves."""
        people = self.shown.people
        roll = np.flatnonzero(people.side == ROLL)
        told = self.listed.facts.join(self.child_list.whole(["child_id", "id_number"]))
        return measure(people, self.population, roll, self.persons.code, self.linked, told, self.used)

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """What each agency should correct in its own list."""
        return corrections_table(self.shown, self._results)

    @cached_property
    def accounting(self) -> pd.DataFrame:
        """One row a record: what became of it."""
        table = accounting_table(self.shown, self.fate)
        if not len(self.apart):
            return table
        both = pd.concat([table.astype({"fate": "str"}), self.apart.assign(fate="aid")[table.columns]])
        return both.sort_values(["file", "sheet", "row", "member"], kind="stable", ignore_index=True)

    @property
    def fates(self) -> dict[str, int]:
        """How many records became what: the table above counted without being laid out, most first."""
        counts = dict(zip(FATES, np.bincount(self.fate, minlength=len(FATES)).tolist(), strict=True))
        counts["aid"] = len(self.apart)
        return {name: count for name, count in sorted(counts.items(), key=lambda each: -each[1]) if count}

    @cached_property
    def issues(self) -> pd.DataFrame:
        """What was noticed about single records while matching, for ``schemas.issue.issue_table``."""
        return notices(self.shown, self.persons, self.linked, self.fate)

    @cached_property
    def counts(self) -> dict[str, object]:
        """Figures of each step, "funnel" among them."""
        counted = tally(self.shown.people, self.persons, self.fate, self.linked, self.present)
        return funnel(counted, self.listed.facts)

    @property
    def model(self) -> dict[str, object]:
        """Name, version, hash and thresholds of the model."""
        return self.used.facts()

    @property
    def model_toml(self) -> str:
        """The model used, to be given again."""
        return model_text(self.used)

    @property
    def _results(self) -> list[tuple[str, Result]]:
        """The links of each stage."""
        resolved = [("resolve", each) for each in self.persons.links]
        return [*resolved, ("roll", self.linked), ("attendance", self.present.result)]
