"""Decisions of persons on Spark: ``matchers.decisions`` hears them, of the few records that they concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from matchers.decision_table import cleaned
from matchers.decisions import Decisions, Heard, hear
from matchers.engines.orders import NUMBER, Orders, named, own_numbers
from matchers.engines.records import with_aliases
from matchers.engines.spark.frames import Frames
from matchers.engines.tables import BARE, Table, array, columns
from matchers.engines.wire import Desk
from matchers.learn import taught
from matchers.model import Model
from matchers.people import POPULATION, ROLL, People
from schemas.issue import Issue


@dataclass(frozen=True)
class Obeyed:
    """What a table of decisions comes to.

    Attributes:
        everybody: the records, with the second names and numbers that aliases tell.
        model: the model with what was decided counted. unheard: rows that cannot be obeyed, and why.
    """

    everybody: DataFrame
    model: Model
    orders: Orders = field(default_factory=Orders)
    unheard: tuple[Issue, ...] = ()


def obey(frames: Frames, desk: Desk, everybody: DataFrame, decisions: Decisions, model: Model) -> Obeyed:
    """Hear the decisions; ``everybody`` are the records on the wire, with ``row`` and ``apart``."""
    schema = [("row", pa.int64()), ("record", pa.binary())]
    asked = everybody.select("row", "record")
    found = frames.each(asked, partial(named, desk, cleaned(decisions.table)), schema).toArrow()
    found = found.sort_by("row").combine_chunks()
    people, row = desk.people(columns(found)), array(found, "row")
    heard = hear(decisions, people)
    sides = [everybody.where((f.col("side") == POPULATION) & ~f.col("apart"))]
    sides.append(everybody.where(f.col("side") == ROLL))
    numbers = [frames.each(side, partial(own_numbers, desk), NUMBER).distinct() for side in sides]
    shared = numbers[0].join(numbers[1], "number", "left_semi").count()
    one, other = (side.count() for side in sides)
    model = taught(model, heard.people, heard.told, (one, other), shared)
    return Obeyed(
        _with_aliases(frames, everybody, _aliases(row, people, heard)),
        model,
        Orders(row, row, heard.decided),
        heard.issues,
    )


def _aliases(row: np.ndarray, before: People, heard: Heard) -> Table:
    """The records that were given a second name or number, as they are now."""
    after = heard.people
    at = np.flatnonzero((after.id2 != before.id2) | (after.former != before.former))
    texts = [after.ids.text.take(pa.array(after.id2[at])), after.names.text.take(pa.array(after.former[at]))]
    return pa.table(
        [pa.array(row[at]), *(each.cast(pa.string()) for each in texts)],
        names=["row", "id2", "former"],
    )


def _with_aliases(frames: Frames, everybody: DataFrame, told: Table) -> DataFrame:
    if not told.num_rows:
        return everybody
    return frames.each(everybody, partial(with_aliases, told), everybody.schema)


def confirmed(orders: Orders, people: DataFrame, *, one_side: bool = False) -> DataFrame:
    """The confirmed pairs of a left and a right record (``at``), or of two of one side."""
    pairs = people.sparkSession.createDataFrame(orders.confirmed(one_side=one_side))
    for side in ("left", "right"):
        here = people.select(f.col("row").alias(side), f.col("at").alias(f"{side}_at"))
        pairs = here.join(f.broadcast(pairs), side)
    fit = f.col("left_at") == f.col("right_at") if one_side else f.col("left_at") < f.col("right_at")
    return pairs.where(fit).select([name for name, _ in BARE])


def moved(orders: Orders, lowest: DataFrame) -> Orders:
    """The decisions when the persons of ``lowest`` (one, lowest) have been joined."""
    told = pa.table({"one": np.unique(orders.person)})
    few = f.broadcast(lowest.sparkSession.createDataFrame(told))
    found = {each["one"]: each["lowest"] for each in lowest.join(few, "one", "left_semi").collect()}
    return orders.moved(found)
