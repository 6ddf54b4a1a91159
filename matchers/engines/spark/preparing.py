"""Step 1 on Spark: the records of all lists on the wire, numbered as the local engine numbers them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.engines.records import NAME_COLUMNS, ORDER, POINT, PREPARED, characters, prepared
from matchers.engines.spark.frames import Frames, many, number_rows
from matchers.engines.wire import Desk
from matchers.steps.s1_prepare import SHARED_GUARDIAN, SHARED_PHONE
from schemas.fields.name_sounds import Confusions
from schemas.records import record_types

PARENTS = ("guardian", "head")


def prepare(
    frames: Frames, records: DataFrame, as_of: date, confusions: Confusions
) -> tuple[DataFrame, Desk]:
    """Records (``schemas.table.RECORDS``) -> the wire with ``row``, texts and place, and the desk.

    ``row`` is the row that the record has in the local engine's ``People``. Three things are counted over
    all records: which characters names hold, and which telephones and parents' numbers too many share.
    """
    aid = [kind for kind, each in record_types().items() if each.side == "aid"]
    records = records.where(~f.col("kind").isin(aid))
    points = frames.each(records.select(*NAME_COLUMNS), characters, POINT).distinct().collect()
    desk = Desk(
        characters=tuple(sorted(chr(each["point"]) for each in points)),
        confusions=confusions,
        kinds=tuple(record_types()),
        school_year=as_of.year if as_of.month >= 9 else as_of.year - 1,
        as_of=int(as_of.strftime("%Y%m%d")),
    )
    made = frames.each(_with_shared(frames, records), partial(prepared, desk, as_of), PREPARED)
    made = made.withColumn("at", f.monotonically_increasing_id())
    parents = {who: many(f.col(f"{who}_simple") != 0) for who in PARENTS}
    made, named = frames.told(made, "prepared", **parents)
    order = [name for name, _ in ORDER]
    rows = number_rows(frames, made.select("at", *order), order, "row").select("at", "row")
    people = made.drop(*order).join(_bearers(made), "at", "left").join(rows, "at").drop("at")
    people = people.fillna(0, [f"{who}_bearers" for who in PARENTS])
    people = frames.keep(people.withColumn("person", f.col("row")), "people")
    return people, replace(desk, parents=sum(named.values()))


def _with_shared(frames: Frames, records: DataFrame) -> DataFrame:
    """The records, told whether too many share their telephone, their parent's number."""
    parent = f.when(f.col("guardian_id") != "", f.col("guardian_id")).otherwise(f.col("head_id"))
    records = records.withColumn("parent", parent)
    limits = {"phone": ("office", SHARED_PHONE), "parent": ("institution", SHARED_GUARDIAN)}
    each = f.inline(
        f.array(
            *(
                f.struct(f.lit(told).alias("told"), f.col(column).alias("value"))
                for column, (told, _) in limits.items()
            )
        )
    )
    counted = (
        records.select(each).where("value <> ''").groupBy("told", "value").agg(f.count("*").alias("many"))
    )
    over = [(f.col("told") == told) & (f.col("many") > limit) for told, limit in limits.values()]
    shared = frames.keep(counted.where(over[0] | over[1]).select("told", "value"), "shared")
    for column, (told, _) in limits.items():
        those = shared.where(f.col("told") == told).select(
            f.col("value").alias(column), f.lit(True).alias(told)
        )
        records = records.join(those, column, "left")
    return records.fillna(False, [told for told, _ in limits.values()]).drop("parent")


def _bearers(made: DataFrame) -> DataFrame:
    """How many records bear the names of the parents of each, over all lists."""
    each = f.inline(
        f.array(*(f.struct(f.lit(who).alias("who"), f.col(f"{who}_simple").alias("key")) for who in PARENTS))
    )
    named = made.select("at", each).where("key <> 0")
    named = named.join(named.groupBy("key").agg(f.count("*").alias("many")), "key")
    counts = (f.max(f.when(f.col("who") == who, f.col("many"))).alias(f"{who}_bearers") for who in PARENTS)
    return named.groupBy("at").agg(*counts)
