"""The screening of many counties on Spark: as ``matchers.screen``, with the same answer row for row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.children import DIGITS as CHILD_DIGITS
from matchers.decisions import Decisions
from matchers.engines import assembly
from matchers.engines.assembly import CHILD_ORDER, CHILDREN, LINKS
from matchers.engines.bins import LINK_ORDER, SECOND, Assembly
from matchers.engines.deciding import SECOND_LOOK, second_looked
from matchers.engines.records import tokens
from matchers.engines.scoring import Scoring
from matchers.engines.spark.attending import attend
from matchers.engines.spark.frames import Frames, beside, components, number_rows, pairs_of
from matchers.engines.spark.linking import counted, link
from matchers.engines.spark.obeying import Obeyed, obey
from matchers.engines.spark.preparing import prepare
from matchers.engines.spark.resolving import resolve
from matchers.engines.spark.telling import Telling
from matchers.engines.tables import TOKEN
from matchers.enrolment import FEW
from matchers.links import DIGITS as LINK_DIGITS
from matchers.model import Model
from matchers.people import ATTENDANCE, POPULATION, ROLL
from matchers.steps.s3_block import LIMIT, SECOND_KEYS
from matchers.steps.s4_compare import PERSON
from matchers.steps.s8_decide import ACCEPTED, NOTHING, REVIEW
from schemas.issue import Issue


@dataclass(frozen=True)
class Screened:
    """The list of children and the links, in order, with their numbers.

    ``telling`` makes what else is to be told; ``used`` is the model, with the decisions counted; ``unheard``
    are those that could not be obeyed, and why.
    """

    children: DataFrame
    links: DataFrame
    telling: Telling
    used: Model
    unheard: tuple[Issue, ...] = ()


def screen(
    frames: Frames, records: DataFrame, as_of: date, model: Model, decisions: Decisions | None = None
) -> Screened:
    """Find the children of school age who are on no roll, or on a roll and not in class.

    Args:
        records: the records of all lists (``schemas.table.RECORDS``), in any order and any parts.
        decisions: what persons have decided about pairs; obeyed, and counted into the weights.
    """
    prepared, desk = prepare(frames, records, as_of, model.confusions)
    told = [name for name in prepared.columns if name.startswith("t_")]
    place = ["source", "sheet", "line", "member"]
    texts = prepared.select("row", *place, *told)
    obeyed = Obeyed(prepared.drop(*place, *told), model)
    if decisions is not None:
        obeyed = obey(frames, desk, obeyed.everybody, decisions, model)
    everybody, model, orders = frames.keep(obeyed.everybody, "everybody"), obeyed.model, obeyed.orders
    register = f.col("kind") == desk.kinds.index("household")
    residents = everybody.where((f.col("side") == POPULATION) & ~f.col("apart")).withColumn("based", register)
    pupils = everybody.where(f.col("side") == ROLL).withColumn("based", f.lit(True))
    found = []
    for side in (residents, pupils):
        found.append(resolve(frames, desk, frames.keep(side, "side"), model, orders))
        orders = found[-1].orders
    residents, pupils = (each.people.drop("based") for each in found)
    linked = link(frames, desk, residents, pupils, model, orders=orders)
    rosters = everybody.where(f.col("side") == ATTENDANCE)
    present = attend(frames, desk, (pupils, rosters), texts, model, orders)
    people = residents.withColumn("covered", f.lit(False)).unionByName(present.roll)
    apart = everybody.where((f.col("side") == POPULATION) & f.col("apart"))
    people = frames.keep(_borne(people, apart), "persons")
    stages = [
        *(("resolve", use) for each in found for use, _ in each.links),
        ("roll", "person"),
        ("attendance", "pupil"),
    ]
    results = [*(links for each in found for _, links in each.links), linked, present.result]
    putting = _PuttingTogether(
        frames,
        Assembly(desk, model, as_of, tuple(stages), orders),
        everybody,
        people,
        rosters,
        texts,
        results,
    )
    return replace(putting.screened(), unheard=obeyed.unheard)


def _borne(people: DataFrame, apart: DataFrame) -> DataFrame:
    """The records with how many residents bear the name of each, adults who stand ``apart`` included."""
    residents = people.where((f.col("side") == POPULATION) & (f.col("row") == f.col("person")))
    residents = residents.select("simple").union(apart.select("simple"))
    count = residents.groupBy("simple").agg(f.count("*").alias("bearers"))
    return people.join(count, "simple", "left").fillna(0, ["bearers"])


@dataclass(frozen=True)
class _PuttingTogether:
    """What is left when all links are made: small groups of persons who depend on each other."""

    frames: Frames
    assembly: Assembly
    everybody: DataFrame
    people: DataFrame
    rosters: DataFrame
    texts: DataFrame
    results: Sequence[DataFrame]

    def screened(self) -> Screened:
        links = self.frames.keep(self._links(), "links")
        edges = self._edges(links)
        rows, pairs = self._bins(links, edges)
        asked = [("person", pa.int64())]
        free = self.frames.of_bins(rows, pairs, partial(assembly.free, self.assembly), asked)
        second = self._second(self.frames.keep(free, "free"), links)
        edges = edges.union(second.select("lp", "rp")).union(second.select("lp", f.col("pupil").alias("rp")))
        rows, pairs = self._bins(links.unionByName(second.drop("pupil"), allowMissingColumns=True), edges)
        children = self.frames.of_bins(rows, pairs, partial(assembly.children, self.assembly), CHILDREN)
        children = _numbered(
            self.frames, children, [name for name, _ in CHILD_ORDER], "child_id", CHILD_DIGITS
        )
        told = self.frames.of_bins(rows, pairs, partial(assembly.links, self.assembly), LINKS)
        told = _numbered(self.frames, told, [name for name, _ in LINK_ORDER], "link_id", LINK_DIGITS)
        owners = children.select(f.col("person").alias("whose"), "child_id").union(
            children.where("pupil >= 0").select(f.col("pupil").alias("whose"), "child_id")
        )
        owners = owners.groupBy("whose").agg(f.max("child_id").alias("child_id"))
        told = (
            told.join(owners, told["person"] == owners["whose"], "left")
            .drop("whose")
            .fillna("", ["child_id"])
        )
        telling = Telling(self.frames, self.assembly, self.everybody, self.people, rows, pairs)
        return Screened(children, self.frames.keep(told, "links_told"), telling, self.assembly.model)

    def _links(self) -> DataFrame:
        """The links of all stages, and the persons of their records as they are now."""
        whole: DataFrame | None = None
        for at, result in enumerate(self.results):
            result = result.withColumn("stage_at", f.lit(at).cast("long"))
            if "first" not in result.columns:
                result = result.withColumn("first", f.lit(0))
            whole = result if whole is None else whole.unionByName(result, allowMissingColumns=True)
        assert whole is not None
        for side in ("left", "right"):
            person = self.people.select(f.col("row").alias(side), f.col("person").alias(f"{side}_person"))
            whole = whole.join(person, side, "left")
        levels = [name for name in whole.columns if name.startswith("level_")]
        whole = whole.fillna(False, ["chosen"]).fillna(0, levels)
        return whole.withColumn("first", f.col("first").cast("long"))

    def _edges(self, links: DataFrame) -> DataFrame:
        """Persons who depend on each other: linked, doubtful, or of one rare name."""
        names = [name for name, _ in self.assembly.stages]
        roll, attendance = names.index("roll"), names.index("attendance")
        shown = links.where((f.col("stage_at") == roll) & (f.col("decision") != NOTHING))
        doubtful = links.where((f.col("stage_at") < roll) & (f.col("decision") == REVIEW))
        assert attendance > roll
        both = shown.unionByName(doubtful).select(
            f.col("left_person").alias("lp"), f.col("right_person").alias("rp")
        )
        namesakes = self.people.where(
            (f.col("side") == POPULATION) & (f.col("row") == f.col("person")) & (f.col("bearers") <= FEW)
        ).select("simple", "person")
        first = namesakes.groupBy("simple").agg(f.min("person").alias("lp"))
        return both.union(namesakes.join(first, "simple").select("lp", f.col("person").alias("rp")))

    def _bins(self, links: DataFrame, edges: DataFrame) -> tuple[DataFrame, DataFrame]:
        """The records and the links of each bin."""
        frames = self.frames
        edges = edges.select(f.col("lp").alias("one"), f.col("rp").alias("other"))
        lowest = components(frames, edges).withColumnRenamed("one", "person")
        home = self.people.select("row", "person").join(lowest, "person", "left")
        home = home.withColumn("group", f.coalesce("lowest", "person"))
        home = frames.keep(home.select("row", "person", frames.bin("group").alias("bin")), "home")
        pairs = links
        for side in ("left", "right"):
            bin_ = home.select(f.col("row").alias(side), f.col("bin").alias(f"{side}_bin"))
            pairs = pairs.join(bin_, side, "left")
        roll = [name for name, _ in self.assembly.stages].index("roll")
        other = (f.col("stage_at") == roll) & (f.col("right_bin") != f.col("left_bin"))
        pairs = pairs.withColumn("bin", f.col("left_bin")).union(
            pairs.where(other).withColumn("bin", f.col("right_bin"))
        )
        pairs = frames.keep(pairs.drop("left_bin", "right_bin", "left_person", "right_person"), "pairs")
        named = pairs.select("bin", f.col("left").alias("row")).union(
            pairs.select("bin", f.col("right").alias("row"))
        )
        here = home.select("bin", "row", f.lit(True).alias("home"))
        others = named.distinct().join(here.drop("home"), ["bin", "row"], "left_anti")
        rows = here.union(others.withColumn("home", f.lit(False)))
        rosters = self.rosters.withColumn("covered", f.lit(False)).withColumn(
            "bearers", f.lit(0).cast("long")
        )
        people = self.people.unionByName(rosters).join(self.texts, "row")
        return frames.keep(rows.join(people, "row"), "rows"), pairs

    def _second(self, free: DataFrame, links: DataFrame) -> DataFrame:
        """The second look, over all lists: children on no roll against the pupils who are taken."""
        frames, desk, model = self.frames, self.assembly.desk, self.assembly.model
        roll = [name for name, _ in self.assembly.stages].index("roll")
        accepted = links.where((f.col("stage_at") == roll) & (f.col("decision") == ACCEPTED))
        order = f.struct("first", f.col("rules") < 0, "left", "right")
        owners = accepted.groupBy(f.col("right_person").alias("person")).agg(
            f.max_by("left_person", order).alias("owner")
        )
        owners = frames.keep(owners, "owners")
        rows = self.people.where(f.col("side") == POPULATION).join(free, "person", "left_semi")
        taken = self.people.where(f.col("side") == ROLL).join(owners, "person", "left_semi")
        one, other, totals = counted(frames, desk, rows, taken)
        scoring = Scoring(desk, model, PERSON, "person", totals, self.assembly.orders)
        made = [
            frames.each(side, partial(tokens, desk, SECOND_KEYS, name), TOKEN)
            for side, name in ((one, "left"), (other, "right"))
        ]
        pairs = beside(pairs_of(frames, made[0], made[1], LIMIT), one, other)
        scored = frames.each(pairs, scoring.score, scoring.schema())
        work = partial(second_looked, scoring, owners.count())
        found = frames.of_all(scored, "lp", work, SECOND_LOOK)
        found = found.withColumnRenamed("rp", "pupil").join(
            owners.select(f.col("person").alias("pupil"), f.col("owner").alias("rp")), "pupil"
        )
        found = found.withColumn("stage_at", f.lit(SECOND).cast("long")).withColumn(
            "first", f.lit(0).cast("long")
        )
        found = found.withColumn("chosen", f.lit(False))
        return frames.keep(found, "second")


def _numbered(frames: Frames, table: DataFrame, order: Sequence[str], name: str, digits: int) -> DataFrame:
    """The rows in order, with a number of so many digits from 1."""
    numbered = number_rows(frames, table, order, "n")
    text = (f.col("n") + 1).cast("string")
    padded = f.when(f.length(text) < digits, f.lpad(text, digits, "0")).otherwise(text)
    return frames.keep(numbered.withColumn(name, padded), f"numbered_{name}")
