"""Pupils held against the rosters of their schools on Spark: as ``matchers.attendance``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.attendance import IN_CLASS, same_writing
from matchers.engines.deciding import claimants, claimed
from matchers.engines.orders import Orders
from matchers.engines.pairing import between
from matchers.engines.records import SCHOOL, number_tokens, school_texts, schools_told, with_schools
from matchers.engines.scoring import Scoring
from matchers.engines.spark.frames import Frames, components, pairs_of
from matchers.engines.spark.linking import LEFT, RIGHT, link
from matchers.engines.tables import BARE
from matchers.engines.wire import Desk
from matchers.model import Model
from matchers.steps.s1_prepare import school_name
from matchers.steps.s2_deterministic import LIMIT as SAME_NUMBER
from matchers.steps.s3_block import SCHOOL_KEYS
from matchers.steps.s4_compare import PUPIL
from matchers.steps.s8_decide import ACCEPTED


@dataclass(frozen=True)
class Attended:
    """What the rosters show.

    Attributes:
        covered: of each record of the roll whether a roster covers the school.
        result: the links between pupils and roster rows with ``chosen``: which show a pupil.
    """

    covered: DataFrame
    result: DataFrame


def attend(
    frames: Frames,
    desk: Desk,
    both: tuple[DataFrame, DataFrame],
    texts: DataFrame,
    model: Model,
    orders: Orders,
) -> Attended:
    """Say which roster row shows each pupil.

    ``both`` are the records of the roll, with the person of each, and of the rosters; ``texts`` what all say.
    """
    roll, rosters = (each.withColumn("at", f.lit(at)) for at, each in zip((LEFT, RIGHT), both, strict=True))
    sides = roll.unionByName(rosters)
    scoring = Scoring(desk, model, PUPIL, "pupil")
    found = pairs_of(frames, sides, partial(number_tokens, desk), between, SAME_NUMBER)
    sure = frames.meet(found, sides, scoring.sure, scoring.sure_schema())
    sure = frames.keep(sure.select([name for name, _ in BARE]), "by_number")
    usual = _usual(frames, desk, sides, sure, texts)
    if usual:
        rosters = frames.each(rosters, partial(with_schools, usual), rosters.schema)
    sent = rosters.where("school > 0").select("school", f.lit(True).alias("covered")).distinct()
    roll = roll.join(sent, "school", "left").fillna(False, ["covered"])
    by_number = sure.select(f.col("lp").alias("person"), f.lit(True).alias("found")).distinct()
    asked = roll.join(by_number, "person", "left").where("covered or school = 0 or found")
    sides = frames.keep(asked.drop("found", "covered").unionByName(rosters), "asked")
    result = link(
        frames, desk, sides, model,
        use="pupil", keys=SCHOOL_KEYS, comparing=PUPIL, families=False, free=IN_CLASS,
        orders=orders,
    )  # fmt: skip
    return Attended(roll.select("row", "covered"), _chosen(frames, frames.keep(result, "attending")))


def _usual(frames: Frames, desk: Desk, sides: DataFrame, sure: DataFrame, texts: DataFrame) -> dict[int, int]:
    """The roster's codes of schools that the roll writes otherwise, and the roll's."""
    couples = frames.meet(sure, sides, partial(schools_told, desk), [("couple", pa.int64())])
    counted = sorted(
        (np.int64(each["couple"]).astype(np.uint64), each["count"])
        for each in couples.groupBy("couple").count().collect()
    )
    keys = np.array([each for each, _ in counted], dtype=np.uint64)
    times = np.array([each for _, each in counted], dtype=np.int64)
    here, there = _schools(frames, sides, texts)
    written, usual = same_writing((keys, times), here if there else {}, there)
    return dict(zip(written.tolist(), usual.tolist(), strict=True))


def _schools(frames: Frames, sides: DataFrame, texts: DataFrame) -> tuple[dict[int, str], dict[int, str]]:
    """The schools that either side names, by code: as many as there are schools."""
    named = sides.where("school > 0").select("row", "at", "school")
    named = frames.each(named.join(texts, "row"), school_texts, SCHOOL)
    found: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for each in named.groupBy("at", "school").agg(f.min("text").alias("text")).collect():
        found[each["at"]][each["school"]] = school_name(each["text"])
    return found


def _chosen(frames: Frames, result: DataFrame) -> DataFrame:
    """The links that show a pupil: the accepted ones, and doubtful ones that nobody else claims."""
    accepted = result.where(f.col("decision") == ACCEPTED)
    doubtful = result.where(f.col("decision") != ACCEPTED)
    others = doubtful.select("lp").distinct().count()
    free = doubtful.join(accepted.select("lp").distinct(), "lp", "left_anti")
    free = free.join(accepted.select("rp").distinct(), "rp", "left_anti").select(
        "left", "right", "lp", "rp", "rules", "weight"
    )
    free = frames.each(free, partial(claimants, others), free.schema)
    free, seen = frames.told(free, "claimants", size=f.count("*"))
    edges = free.select(f.col("lp").alias("one"), f.col("rp").alias("other"))
    grouped = free.join(components(frames, edges, seen["size"]).withColumnRenamed("one", "lp"), "lp")
    schema = [("left", pa.int64()), ("right", pa.int64())]
    taken = frames.of_all(grouped, "lowest", claimed, schema).withColumn("chosen", f.lit(True))
    chosen = f.coalesce("chosen", f.col("decision") == ACCEPTED)
    return result.join(taken, ["left", "right"], "left").withColumn("chosen", chosen)
