"""Step 1 on Spark: the records of all lists on the wire, numbered as the local engine numbers them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.engines.records import POINT, PREPARED, characters, prepared
from matchers.engines.spark.frames import Frames, number_rows
from matchers.engines.wire import Desk
from matchers.steps.s1_prepare import SHARED_GUARDIAN, SHARED_PHONE
from schemas.fields.name_sounds import Confusions
from schemas.records import record_types


def prepare(
    frames: Frames, records: DataFrame, as_of: date, confusions: Confusions
) -> tuple[DataFrame, Desk]:
    """Records (``schemas.table.RECORDS``) -> the wire with ``row``, texts and place, and the desk.

    ``row`` is the row that the record has in the local engine's ``People``. Three things are counted over
    all records: which characters names hold, and which telephones and parents' numbers too many share.
    """
    aid = [kind for kind, each in record_types().items() if each.side == "aid"]
    records = records.where(~f.col("kind").isin(aid))
    points = frames.each(records, characters, POINT).distinct().collect()
    desk = Desk(
        characters=tuple(sorted(chr(each["point"]) for each in points)),
        confusions=confusions,
        kinds=tuple(record_types()),
        school_year=as_of.year if as_of.month >= 9 else as_of.year - 1,
        as_of=int(as_of.strftime("%Y%m%d")),
    )
    parent = f.when(f.col("guardian_id") != "", f.col("guardian_id")).otherwise(f.col("head_id"))
    records = records.withColumn("parent", parent)
    for column, limit, told in (
        ("phone", SHARED_PHONE, "office"),
        ("parent", SHARED_GUARDIAN, "institution"),
    ):
        shared = records.where(f.col(column) != "").groupBy(column).agg(f.count("*").alias("many"))
        shared = shared.where(f.col("many") > limit).select(column, f.lit(True).alias(told))
        records = records.join(shared, column, "left")
    records = records.fillna(False, ["office", "institution"]).drop("parent")
    made = frames.each(records, partial(prepared, desk, as_of), PREPARED)
    people = number_rows(frames, made, ("said", "file", "sheet", "line", "member"), "row")
    people = people.drop("said").withColumn("person", f.col("row"))
    people, parents = _with_bearers(frames, people)
    return frames.keep(people, "people"), replace(desk, parents=parents)


def _with_bearers(frames: Frames, people: DataFrame) -> tuple[DataFrame, int]:
    """The records with how many bear the names of their parents, over all lists, and how many there are."""
    keys = {"guardian_simple": "guardian_bearers", "head_simple": "head_bearers"}
    named = people.select(f.explode(f.array(*keys)).alias("key")).where("key <> 0")
    count = frames.keep(named.groupBy("key").agg(f.count("*").alias("many")), "parents")
    for key, told in keys.items():
        people = people.join(count.select(f.col("key").alias(key), f.col("many").alias(told)), key, "left")
    total = count.agg(f.sum("many")).collect()[0][0] or 0
    return people.fillna(0, list(keys.values())), int(total)
