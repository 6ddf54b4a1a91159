"""What is told of the records beside the two lists, on Spark: made only where somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.corrections import COLUMNS as CORRECTION
from matchers.engines.accounts import ACCOUNTS, CORRECT, FATE, NOTICE, NOTICED, STATE, accounts
from matchers.engines.bins import Assembly
from matchers.engines.spark.frames import Frames
from matchers.people import POPULATION, ROLL
from matchers.tally import Tally
from schemas.records import record_types


@dataclass(frozen=True)
class Told:
    """Notices (columns of ``matchers.tally.notices``), corrections (``matchers.corrections``), and counts."""

    notices: DataFrame
    corrections: DataFrame
    tally: Tally


@dataclass(frozen=True)
class Telling:
    """What is needed to tell it.

    Attributes:
        everybody: every record that is compared. people: those of residents and of the rolls, with persons.
        rows, pairs: the records and the links of each bin.
    """

    frames: Frames
    assembly: Assembly
    everybody: DataFrame
    people: DataFrame
    rows: DataFrame
    pairs: DataFrame

    def told(self) -> Told:
        """All of it, counted."""
        made = self.frames.of_bins(self.rows, self.pairs, partial(accounts, self.assembly), ACCOUNTS)
        table = self.frames.keep(made, "accounts")
        notices = table.where(f.col("what") == NOTICE).select(*NOTICED)
        corrections = table.where(f.col("what") == CORRECT).select(*CORRECTION).distinct()
        return Told(notices, corrections, self._tally(table))

    def _tally(self, table: DataFrame) -> Tally:
        kinds = [name for name, each in record_types().items() if each.side != "aid"]
        by_kind = dict.fromkeys(kinds, 0)
        apart = 0
        for each in self.everybody.groupBy("kind", "apart").count().collect():
            by_kind[self.assembly.desk.kinds[each["kind"]]] += each["count"]
            apart += each["count"] if each["apart"] else 0
        by_fate, attendance = (self._summed(table, what) for what in (FATE, STATE))
        rosters = sum(by_kind[kind] for kind in kinds if record_types()[kind].side == "attendance")
        by_fate |= {"adult": by_fate.get("adult", 0) + apart, "roster": rosters}
        return Tally(by_kind, by_fate, self._persons(POPULATION) + apart, self._persons(ROLL), attendance)

    def _summed(self, table: DataFrame, what: int) -> dict[str, int]:
        found = table.where(f.col("what") == what).groupBy("code").agg(f.sum("count").alias("many"))
        return {each["code"]: each["many"] for each in found.collect()}

    def _persons(self, side: int) -> int:
        return int(self.people.where(f.col("side") == side).select("person").distinct().count())
