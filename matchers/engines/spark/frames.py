"""Tables of Spark: what the engine does with them, whatever they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from matchers.engines.pairing import LOWEST, between, lowest_of_each, within
from matchers.engines.tables import BARE

Work = Callable[[pa.Table], pa.Table]
Schema = Sequence[tuple[str, pa.DataType]]
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

    def bin(self, key: str) -> Column:
        """The piece that a value belongs to."""
        return f.pmod(f.xxhash64(key), f.lit(self.bins))


def _spark(schema: Schema) -> StructType:
    found: StructType = from_arrow_schema(pa.schema(schema))
    return found


def pairs_of(frames: Frames, left: DataFrame, right: DataFrame | None, limit: int) -> DataFrame:
    """Tokens (rule, key, row, person) of two sides -> the pairs that share a key, each once, with the rules.

    Without a right side, the pairs of the left one with itself, the lower row on the left. A pair that
    several keys find meets itself where it is brought to its left record, so that this takes no shuffle of
    its own.
    """
    if right is None:
        found = frames.of_all(left, "key", partial(within, limit), BARE)
    else:
        found = frames.of_both(left, right, "key", partial(between, limit), BARE)
    persons = (f.first(each).alias(each) for each in ("lp", "rp"))
    met = found.repartition("left").groupBy("left", "right")
    return met.agg(*persons, f.bit_or("rules").alias("rules"))


def beside(pairs: DataFrame, left: DataFrame, right: DataFrame) -> DataFrame:
    """The pairs with the columns of both records beside them, as ``l_`` and ``r_``."""
    for side, people, prefix in (("left", left, "l_"), ("right", right, "r_")):
        named = people.drop("person").withColumnsRenamed({name: prefix + name for name in people.columns})
        pairs = pairs.join(named, pairs[side] == named[f"{prefix}row"]).drop(f"{prefix}row")
    return pairs


BELOW = 33
"""Bits below the number of the part in the numbers that Spark gives to the rows of a sorted table."""


def number_rows(frames: Frames, table: DataFrame, order: Sequence[str], name: str) -> DataFrame:
    """The rows numbered from 0 in this order: each part of the sorted table is counted."""
    parts = table.orderBy(*order).withColumn("at", f.monotonically_increasing_id())
    parts = frames.keep(parts.withColumn("part", f.shiftright("at", BELOW)), "ordered")
    sizes = {each["part"]: each["count"] for each in parts.groupBy("part").count().collect()}
    start, starts = 0, []
    for part in sorted(sizes):
        starts += [f.lit(part).cast("long"), f.lit(start).cast("long")]
        start += sizes[part]
    begins = f.create_map(*starts)[f.col("part")] if starts else f.lit(0)
    row = (begins + f.col("at") - f.shiftleft(f.col("part"), BELOW)).cast("long")
    return parts.withColumn(name, row).drop("at", "part")


AT_ONCE = 2_000_000
"""So many pairs are joined by one process: some hundred megabytes, and one step instead of many."""


def components(frames: Frames, pairs: DataFrame) -> DataFrame:
    """Pairs (one, other) -> for each code that is in one the lowest that the pairs join it with."""
    edges = frames.keep(pairs.select("one", "other").where("one <> other"), "edges")
    if edges.count() <= AT_ONCE:
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
        after = frames.keep(after, "lowest")
        changed = bool(after.where("moved").take(1))
        lowest = after.drop("moved")
    return lowest
