"""Tables of Spark: what the engine does with them, whatever they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from matchers.engines.pairing import LOWEST, lowest_of_each
from matchers.engines.parcels import PARCEL, opened, parcelled
from matchers.engines.tables import BARE

Work = Callable[[pa.Table], pa.Table]
Schema: TypeAlias = Sequence[tuple[str, pa.DataType]] | StructType
Keep = Callable[[DataFrame, str], DataFrame]


@dataclass(frozen=True)
class Frames:
    """Where work is done.

    Attributes:
        keep: writes a table where every machine can read it, and reads it again: what is needed twice is
            made once, and is there when the machine that made it is not.
        bins: into how many pieces work is cut that needs all rows of somebody together.
    """

    keep: Keep
    bins: int

    def told(self, table: DataFrame, name: str, **counts: Column) -> tuple[DataFrame, dict[str, Any]]:
        """Keep a table, and count in it while it is written."""
        seen = Observation()
        kept = self.keep(table.observe(seen, *(each.alias(what) for what, each in counts.items())), name)
        return kept, seen.get

    def each(self, table: DataFrame, work: Work, schema: Schema) -> DataFrame:
        """Work that needs nothing but the rows themselves."""

        def over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if batch.num_rows:
                    yield from work(pa.Table.from_batches([batch])).combine_chunks().to_batches()

        return table.mapInArrow(over, _spark(schema))

    def whole(self, table: DataFrame, work: Work, schema: Schema) -> DataFrame:
        """Work that needs all rows of a table that one process can hold."""

        def over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            if held := list(batches):
                yield from work(pa.Table.from_batches(held)).combine_chunks().to_batches()

        return table.coalesce(1).mapInArrow(over, _spark(schema))

    def of_all(self, table: DataFrame, key: str, work: Work, schema: Schema) -> DataFrame:
        """Work that needs all rows with one value of ``key`` together."""

        def over(group: pa.Table) -> pa.Table:
            return work(group.drop_columns(["bin"])).combine_chunks()

        return table.withColumn("bin", self.bin(key)).groupBy("bin").applyInArrow(over, _spark(schema))

    def of_both(
        self,
        one: DataFrame,
        other: DataFrame,
        key: str,
        work: Callable[[pa.Table, pa.Table], pa.Table],
        schema: Schema,
    ) -> DataFrame:
        """Work that needs all rows of two tables with one value of ``key`` together."""
        left, right = (each.withColumn("bin", self.bin(key)) for each in (one, other))
        return self.of_bins(left, right, work, schema)

    def of_bins(
        self,
        one: DataFrame,
        other: DataFrame,
        work: Callable[[pa.Table, pa.Table], pa.Table],
        schema: Schema,
    ) -> DataFrame:
        """Work that needs all rows of two tables with one ``bin`` together."""

        def over(left: pa.Table, right: pa.Table) -> pa.Table:
            return work(*(each.drop_columns(["bin"]) for each in (left, right))).combine_chunks()

        return one.groupBy("bin").cogroup(other.groupBy("bin")).applyInArrow(over, _spark(schema))

    def meet(
        self,
        pairs: DataFrame,
        records: DataFrame,
        work: Callable[[pa.Table, pa.Table], pa.Table],
        schema: Schema,
    ) -> DataFrame:
        """Work that needs all pairs of a left person, with the records of both sides: each once a piece.

        A pair may come several times, with one rule each.
        """
        pairs = pairs.withColumn("bin", self.bin("lp")).repartition("bin")
        both = f.explode(f.array("left", "right")).alias("row")
        rows = records.join(pairs.select(f.col("bin").alias("piece"), both).distinct(), "row")
        return self.of_bins(pairs, rows.withColumnRenamed("piece", "bin"), work, schema)

    def bin(self, key: str) -> Column:
        """The piece that a value belongs to."""
        return f.pmod(f.xxhash64(key), f.lit(self.bins))


def _spark(schema: Schema) -> StructType:
    found: StructType = schema if isinstance(schema, StructType) else from_arrow_schema(pa.schema(schema))
    return found


def pairs_of(
    frames: Frames, records: DataFrame, tokens: Work, find: Callable[[int, pa.Table], pa.Table], limit: int
) -> DataFrame:
    """The pairs of records that share a token, once for each rule: ``within`` a side, ``between`` two."""

    bins = frames.bins

    def sent(table: pa.Table) -> pa.Table:
        return parcelled("key", bins, tokens(table))

    def over(group: pa.Table) -> pa.Table:
        return find(limit, opened(group)).combine_chunks()

    parcels = frames.each(records, sent, PARCEL)
    return parcels.groupBy("bin").applyInArrow(over, _spark(BARE))


def many(told: Column) -> Column:
    """How many rows there are of which this is told."""
    return f.count(f.when(told, 1))


BELOW = 33
"""Bits below the number of the part in the numbers that Spark gives to the rows of a sorted table."""


def number_rows(frames: Frames, table: DataFrame, order: Sequence[str], name: str) -> DataFrame:
    """The rows numbered from 0 in this order: each part of the sorted table is counted."""
    parts = table.orderBy(*order).withColumn("place", f.monotonically_increasing_id())
    parts = frames.keep(parts.withColumn("part", f.shiftright("place", BELOW)), "ordered")
    sizes = {each["part"]: each["count"] for each in parts.groupBy("part").count().collect()}
    start, starts = 0, []
    for part in sorted(sizes):
        starts += [f.lit(part).cast("long"), f.lit(start).cast("long")]
        start += sizes[part]
    begins = f.create_map(*starts)[f.col("part")] if starts else f.lit(0)
    row = (begins + f.col("place") - f.shiftleft(f.col("part"), BELOW)).cast("long")
    return parts.withColumn(name, row).drop("place", "part")


AT_ONCE = 2_000_000
"""So many pairs are joined by one process: some hundred megabytes, and one step instead of many."""


def components(frames: Frames, pairs: DataFrame, size: int) -> DataFrame:
    """Pairs (one, other), of which there are ``size`` -> for each code the lowest that they join it with."""
    edges = pairs.select("one", "other").where("one <> other")
    if size <= AT_ONCE:
        return frames.whole(edges, lowest_of_each, LOWEST)
    return _in_rounds(frames, edges)


def _in_rounds(frames: Frames, edges: DataFrame) -> DataFrame:
    """Round by round, every code takes the lowest of its neighbours', until nobody changes.

    Persons have few records, so that rounds are few.
    """
    both = frames.keep(edges.union(edges.select(f.col("other"), f.col("one"))).distinct(), "both")
    least = f.least(f.col("one"), f.min("other")).alias("lowest")
    lowest = frames.keep(both.groupBy("one").agg(least), "lowest")
    changed = True
    while changed:
        theirs = lowest.withColumnsRenamed({"one": "other", "lowest": "theirs"})
        near = both.join(theirs, "other").groupBy("one").agg(f.min("theirs").alias("theirs"))
        after = near.join(lowest, "one").select(
            "one",
            f.least("lowest", "theirs").alias("lowest"),
            (f.col("theirs") < f.col("lowest")).alias("moved"),
        )
        after, seen = frames.told(after, "lowest", moved=many(f.col("moved")))
        changed = seen["moved"] > 0
        lowest = after.drop("moved")
    return lowest
