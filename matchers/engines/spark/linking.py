"""Two sets of records linked on Spark: the eight steps of ``matchers.run``, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from matchers.engines.deciding import SETTLED, Settling, first_of_each, uncontested
from matchers.engines.orders import Orders
from matchers.engines.records import LOAN, lent, number_tokens, tokens
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, beside, pairs_of
from matchers.engines.spark.obeying import confirmed
from matchers.engines.tables import TOKEN
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


def link(
    frames: Frames,
    desk: Desk,
    left: DataFrame,
    right: DataFrame,
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

    The columns are those of the wire, with ``row`` and ``person``. Returns the best record pair of every two
    persons that share a key (``result_schema``).
    """
    scoring = Scoring(desk, model, comparing, use, orders=orders or Orders())
    sure = _sure(frames, scoring, left, right, one_to_one)
    model = refined(_counted(frames, scoring, sure), model)
    certain = _with_confirmed(frames, scoring, left, right, sure)
    left, right, totals = counted(frames, desk, left, right)
    scoring = replace(scoring, model=model, totals=totals)
    free_left = frames.keep(_without(left, certain, "lp"), "free_left")
    free_right = frames.keep(_without(right, certain, "rp"), "free_right") if one_to_one else right
    pairs = _candidates(frames, desk, free_left, free_right, keys)
    scored = frames.keep(_scored(frames, scoring, pairs, free_left, free_right), "scored")
    settling = Settling(model, comparing, _persons(free_left, free_right), free, one_to_one)
    weighed = settle(frames, settling, scored, scoring)
    if families:
        more = _more(frames, scoring, (left, right), (free_left, free_right), keys, certain, weighed)
        weighed = settle(frames, settling, scored.unionByName(more), scoring)
    whole = weighed.drop("share", "open").withColumn("first", f.lit(1))
    number = next(at for at, each in enumerate(model.rules[use]) if each.sure)
    for first, (rule, pairs) in enumerate(
        zip((number, len(model.rules[use])), reversed(certain), strict=False)
    ):
        told = frames.of_all(pairs, "lp", partial(first_of_each, scoring, rule), result_schema(scoring))
        whole = told.withColumn("first", f.lit(-first)).unionByName(whole)
    return frames.keep(whole, "result")


def _with_confirmed(
    frames: Frames, scoring: Scoring, left: DataFrame, right: DataFrame, sure: DataFrame
) -> list[DataFrame]:
    """What needs no weighing, in its order: what persons have confirmed, then the sure links of others."""
    if not len(scoring.orders.decided.same):
        return [sure]
    pairs = beside(confirmed(scoring.orders, left), left, right)
    told = frames.keep(frames.each(pairs, scoring.bare, scoring.schema()), "confirmed")
    for person in ("lp", "rp"):
        sure = sure.join(told.select(person).distinct(), person, "left_anti")
    return [told, frames.keep(sure, "others_sure")]


def _sure(frames: Frames, scoring: Scoring, left: DataFrame, right: DataFrame, one_to_one: bool) -> DataFrame:
    found = [frames.each(side, partial(number_tokens, scoring.desk), TOKEN) for side in (left, right)]
    pairs = pairs_of(frames, found[0], found[1], SAME_NUMBER)
    schema = scoring.sure_schema()
    sure = frames.each(beside(pairs, left, right), scoring.sure, schema)
    if one_to_one:
        sure = frames.of_all(sure, "rp", uncontested, schema)
    return frames.keep(sure, "sure_pairs")


def _counted(frames: Frames, scoring: Scoring, pairs: DataFrame) -> dict[str, np.ndarray]:
    schema = [("name", pa.string()), ("level", pa.int64()), ("count", pa.int64())]
    table = (
        frames.each(pairs, scoring.counts, schema).groupBy("name", "level").agg(f.sum("count").alias("count"))
    )
    # Where there is no sure link the model is still refined: by nothing.
    found = {
        name: np.zeros(len(scoring.model.m[name]), dtype=np.int64)
        for name in REFINED
        if name in scoring.comparing
    }
    for row in table.collect():
        found[row["name"]][row["level"]] = row["count"]
    return found


def counted(
    frames: Frames, desk: Desk, left: DataFrame, right: DataFrame | None = None
) -> tuple[DataFrame, DataFrame, tuple[int, int, int]]:
    """Both sides with how many of either bear each record's name, and its sound, and the totals.

    Without a right side, the left one stands on both.
    """
    sides = left.withColumn("at", f.lit(0))
    if right is not None:
        sides = sides.unionByName(right.withColumn("at", f.lit(1)), allowMissingColumns=True)
    for key in ("simple", "sound"):
        bearers = Window.partitionBy(key)
        here = f.count(f.when(f.col("at") == 0, 1)).over(bearers)
        there = here if right is None else f.count(f.when(f.col("at") == 1, 1)).over(bearers)
        sides = sides.withColumns({f"{key}_left": here, f"{key}_right": there})
    sides = frames.keep(sides, "counted")
    if right is None:
        size = sides.count()
        return sides.drop("at"), sides.drop("at"), (size, size, desk.parents)
    one, other = (sides.where(f.col("at") == at).drop("at") for at in (0, 1))
    return one, other, (one.count(), other.count(), desk.parents)


