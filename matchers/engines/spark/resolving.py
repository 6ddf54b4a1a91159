"""Records -> persons on Spark, as ``matchers.resolve``: joins by key, then small groups of persons.

Residents and pupils are resolved in one go: no key is shared across ``at``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.engines.deciding import decided_doubles
from matchers.engines.orders import UNMADE, Orders
from matchers.engines.pairing import within
from matchers.engines.records import number_tokens, tokens
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, components, many, pairs_of
from matchers.engines.spark.linking import LEFT, RIGHT, link, with_bearers
from matchers.engines.spark.obeying import confirmed, moved
from matchers.engines.wire import Desk
from matchers.model import Model
from matchers.people import Longs
from matchers.steps.s2_deterministic import LIMIT as SAME_NUMBER
from matchers.steps.s3_block import DOUBLE_KEYS, LIMIT
from matchers.steps.s4_compare import PERSON
from matchers.steps.s8_decide import ACCEPTED, NOTHING

RESIDENTS, PUPILS = LEFT, RIGHT
"""The ``at`` of those who are resolved."""


@dataclass
class Resolved:
    """The records with the person of each, and the links by which they were joined.

    ``orders`` are what persons have decided, of the persons as they are now.
    """

    people: DataFrame
    orders: Orders
    links: list[tuple[str, DataFrame]] = field(default_factory=list)


def resolve(frames: Frames, desk: Desk, people: DataFrame, model: Model, orders: Orders) -> Resolved:
    """Resolve the records of each side (``at``); ``based`` are those that the others are held against.

    Of the pupils all are.
    """
    found = Resolved(people, orders)
    scoring = Scoring(desk, model, PERSON, "person")
    schema = result_schema(scoring)
    if len(orders.decided.same):
        pairs = confirmed(orders, people, one_side=True)
        _join(frames, found, "confirmed", frames.meet(pairs, people, scoring.confirmed, schema))
    same = pairs_of(frames, found.people, partial(number_tokens, desk), within, SAME_NUMBER)
    _join(frames, found, "number", frames.meet(same, found.people, scoring.same_number, schema))
    _doubles(frames, scoring, found, found.people.where("based"))
    residents = found.people.where(f.col("at") == RESIDENTS).drop("at")
    known = residents.where("based").select("person", f.lit(RIGHT).alias("at")).distinct()
    sides = residents.join(known, "person", "left").fillna(LEFT, ["at"])
    result = link(frames, desk, sides, model, one_to_one=False, families=False, orders=found.orders)
    _join(frames, found, "person", result, seen=True)
    known = found.people.where("based").select("person").distinct()
    _doubles(frames, scoring, found, found.people.join(known, "person", "left_anti"))
    return found


def _doubles(frames: Frames, scoring: Scoring, found: Resolved, rows: DataFrame) -> None:
    """Two registrations of one child within one kind of list."""
    scoring = replace(scoring, use="double", orders=found.orders)
    pairs = pairs_of(frames, rows, partial(tokens, scoring.desk, DOUBLE_KEYS), within, LIMIT).where(
        "lp <> rp"
    )
    counted, totals = with_bearers(frames, scoring.desk, rows, apart=True)
    decide = partial(decided_doubles, [replace(scoring, totals=each) for each in totals])
    _join(frames, found, "double", frames.meet(pairs, counted, decide, result_schema(scoring)))


def _join(frames: Frames, found: Resolved, use: str, result: DataFrame, *, seen: bool = False) -> None:
    """Tell what was found, and give the persons so joined one code, the lowest.

    What a person has told apart is not joined: such links fall away, or are ``seen`` as candidates.
    """
    result, counts = frames.told(result, use, accepted=many(f.col("decision") == ACCEPTED))
    lowest = _lowest(frames, result, counts["accepted"])
    if found.orders:
        after = moved(found.orders, lowest)
        if len(torn := after.torn()):
            result = _without_torn(frames, found.orders, result, lowest, torn, seen=seen)
            lowest = _lowest(frames, result, counts["accepted"])
            after = moved(found.orders, lowest)
        found.orders = after
    found.links.append((use, result))
    lowest = lowest.withColumnRenamed("one", "person")
    people = found.people.join(lowest, "person", "left")
    people = people.withColumn("person", f.coalesce("lowest", "person")).drop("lowest")
    found.people = frames.keep(people, "people")


def _lowest(frames: Frames, result: DataFrame, size: int) -> DataFrame:
    accepted = result.where(f.col("decision") == ACCEPTED)
    return components(frames, accepted.select(f.col("lp").alias("one"), f.col("rp").alias("other")), size)


def _without_torn(
    frames: Frames, orders: Orders, result: DataFrame, lowest: DataFrame, torn: Longs, *, seen: bool
) -> DataFrame:
    """The links without those that would join what must stay apart: few hang together with such a one."""
    few = f.broadcast(lowest.where(f.col("lowest").isin(torn.tolist())).select(f.col("one").alias("lp")))
    doubtful = result.where(f.col("decision") == ACCEPTED).join(few, "lp", "left_semi")
    unmade = frames.whole(doubtful.repartition(1), orders.unmade, UNMADE).toArrow()
    unmade = f.broadcast(result.sparkSession.createDataFrame(unmade))
    if not seen:
        return result.join(unmade, ["left", "right"], "left_anti")
    told = result.join(unmade.withColumn("unmade", f.lit(True)), ["left", "right"], "left")
    nothing = f.when(f.col("unmade"), f.lit(NOTHING)).otherwise(f.col("decision"))
    return told.withColumn("decision", nothing.cast("short")).drop("unmade")
