"""One table of pairs through both engines, and the steps that a small county does not take."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from matchers.engines.pairing import between
from matchers.engines.records import tokens
from matchers.engines.scoring import Scoring
from matchers.engines.spark import frames as tables
from matchers.engines.spark.frames import Frames, components, pairs_of
from matchers.engines.spark.linking import with_bearers
from matchers.engines.spark.preparing import prepare as prepare_on_spark
from matchers.engines.spark.screening import _borne
from matchers.pairs import components as local_components
from matchers.people import POPULATION, ROLL
from matchers.steps.s1_prepare import prepare
from matchers.steps.s3_block import LIMIT, PERSON_KEYS, candidates
from matchers.steps.s4_compare import PERSON, compare
from matchers.steps.s5_score import count_shares, score
from matchers.steps.s8_decide import rule_of
from tests.matchers.county import AS_OF, crowd, model


def test_the_golden_table_of_pairs(spark: SparkSession, frames: Frames) -> None:
    """Which pairs there are, by which keys; their levels, weight and rule, to the last bit."""
    records = crowd(3, 60).records()
    people = prepare(records, AS_OF, model().confusions).people
    left, right = (np.flatnonzero(people.side == side) for side in (POPULATION, ROLL))
    pairs, _ = candidates(people, left, right)
    levels = compare(people, pairs, PERSON)
    weight = score(people, pairs, levels, model(), count_shares(people, left, right))

    given = spark.createDataFrame(records).repartition(4)
    everybody, desk = prepare_on_spark(frames, given, AS_OF, model().confusions)
    sides = everybody.where(f.col("side").isin(POPULATION, ROLL))
    sides, (totals,) = with_bearers(frames, desk, sides.withColumn("at", (f.col("side") == ROLL).cast("int")))
    scoring = replace(Scoring(desk, model(), PERSON, "person"), totals=totals)
    pairs_found = pairs_of(frames, sides, partial(tokens, desk, PERSON_KEYS), between, LIMIT)
    found = frames.meet(pairs_found, sides, scoring.score, scoring.schema())
    table = found.toArrow().sort_by([("left", "ascending"), ("right", "ascending")])

    assert len(pairs) > len(left)
    for name, values in {"left": pairs.left, "right": pairs.right, "rules": pairs.rules}.items():
        assert (table.column(name).to_numpy() == values.astype(np.int64)).all()
    found_levels = scoring.levels(table)
    assert all((found_levels[name] == levels[name]).all() for name in PERSON)
    assert (table.column("weight").to_numpy() == weight).all()
    assert (table.column("rule").to_numpy() == rule_of(levels, model().rules["person"])).all()


@pytest.mark.parametrize("at_once", [0, 20, 10_000])
def test_groups_are_those_of_the_local_engine(
    spark: SparkSession, frames: Frames, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """By one process, in rounds where the pairs are too many for one, or in both."""
    monkeypatch.setattr(tables, "AT_ONCE", at_once)
    one, other = np.random.default_rng(1).integers(0, 300, (2, 200))
    # And a chain, longer than a round reaches, and the same pair again, the other way round.
    one, other = np.append(one, [*range(300, 308), 301]), np.append(other, [*range(301, 309), 300])
    pairs = spark.createDataFrame(list(zip(one.tolist(), other.tolist(), strict=True)), ["one", "other"])
    found = components(frames, pairs, pairs.count()).toArrow()
    lowest = dict(zip(found.column("one").to_pylist(), found.column("lowest").to_pylist(), strict=True))
    wanted = local_components(309, one, other)
    named = np.unique(np.concatenate([one[one != other], other[one != other]]))
    assert lowest == {int(each): int(wanted[each]) for each in named}


def test_adults_set_apart_bear_names_too(spark: SparkSession) -> None:
    """As the local engine counts: a name that four adults bear is not rare, and points at no child."""
    columns = ["side", "row", "person", "simple"]
    rows = [(POPULATION, 1, 1, 7), (POPULATION, 2, 1, 7), (ROLL, 3, 3, 7), (POPULATION, 4, 4, 8)]
    apart = spark.createDataFrame([(POPULATION, at, at, 7) for at in range(10, 14)], columns)
    told = _borne(spark.createDataFrame(rows, columns), apart).toArrow()
    assert dict(zip(told.column("row").to_pylist(), told.column("bearers").to_pylist(), strict=True)) == {
        1: 5,
        2: 5,
        3: 5,
        4: 1,
    }
