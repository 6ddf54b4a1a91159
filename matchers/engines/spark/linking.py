"""Two sets of records linked on Spark: the eight steps of ``matchers.run``, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from matchers.engines.deciding import Settling, first_of_each, uncontested
from matchers.engines.orders import Orders
from matchers.engines.pairing import between
from matchers.engines.records import LOAN, lent, number_tokens, tokens, with_loans
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, many, pairs_of
from matchers.engines.spark.obeying import confirmed
from matchers.engines.wire import Desk
from matchers.model import Model
from matchers.run import LENT, ROUNDS
from matchers.steps.s2_deterministic import LIMIT as SAME_NUMBER
from matchers.steps.s3_block import LIMIT, PERSON_KEYS, Key
from matchers.steps.s4_compare import PERSON
from matchers.steps.s5_score import REFINED, refined
from matchers.steps.s6_assign import FREE
from matchers.steps.s7_household import FAMILIES
from matchers.steps.s8_decide import ACCEPTED

LEFT, RIGHT = 0, 1
"""Which side of pairs a record stands on: its ``at``."""


def link(
    frames: Frames,
    desk: Desk,
    sides: DataFrame,
    model: Model,
    *,
    use: str = "person",
    keys: tuple[Key, ...] = PERSON_KEYS,
    comparing: tuple[str, ...] = PERSON,
    one_to_one: bool = True,
    families: bool = True,
    free: float = FREE,
    orders: Orders | None = None,
) -> DataFrame:
    """Link the persons of the left records to those of the right: as ``matchers.run.run``.

    ``sides`` are the records of both, with ``row``, ``person`` and ``at``. Returns the best record pair of
    every two persons that share a key (``result_schema``).
    """
    scoring = Scoring(desk, model, comparing, use, orders=orders or Orders())
    sure = _sure(frames, scoring, sides, one_to_one)
    model = refined(_counted(frames, scoring, sure), model)
    certain = _with_confirmed(frames, scoring, sides, sure)
    counted, (totals,) = with_bearers(frames, desk, sides)
    scoring = replace(scoring, model=model, totals=totals)
    open_ = frames.keep(_without(counted, certain, one_to_one), "free")
    settling = Settling(scoring, _persons(open_), free, one_to_one)
    scored = frames.keep(_scored(frames, settling, open_, keys), "scored")
    weighed = settle(frames, settling, scored)
    if families:
        more = _more(frames, settling, sides, open_, keys, (*certain, weighed))
        both = scored.unionByName(more).select([name for name, _ in scoring.schema()])
        weighed = settle(frames, settling, frames.of_all(both, "lp", settling.begin, settling.schema()))
    number = next(at for at, each in enumerate(model.rules[use]) if each.sure)
    whole = weighed.drop("share", "open").withColumn("first", f.lit(1))
    ruled = zip((number, len(model.rules[use])), reversed(certain), strict=False)
    for first, (rule, pairs) in enumerate(ruled):
        told = frames.of_all(pairs, "lp", partial(first_of_each, scoring, rule), result_schema(scoring))
        whole = told.withColumn("first", f.lit(-first)).unionByName(whole)
    return whole


def _with_confirmed(frames: Frames, scoring: Scoring, sides: DataFrame, sure: DataFrame) -> list[DataFrame]:
    """What needs no weighing, in its order: what persons have confirmed, then the sure links of others."""
    if not len(scoring.orders.decided.same):
        return [sure]
    pairs = confirmed(scoring.orders, sides)
    told = frames.keep(frames.meet(pairs, sides, scoring.bare, scoring.schema()), "confirmed")
    for person in ("lp", "rp"):
        sure = sure.join(f.broadcast(told.select(person)), person, "left_anti")
    return [told, sure]


def _sure(frames: Frames, scoring: Scoring, sides: DataFrame, one_to_one: bool) -> DataFrame:
    schema = scoring.sure_schema()
    found = pairs_of(frames, sides, partial(number_tokens, scoring.desk), between, SAME_NUMBER)
    sure = frames.meet(found, sides, scoring.sure, schema)
    if one_to_one:
        sure = frames.of_all(sure, "rp", uncontested, schema)
    return frames.keep(sure, "sure_pairs")


def _counted(frames: Frames, scoring: Scoring, pairs: DataFrame) -> dict[str, np.ndarray]:
    schema = [("name", pa.string()), ("level", pa.int64()), ("count", pa.int64())]
    # Where there is no sure link the model is still refined: by nothing.
    found = {
        name: np.zeros(len(scoring.model.m[name]), dtype=np.int64)
        for name in REFINED
        if name in scoring.comparing
    }
    for row in frames.each(pairs, scoring.counts, schema).collect():
        found[row["name"]][row["level"]] += row["count"]
    return found


def with_bearers(
    frames: Frames, desk: Desk, sides: DataFrame, *, apart: bool = False
) -> tuple[DataFrame, list[tuple[int, int, int]]]:
    """The records with how many of either side bear each one's name, and its sound, and the totals.

    With ``apart`` each side is held against itself: then there are totals of each.
    """
    names = sides.select("row", "at", "simple", "sound")
    for key in ("simple", "sound"):
        bearers = Window.partitionBy(key)
        here, there = (f.count(f.when(f.col("at") == at, 1)).over(bearers) for at in (LEFT, RIGHT))
        if apart:
            here = there = f.when(f.col("at") == LEFT, here).otherwise(there)
        names = names.withColumns({f"{key}_left": here, f"{key}_right": there})
    counts = {name: many(f.col("at") == at) for at, name in enumerate(("left", "right"))}
    names, seen = frames.told(names, "counted", **counts)
    sides = sides.join(names.drop("at", "simple", "sound"), "row")
    totals = [(seen["left"], seen["right"])]
    if apart:
        totals = [(each, each) for each in totals[0]]
    return sides, [(*each, desk.parents) for each in totals]


def _without(sides: DataFrame, certain: Sequence[DataFrame], one_to_one: bool) -> DataFrame:
    """The records of persons without a link that needs no weighing.

    Where several may have one partner, all of the right.
    """
    both = f.explode(f.array("lp", "rp") if one_to_one else f.array("lp"))
    taken = reduce(DataFrame.union, (pairs.select(both.alias("person")) for pairs in certain))
    return sides.join(taken.distinct(), "person", "left_anti")


def _persons(sides: DataFrame) -> tuple[int, int]:
    count = sides.groupBy("at").agg(f.count_distinct("person").alias("many")).collect()
    found = {each["at"]: each["many"] for each in count}
    return found.get(LEFT, 0), found.get(RIGHT, 0)


def _scored(
    frames: Frames, settling: Settling, sides: DataFrame, keys: tuple[Key, ...], mark: int = 0
) -> DataFrame:
    pairs = pairs_of(frames, sides, partial(tokens, settling.scoring.desk, keys), between, LIMIT)
    if mark:
        pairs = pairs.withColumn("rules", f.col("rules").bitwiseOR(f.lit(mark)))
    return frames.meet(pairs, sides, settling.scored, settling.schema())


def settle(frames: Frames, settling: Settling, table: DataFrame) -> DataFrame:
    """Steps 6 and 8, in rounds: by left persons and by right persons in turn, until nobody settles."""
    schema = settling.schema()
    before = 0
    for number in range(ROUNDS if settling.one_to_one else 1):
        if number:
            table = frames.of_all(table, "lp", settling.left, schema)
        table = frames.of_all(table, "rp", settling.right, schema)
        table, seen = frames.told(table, "settled", accepted=many(f.col("decision") == ACCEPTED))
        if seen["accepted"] == before:
            break
        before = seen["accepted"]
    return frames.of_all(table, "lp", settling.end, schema)


def _more(
    frames: Frames,
    settling: Settling,
    sides: DataFrame,
    open_: DataFrame,
    keys: tuple[Key, ...],
    links: Sequence[DataFrame],
) -> DataFrame:
    """The pairs of those to whom a linked sibling lends what the school has for the family."""
    *certain, weighed = links
    order = [
        each.select("left", "right", "lp", f.lit(at).alias("order"))
        for at, each in enumerate((*certain, weighed.where(f.col("decision") == ACCEPTED)))
    ]
    linked = reduce(DataFrame.union, order)
    own = open_.where(f.col("at") == LEFT)
    asking = own.join(linked.select(f.col("lp").alias("person")).distinct(), "person", "left_anti")
    asking = frames.keep(asking.select("row", "record", _families()).where("value <> ''"), "asking")
    named = sides.select(f.col("row").alias("left"), _families())
    named = named.join(asking.select("family", "value").distinct(), ["family", "value"], "left_semi")
    partners = sides.select(f.col("row").alias("right"), "record", "guardian_bearers")
    linked = linked.drop("lp").join(named, "left").join(partners, "right")
    loans = frames.of_both(asking, linked, "value", partial(lent, settling.scoring.desk), LOAN)
    told = frames.each(_with_loans(own, loans), with_loans, open_.schema)
    both = told.unionByName(open_.where(f.col("at") == RIGHT))
    mark = int(np.uint64(LENT).astype(np.int64))
    return frames.keep(_scored(frames, settling, frames.keep(both, "lent"), keys, mark), "more")


def _families() -> Column:
    """The families of a record, one a row, by place in ``FAMILIES``."""
    each = (
        f.struct(f.lit(at).alias("family"), f.col(name).alias("value")) for at, name in enumerate(FAMILIES)
    )
    return f.inline(f.array(*each))


def _with_loans(own: DataFrame, loans: DataFrame) -> DataFrame:
    """The records to which something was lent, with it; what the later family lends stands."""
    guardian = f.when(f.col("guardian") != "", f.struct("family", "guardian", "bearers"))
    phone = f.when(f.col("phone") != 0, f.struct("family", "phone"))
    loans = loans.groupBy("row").agg(f.max(guardian).alias("by"), f.max(phone).alias("call"))
    lent_to = own.join(loans, "row").withColumns(
        {
            "guardian_bearers": f.coalesce("by.bearers", "guardian_bearers"),
            "new_guardian": f.col("by.guardian"),
            "new_phone": f.col("call.phone"),
        }
    )
    return lent_to.select(*own.columns, "new_guardian", "new_phone")
