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
from matchers.engines.assembly import CHILD_ORDER, SCHEMA
from matchers.engines.bins import LINK_ORDER, SECOND, Assembly
from matchers.engines.deciding import SECOND_LOOK, second_looked
from matchers.engines.pairing import between
from matchers.engines.records import tokens
from matchers.engines.scoring import Scoring
from matchers.engines.spark.attending import attend
from matchers.engines.spark.frames import Frames, Schema, components, number_rows, pairs_of
from matchers.engines.spark.linking import LEFT, RIGHT, link, with_bearers
from matchers.engines.spark.obeying import Obeyed, obey
from matchers.engines.spark.preparing import prepare
from matchers.engines.spark.resolving import PUPILS, RESIDENTS, resolve
from matchers.engines.spark.telling import Telling
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
    texts = prepared.select("row", "told")
    obeyed = Obeyed(prepared.drop("told"), model)
    if decisions is not None:
        obeyed = obey(frames, desk, obeyed.everybody, decisions, model)
        obeyed = replace(obeyed, everybody=frames.keep(obeyed.everybody, "everybody"))
    everybody, model = obeyed.everybody, obeyed.model
    residents = (f.col("side") == POPULATION) & ~f.col("apart")
    register = f.col("kind") == desk.kinds.index("household")
    known = everybody.where(residents | (f.col("side") == ROLL))
    known = known.withColumn("at", f.when(residents, RESIDENTS).otherwise(PUPILS))
    found = resolve(frames, desk, known.withColumn("based", ~residents | register), model, obeyed.orders)
    people = found.people.drop("based")
    linked = link(frames, desk, people, model, orders=found.orders)
    rosters = everybody.where(f.col("side") == ATTENDANCE)
    pupils = people.where(f.col("at") == PUPILS)
    present = attend(frames, desk, (pupils, rosters), texts, model, found.orders)
    apart = everybody.where((f.col("side") == POPULATION) & f.col("apart"))
    borne = _borne(people.select("side", "row", "person", "simple"), apart).select("row", "bearers")
    people = people.drop("at").join(borne, "row").join(present.covered, "row", "left")
    people = frames.keep(people.fillna(False, ["covered"]), "persons")
    stages = [("resolve", use) for _ in (RESIDENTS, PUPILS) for use, _ in found.links]
    stages += [("roll", "person"), ("attendance", "pupil")]
    results = [*(links for _, links in found.links), linked, present.result]
    putting = _PuttingTogether(
        frames,
        Assembly(desk, model, as_of, tuple(stages), found.orders),
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
        frames = self.frames
        links = frames.keep(self._links(), "links")
        edges = self._edges(links)
        rows, pairs = self._bins(links, edges, texts=False)
        free = frames.of_bins(rows, pairs, partial(assembly.free, self.assembly), [("person", pa.int64())])
        second = self._second(frames.keep(free, "free"), links)
        edges = edges.union(second.select("lp", "rp")).union(second.select("lp", f.col("pupil").alias("rp")))
        links = links.unionByName(second.drop("pupil"), allowMissingColumns=True)
        rows, pairs = self._bins(links, edges, texts=True)
        told = frames.keep(frames.of_bins(rows, pairs, partial(assembly.told, self.assembly), SCHEMA), "told")
        children = _numbered(frames, told, "child", CHILD_ORDER, CHILD_DIGITS)
        owners = children.select(f.explode(f.array("person", "pupil")).alias("whose"), "child_id")
        owners = owners.where("whose >= 0").groupBy("whose").agg(f.max("child_id").alias("child_id"))
        told = told.join(owners, told["link.person"] == owners["whose"], "left").fillna("", ["child_id"])
        links = _numbered(frames, told, "link", LINK_ORDER, LINK_DIGITS)
        telling = Telling(frames, self.assembly, self.everybody, self.people, rows, pairs)
        return Screened(children, links, telling, self.assembly.model)

    def _links(self) -> DataFrame:
        """The links of all stages, and the persons of their records as they are now."""
        whole: DataFrame | None = None
        roll, attendance = len(self.assembly.stages) - 2, len(self.assembly.stages) - 1
        stages = [*range(len(self.results) - 2), roll, attendance]
        for at, result in zip(stages, self.results, strict=True):
            result = result.withColumn("stage_at", f.lit(at).cast("long"))
            if "first" not in result.columns:
                result = result.withColumn("first", f.lit(0))
            whole = result if whole is None else whole.unionByName(result, allowMissingColumns=True)
        assert whole is not None
        for side in ("left", "right"):
            person = self.people.select(
                f.col("row").alias(side),
                f.col("person").alias(f"{side}_person"),
                f.col("side").alias(f"{side}_side"),
            )
            whole = whole.join(person, side, "left")
        # The pupils were resolved with the residents; their stages stand behind.
        pupils = (f.col("stage_at") < roll) & (f.col("left_side") == ROLL)
        stage = f.when(pupils, f.col("stage_at") + roll // 2).otherwise(f.col("stage_at"))
        whole = whole.withColumns({"stage_at": stage, "first": f.col("first").cast("long")})
        return whole.drop("left_side", "right_side").fillna(False, ["chosen"])

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

    def _bins(self, links: DataFrame, edges: DataFrame, *, texts: bool) -> tuple[DataFrame, DataFrame]:
        """The records and the links of each bin."""
        frames = self.frames
        edges, seen = frames.told(
            edges.select(f.col("lp").alias("one"), f.col("rp").alias("other")), "edges", size=f.count("*")
        )
        lowest = components(frames, edges, seen["size"]).withColumnRenamed("one", "person")
        home = self.people.select("row", "person").join(lowest, "person", "left")
        home = home.withColumn("group", f.coalesce("lowest", "person"))
        home = frames.keep(home.select("row", "person", frames.bin("group").alias("bin")), "home")
        pairs = links
        for side in ("left", "right"):
            bin_ = home.select(f.col("row").alias(side), f.col("bin").alias(f"{side}_bin"))
            pairs = pairs.join(bin_, side, "left")
        roll = [name for name, _ in self.assembly.stages].index("roll")
        other = (f.col("stage_at") == roll) & (f.col("right_bin") != f.col("left_bin"))
        both = f.when(other, f.array("left_bin", "right_bin")).otherwise(f.array("left_bin"))
        pairs = pairs.withColumn("bin", f.explode(both))
        pairs = frames.keep(pairs.drop("left_bin", "right_bin", "left_person", "right_person"), "pairs")
        named = pairs.select("bin", f.explode(f.array("left", "right")).alias("row")).distinct()
        here = home.select("bin", "row", f.lit(True).alias("home"))
        others = named.join(here.drop("home"), ["bin", "row"], "left_anti")
        rows = here.union(others.withColumn("home", f.lit(False)))
        people = self.people.unionByName(self.rosters, allowMissingColumns=True)
        people = people.fillna(False, ["covered"]).fillna(0, ["bearers"])
        rows = rows.join(people.select("row", "person", "record", "covered", "bearers"), "row")
        return (rows.join(self.texts, "row") if texts else rows), pairs

    def _second(self, free: DataFrame, links: DataFrame) -> DataFrame:
        """The second look, over all lists: children on no roll against the pupils who are taken."""
        frames, desk, model = self.frames, self.assembly.desk, self.assembly.model
        roll = [name for name, _ in self.assembly.stages].index("roll")
        accepted = links.where((f.col("stage_at") == roll) & (f.col("decision") == ACCEPTED))
        order = f.struct("first", f.col("rules") < 0, "left", "right")
        owners = accepted.groupBy(f.col("right_person").alias("person")).agg(
            f.max_by("left_person", order).alias("owner")
        )
        owners, seen = frames.told(owners, "owners", many=f.count("*"))
        rows = self.people.where(f.col("side") == POPULATION).join(free, "person", "left_semi")
        taken = self.people.where(f.col("side") == ROLL).join(owners, "person", "left_semi")
        sides = rows.withColumn("at", f.lit(LEFT)).unionByName(taken.withColumn("at", f.lit(RIGHT)))
        sides, (totals,) = with_bearers(frames, desk, sides)
        scoring = Scoring(desk, model, PERSON, "person", totals, self.assembly.orders)
        pairs = pairs_of(frames, sides, partial(tokens, desk, SECOND_KEYS), between, LIMIT)
        work = partial(second_looked, scoring, seen["many"])
        found = frames.meet(pairs, sides, work, SECOND_LOOK)
        found = found.withColumnRenamed("rp", "pupil").join(
            owners.select(f.col("person").alias("pupil"), f.col("owner").alias("rp")), "pupil"
        )
        found = found.withColumn("stage_at", f.lit(SECOND).cast("long")).withColumn(
            "first", f.lit(0).cast("long")
        )
        found = found.withColumn("chosen", f.lit(False))
        return frames.keep(found, "second")


def _numbered(frames: Frames, told: DataFrame, what: str, order: Schema, digits: int) -> DataFrame:
    """The rows of children, or of links, in order, with a number of so many digits from 1."""
    rows = told.where(f.col(what).isNotNull()).select(f"{what}.*", *set(told.columns) - {"child", "link"})
    numbered = number_rows(frames, rows, [name for name, _ in order], "n")
    text = (f.col("n") + 1).cast("string")
    padded = f.when(f.length(text) < digits, f.lpad(text, digits, "0")).otherwise(text)
    return frames.keep(numbered.withColumn(f"{what}_id", padded), f"numbered_{what}")
