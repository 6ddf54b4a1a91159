"""A round of the service matched on Spark: what was found, as the reports and the database take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from matchers import Model
from matchers.children import COLUMNS as CHILD
from matchers.corrections import in_order
from matchers.links import COLUMNS as LINK
from matchers.long_table import PIECE, LongTable
from matchers.model_text import model_text
from matchers.tally import funnel
from schemas.issue import Issue
from service.screening import Clock, Given
from service.spark.places import Place
from service.spark.records import put
from service.spark.screening import match, workplace
from service.spark.session import SparkSettings, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


STEPS = 90
"""About so many steps are told while a round is matched on Spark."""

_WIDE = {pa.string(): pa.large_string()}
FACTS = ["origin", "enrolment", "attendance", "rule"]


@dataclass(frozen=True, eq=False)
class Found:
    """What Spark found of a round: as ``matchers.screening.Screening`` says it, without the self-check.

    Attributes:
        apart: records of lists that take part in nothing.
    """

    child_list: LongTable
    link_list: LongTable
    corrections: pd.DataFrame
    issues: pd.DataFrame
    counts: Mapping[str, object]
    fates: Mapping[str, int]
    used: Model
    unheard: tuple[Issue, ...] = ()
    quality: None = None

    @property
    def model(self) -> dict[str, object]:
        """Name, version, hash and thresholds of the model."""
        return self.used.facts()

    @property
    def model_toml(self) -> str:
        """The model used, to be given again."""
        return model_text(self.used)


@dataclass(frozen=True)
class OnSpark:
    """Matches rounds on Spark.

    Attributes:
        place: a folder or an address that this machine and all of Spark's reach; the records stand there in
            clear until the round is matched.
        name: of the folder there for this attempt; those ``before`` it of the same run begin alike.
        here: a folder of this machine for what comes back.
    """

    settings: SparkSettings
    place: Place
    name: str
    before: str
    here: Path

    def __call__(self, held: list[pd.DataFrame], given: Given, clock: Clock) -> Found:
        """Match the records, which are taken out of ``held``."""
        records = held.pop()
        apart = int((records["kind"] == "aid").sum())
        with session(self.settings) as spark, workplace(spark, self.place, self.name) as work:
            for left in self.place.names(spark):
                # By a worker that was killed.
                if left.startswith(self.before) and left != self.name:
                    (self.place / left).remove(spark)
            clock.step("送往 Spark")
            sent = put(spark, records, work / "records")
            del records
            found = match(spark, sent, work, clock.step, given.as_of, given.model, given.decisions)
            told = found.telling.told()
            clock.step("取回结果")
            children, links, notices, corrections = (
                self._brought(spark, table, order, work)
                for table, order in (
                    (found.children.select(*CHILD), ["child_id"]),
                    (found.links.select(*LINK), ["link_id"]),
                    (told.notices, ["file", "sheet", "row", "code", "other"]),
                    (told.corrections, ["agency"]),
                )
            )
            fates = {**told.tally.by_fate, "aid": apart}
            return Found(
                child_list=children,
                link_list=links,
                corrections=in_order(corrections.whole()),
                issues=notices.whole(),
                counts=funnel(told.tally, children.whole(FACTS)),
                fates={name: n for name, n in sorted(fates.items(), key=lambda each: -each[1]) if n},
                used=found.used,
                unheard=found.unheard,
            )

    def _brought(self, spark: SparkSession, table: DataFrame, order: list[str], work: Place) -> LongTable:
        """A table of Spark on this machine: in a file that is read where it is asked for, not held."""
        name = f"{order[0]}-brought"
        table.orderBy(*order).write.parquet((work / name).address)
        (work / name).fetch(spark, self.here / name)
        file = self.here / f"{name}.arrow"
        parts = [pq.ParquetFile(each) for each in sorted((self.here / name).glob("part-*.parquet"))]
        schema = pa.schema([(each.name, _WIDE.get(each.type, each.type)) for each in parts[0].schema_arrow])
        with pa.OSFile(str(file), "wb") as out, pa.ipc.new_file(out, schema) as writer:
            for part in parts:
                for batch in part.iter_batches(PIECE):
                    writer.write_table(pa.Table.from_batches([batch]).cast(schema))
        return LongTable.on(pa.ipc.open_file(pa.memory_map(str(file))).read_all())
