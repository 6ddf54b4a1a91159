"""Records -> persons on Spark, as ``matchers.resolve``: joins by key, then small groups of persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.engines.deciding import decided_doubles
from matchers.engines.records import number_tokens, tokens
from matchers.engines.scoring import Scoring, result_schema
from matchers.engines.spark.frames import Frames, beside, components, pairs_of
from matchers.engines.spark.linking import counted, link
from matchers.engines.tables import TOKEN
from matchers.engines.wire import Desk
from matchers.model import Model
from matchers.steps.s2_deterministic import LIMIT as SAME_NUMBER
from matchers.steps.s3_block import DOUBLE_KEYS, LIMIT
from matchers.steps.s4_compare import PERSON
from matchers.steps.s8_decide import ACCEPTED


@dataclass
class Resolved:
    """The records of one side with the person of each, and the links by which they were joined."""

    people: DataFrame
    links: list[tuple[str, DataFrame]] = field(default_factory=list)


def resolve(frames: Frames, desk: Desk, side: DataFrame, model: Model) -> Resolved:
    """Resolve the records of one side; ``based`` are those that the others are held against."""
    found = Resolved(side)
    scoring = Scoring(desk, model, PERSON, "person")
    same = frames.each(side, partial(number_tokens, desk), TOKEN)
    pairs = beside(pairs_of(frames, same, None, SAME_NUMBER), side, side)
    same = frames.keep(frames.each(pairs, scoring.same_number, result_schema(scoring)), "same_number")
    _join(frames, found, "person", same)
    _doubles(frames, scoring, found, _based(found.people))
    alone = _alone(found.people)
    if alone.take(1) and _based(found.people).take(1):
        known = found.people.join(_known(found.people), "person", "left_semi")
        result = link(frames, desk, alone, known, model, one_to_one=False, families=False)
        _join(frames, found, "person", result)
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
    scoring = replace(scoring, use="double")
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


def _join(frames: Frames, found: Resolved, use: str, result: DataFrame) -> None:
    """Tell what was found, and give the persons so joined one code, the lowest."""
    found.links.append((use, result))
    accepted = result.where(f.col("decision") == ACCEPTED)
    edges = accepted.select(f.col("lp").alias("one"), f.col("rp").alias("other"))
    lowest = components(frames, edges).withColumnRenamed("one", "person")
    people = found.people.join(lowest, "person", "left")
    people = people.withColumn("person", f.coalesce("lowest", "person")).drop("lowest")
    found.people = frames.keep(people, "people")


def used(links: Sequence[tuple[str, DataFrame]]) -> list[str]:
    """Which rules decided about the links of each stage."""
    return [use for use, _ in links]
