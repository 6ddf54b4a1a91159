"""Records -> persons on Spark, as ``matchers.resolve``: joins by key, then small groups of persons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.engines.deciding import decided_doubles
from matchers.engines.orders import UNMADE, Orders
from matchers.engines.records import number_tokens, tokens
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, beside, components, pairs_of
from matchers.engines.spark.linking import counted, link
from matchers.engines.spark.obeying import confirmed, moved
from matchers.engines.tables import TOKEN
from matchers.engines.wire import Desk
from matchers.model import Model
from matchers.people import Longs
from matchers.steps.s2_deterministic import LIMIT as SAME_NUMBER
from matchers.steps.s3_block import DOUBLE_KEYS, LIMIT
from matchers.steps.s4_compare import PERSON
from matchers.steps.s8_decide import ACCEPTED, NOTHING


@dataclass
class Resolved:
    """The records of one side with the person of each, and the links by which they were joined.

    ``orders`` are what persons have decided, of the persons as they are now.
    """

    people: DataFrame
    orders: Orders
    links: list[tuple[str, DataFrame]] = field(default_factory=list)


def resolve(frames: Frames, desk: Desk, side: DataFrame, model: Model, orders: Orders) -> Resolved:
    """Resolve the records of one side; ``based`` are those that the others are held against."""
    found = Resolved(side, orders)
    scoring = Scoring(desk, model, PERSON, "person")
    if len(orders.decided.same):
        pairs = beside(confirmed(orders, side, one_side=True), side, side)
        told = frames.each(pairs, scoring.confirmed, result_schema(scoring))
        _join(frames, found, "confirmed", frames.keep(told, "confirmed"))
        side = found.people
    same = frames.each(side, partial(number_tokens, desk), TOKEN)
    pairs = beside(pairs_of(frames, same, None, SAME_NUMBER), side, side)
    same = frames.keep(frames.each(pairs, scoring.same_number, result_schema(scoring)), "same_number")
    _join(frames, found, "number", same)
    _doubles(frames, scoring, found, _based(found.people))
    alone = _alone(found.people)
    if alone.take(1) and _based(found.people).take(1):
        known = found.people.join(_known(found.people), "person", "left_semi")
        result = link(
            frames, desk, alone, known, model, one_to_one=False, families=False, orders=found.orders
        )
        _join(frames, found, "person", result, seen=True)
        alone = _alone(found.people)
    _doubles(frames, scoring, found, alone)
    return found


def _based(people: DataFrame) -> DataFrame:
    return people.where("based")


def _known(people: DataFrame) -> DataFrame:
    """The persons of whom the base list has a record."""
    return people.where("based").select("person").distinct()


def _alone(people: DataFrame) -> DataFrame:
    return people.where("not based").join(_known(people), "person", "left_anti")


def _doubles(frames: Frames, scoring: Scoring, found: Resolved, rows: DataFrame) -> None:
    """Two registrations of one child within one kind of list."""
    scoring = replace(scoring, use="double", orders=found.orders)
    made = frames.each(rows, partial(tokens, scoring.desk, DOUBLE_KEYS, "left"), TOKEN)
    pairs = frames.keep(pairs_of(frames, made, None, LIMIT).where("lp <> rp"), "doubles")
    if not pairs.take(1):
        return
    one, other, totals = counted(frames, scoring.desk, rows)
    scoring = replace(scoring, totals=totals)
    schema = [*scoring.schema(), ("apart", pa.bool_())]
    scored = frames.each(beside(pairs, one, other), scoring.doubles, schema)
    decide = partial(decided_doubles, scoring, totals[0])
    result = frames.keep(frames.of_all(scored, "left", decide, result_schema(scoring)), "doubles_told")
    _join(frames, found, "double", result)


def _join(frames: Frames, found: Resolved, use: str, result: DataFrame, *, seen: bool = False) -> None:
    """Tell what was found, and give the persons so joined one code, the lowest.

    What a person has told apart is not joined: such links fall away, or are ``seen`` as candidates.
    """
    lowest = _lowest(frames, result)
    if found.orders:
        after = moved(found.orders, lowest)
        if len(torn := after.torn()):
            result = _without_torn(frames, found.orders, result, lowest, torn, seen=seen)
            lowest = _lowest(frames, result)
            after = moved(found.orders, lowest)
        found.orders = after
    found.links.append((use, result))
    lowest = lowest.withColumnRenamed("one", "person")
    people = found.people.join(lowest, "person", "left")
    people = people.withColumn("person", f.coalesce("lowest", "person")).drop("lowest")
    found.people = frames.keep(people, "people")


def _lowest(frames: Frames, result: DataFrame) -> DataFrame:
    accepted = result.where(f.col("decision") == ACCEPTED)
    return components(frames, accepted.select(f.col("lp").alias("one"), f.col("rp").alias("other")))


def _without_torn(
    frames: Frames, orders: Orders, result: DataFrame, lowest: DataFrame, torn: Longs, *, seen: bool
) -> DataFrame:
    """The links without those that would join what must stay apart: few hang together with such a one."""
    few = lowest.where(f.col("lowest").isin(torn.tolist())).select(f.col("one").alias("lp"))
    doubtful = frames.keep(result.where(f.col("decision") == ACCEPTED).join(few, "lp", "left_semi"), "torn")
    unmade = frames.keep(frames.whole(doubtful, orders.unmade, UNMADE), "unmade")
    if not seen:
        return frames.keep(result.join(unmade, ["left", "right"], "left_anti"), "made")
    told = result.join(unmade.withColumn("unmade", f.lit(True)), ["left", "right"], "left")
    nothing = f.when(f.col("unmade"), f.lit(NOTHING)).otherwise(f.col("decision"))
    return frames.keep(told.withColumn("decision", nothing.cast("short")).drop("unmade"), "made")
