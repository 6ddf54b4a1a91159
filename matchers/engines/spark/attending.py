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
from matchers.engines.records import number_tokens, schools_told
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, beside, components, pairs_of
from matchers.engines.spark.linking import link
from matchers.engines.tables import BARE, TOKEN
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
        roll: the records of the roll with ``covered``: whether a roster covers the school.
        result: the links between pupils and roster rows with ``chosen``: which show a pupil.
    """

    roll: DataFrame
    result: DataFrame


def attend(
    frames: Frames,
    desk: Desk,
    sides: tuple[DataFrame, DataFrame],
    texts: DataFrame,
    model: Model,
    orders: Orders,
) -> Attended:
    """Say which roster row shows each pupil.

    ``sides`` are the records of the roll, with the person of each, and of the rosters; ``texts`` what
    they say.
    """
    roll, rosters = sides
    found = [frames.each(side, partial(number_tokens, desk), TOKEN) for side in (roll, rosters)]
    scoring = Scoring(desk, model, PUPIL, "pupil")
    pairs = beside(pairs_of(frames, found[0], found[1], SAME_NUMBER), roll, rosters)
    sure = frames.keep(frames.each(pairs, scoring.sure, scoring.sure_schema()), "by_number")
    sure = sure.select([name for name, _ in BARE])
    couples = frames.each(beside(sure, roll, rosters), partial(schools_told, desk), [("couple", pa.int64())])
    counted = sorted(
        (np.int64(each["couple"]).astype(np.uint64), each["count"])
        for each in couples.groupBy("couple").count().collect()
    )
    keys = np.array([each for each, _ in counted], dtype=np.uint64)
    many = np.array([each for _, each in counted], dtype=np.int64)
    here, there = _schools(roll, texts), _schools(rosters, texts)
    written, usual = same_writing((keys, many), here if there else {}, there)
    if len(written):
        pairs_of_codes = zip(written.tolist(), usual.tolist(), strict=True)
        told = f.create_map(*(f.lit(each).cast("long") for pair in pairs_of_codes for each in pair))
        rosters = rosters.withColumn("school", f.coalesce(told[f.col("school")], f.col("school")))
    rosters = frames.keep(rosters, "rosters")
    sent = rosters.where("school > 0").select("school", f.lit(True).alias("covered")).distinct()
    roll = frames.keep(roll.join(sent, "school", "left").fillna(False, ["covered"]), "roll")
    by_number = sure.select(f.col("lp").alias("person"), f.lit(True).alias("found")).distinct()
    asked = roll.join(by_number, "person", "left").where("covered or school = 0 or found").drop("found")
    result = link(
        frames, desk, asked, rosters, model,
        use="pupil", keys=SCHOOL_KEYS, comparing=PUPIL, families=False, free=IN_CLASS,
        orders=orders,
    )  # fmt: skip
    return Attended(roll, _chosen(frames, scoring, result))


def _schools(side: DataFrame, texts: DataFrame) -> dict[int, str]:
    """The schools that these records name, by code: as many as there are schools."""
    named = side.where("school > 0").select("row", "school").join(texts.select("row", "t_school"), "row")
    named = named.groupBy("school").agg(f.min("t_school").alias("text"))
    return {each["school"]: school_name(each["text"]) for each in named.collect()}


def _chosen(frames: Frames, scoring: Scoring, result: DataFrame) -> DataFrame:
    """The links that show a pupil: the accepted ones, and doubtful ones that nobody else claims."""
    accepted = result.where(f.col("decision") == ACCEPTED)
    others = result.where(f.col("decision") != ACCEPTED).select("lp").distinct().count()
    schema = result_schema(scoring)
    doubtful = frames.each(result.where(f.col("decision") != ACCEPTED), partial(claimants, others), schema)
    doubtful = doubtful.join(accepted.select("lp").distinct(), "lp", "left_anti")
    doubtful = frames.keep(doubtful.join(accepted.select("rp").distinct(), "rp", "left_anti"), "claimants")
    lowest = components(frames, doubtful.select(f.col("lp").alias("one"), f.col("rp").alias("other")))
    grouped = doubtful.join(lowest.withColumnRenamed("one", "lp"), "lp")
    schema = [("left", pa.int64()), ("right", pa.int64())]
    taken = frames.of_all(grouped, "lowest", claimed, schema).withColumn("chosen", f.lit(True))
    told = result.join(taken, ["left", "right"], "left")
    chosen = f.coalesce("chosen", f.col("decision") == ACCEPTED)
    return frames.keep(told.withColumn("chosen", chosen), "shown_in_class")
