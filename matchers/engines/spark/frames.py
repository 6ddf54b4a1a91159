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
    """Pairs (one, other), of which there are ``size`` -> for each code the lowest that they join it with.

    Pairs too many for one process become fewer first: every code moves to the lowest of itself and its
    neighbours, and only pairs whose codes moved to different ones are left, between those. A round resolves
    every group that hangs together by its lowest code, and takes the highest code out of every other.
    """
    edges = pairs.select("one", "other").where("one <> other")
    moves = []
    while size > AT_ONCE:
        moved = _moved(frames, edges)
        moves.append(moved)
        edges, size = _left(frames, edges, moved)
    lowest = frames.whole(edges, lowest_of_each, LOWEST)
    for moved in reversed(moves):
        final = lowest.select(f.col("one").alias("lowest"), f.col("lowest").alias("final"))
        found = f.coalesce("final", "lowest").alias("lowest")
        lowest = moved.join(final, "lowest", "left").select("one", found)
    return lowest


def _moved(frames: Frames, edges: DataFrame) -> DataFrame:
    """For each code the lowest of itself and its neighbours."""
    both = edges.union(edges.select("other", "one"))
    least = f.least(f.col("one"), f.min("other")).alias("lowest")
    return frames.keep(both.groupBy("one").agg(least), "moved")


def _left(frames: Frames, edges: DataFrame, moved: DataFrame) -> tuple[DataFrame, int]:
    """The pairs that are left between the codes that others moved to, and how many."""
    for side in ("one", "other"):
        to = moved.select(f.col("one").alias(side), f.col("lowest").alias(f"{side}_to"))
        edges = edges.join(to, side)
    left = edges.select(f.col("one_to").alias("one"), f.col("other_to").alias("other"))
    left, seen = frames.told(left.where("one <> other").distinct(), "left", size=f.count("*"))
    return left, seen["size"]