def _without(side: DataFrame, certain: Sequence[DataFrame], person: str) -> DataFrame:
    """The records of persons without a link that needs no weighing."""
    for pairs in certain:
        side = side.join(pairs.select(f.col(person).alias("person")).distinct(), "person", "left_anti")
    return side


def _candidates(
    frames: Frames, desk: Desk, left: DataFrame, right: DataFrame, keys: tuple[Key, ...]
) -> DataFrame:
    one = frames.each(left, partial(tokens, desk, keys, "left"), TOKEN)
    other = frames.each(right, partial(tokens, desk, keys, "right"), TOKEN)
    return pairs_of(frames, one, other, LIMIT)


def _scored(
    frames: Frames, scoring: Scoring, pairs: DataFrame, left: DataFrame, right: DataFrame
) -> DataFrame:
    return frames.each(beside(pairs, left, right), scoring.score, scoring.schema())


def _persons(*sides: DataFrame) -> tuple[int, int]:
    one, other = (side.select("person").distinct().count() for side in sides)
    return one, other


def settle(frames: Frames, settling: Settling, scored: DataFrame, scoring: Scoring) -> DataFrame:
    """Steps 6 and 8, in rounds: by left persons and by right persons in turn, until nobody settles."""
    schema = [*scoring.schema(), *SETTLED]
    table = frames.of_all(scored, "lp", settling.begin, schema)
    before = 0
    for number in range(ROUNDS if settling.one_to_one else 1):
        if number:
            table = frames.of_all(table, "lp", settling.left, schema)
        table = frames.keep(frames.of_all(table, "rp", settling.right, schema), "settled")
        now = table.where(f.col("decision") == ACCEPTED).count()
        if now == before:
            break
        before = now
    return frames.keep(frames.of_all(table, "lp", settling.end, schema), "weighed")


def _more(
    frames: Frames,
    scoring: Scoring,
    sides: tuple[DataFrame, DataFrame],
    free: tuple[DataFrame, DataFrame],
    keys: tuple[Key, ...],
    certain: Sequence[DataFrame],
    weighed: DataFrame,
) -> DataFrame:
    """The pairs of those to whom a linked sibling lends what the school has for the family."""
    accepted = weighed.where(f.col("decision") == ACCEPTED)
    order = [
        each.select("left", "right", "lp", f.lit(at).alias("order"))
        for at, each in enumerate((*certain, accepted))
    ]
    linked = reduce(DataFrame.unionByName, order)
    asking = free[0].join(linked.select(f.col("lp").alias("person")).distinct(), "person", "left_anti")
    linked = frames.keep(beside(linked, *sides), "linked")
    left = free[0]
    for family in FAMILIES:
        known = [
            table.withColumn("family", f.col(name)).where(f.col(name) != _nothing(table, name))
            for table, name in ((asking, family), (linked, f"l_{family}"))
        ]
        work = partial(lent, scoring.desk, family)
        loans = frames.of_both(known[0], known[1], "family", work, LOAN)
        loans = loans.withColumnsRenamed({name: f"{family}_{name}" for name, _ in LOAN[1:]})
        left = left.join(loans, "row", "left")
    left = frames.keep(_with_loans(left), "lent")
    told = left.where("told").drop("told")
    pairs = _candidates(frames, scoring.desk, told, free[1], keys)
    pairs = pairs.withColumn("rules", f.col("rules").bitwiseOR(f.lit(int(np.uint64(LENT).astype(np.int64)))))
    return frames.keep(_scored(frames, scoring, pairs, told, free[1]), "more")


def _nothing(table: DataFrame, name: str) -> Any:
    return "" if dict(table.dtypes)[name] == "string" else 0


def _with_loans(left: DataFrame) -> DataFrame:
    """The records with what was lent, and ``told`` where something was; what is lent last stands."""
    for name, nothing, own in (("guardian", "", "guardian"), ("phone", 0, "phone")):
        lent_by = [
            f.when(f.col(f"{family}_{name}") != nothing, f.col(f"{family}_{name}"))
            for family in reversed(FAMILIES)
        ]
        left = left.withColumn(f"new_{own}", f.coalesce(*lent_by, f.col(own)))
    bearers = [
        f.when(f.col(f"{family}_guardian") != "", f.col(f"{family}_bearers")) for family in reversed(FAMILIES)
    ]
    left = left.withColumn("guardian_bearers", f.coalesce(*bearers, f.col("guardian_bearers")))
    told = (f.col("new_guardian") != f.col("guardian")) | (f.col("new_phone") != f.col("phone"))
    left = left.withColumn("told", told).withColumn("guardian", f.col("new_guardian"))
    left = left.withColumn("phone", f.col("new_phone"))
    gone = [f"{family}_{name}" for family in FAMILIES for name, _ in LOAN[1:]]
    return left.drop(*gone, "new_guardian", "new_phone")
