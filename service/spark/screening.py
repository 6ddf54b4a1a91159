"""A screening on Spark: records in, children and links out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from connectors.files import at_a_time, read_all
from connectors.layout import Layout
from matchers import Model
from matchers.decisions import Decisions
from schemas.issue import issue_table
from schemas.table import RECORDS
from service.decisions import read_decisions
from service.export import decimals, write_csv
from service.models import read_model
from service.reports.children_csv import COLUMNS, NAME
from service.screening import refuse_one_side
from service.spark.places import Place, is_address
from service.spark.records import in_folder, in_table, put
from service.spark.session import SparkSettings, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from matchers.engines.spark.screening import Screened

Progress = Callable[[str], None]
TABLES = {"children": "child_id", "links": "link_id"}
"""What is written as Parquet, and the number by which it is in order."""


@dataclass(frozen=True)
class SparkJob:
    """What a screening on Spark is told.

    Attributes:
        paths: one folder of Parquet as ``rollcall export`` writes it, by its path or address; or lists.
        table: a table of Spark instead (``database.table``).
        as_of: the day of the screening.
        out: the folder or address of the results, which every machine must reach.
        beside: a folder of this machine for ``children.csv`` and ``issues.csv``; ``out`` where that is one.
        kinds, layouts, workers, model, decisions: as in ``service.screening.Job``.
    """

    paths: Sequence[str | Path]
    as_of: date
    out: str | Path
    table: str = ""
    beside: Path | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    layouts: Sequence[Layout] = ()
    workers: int = field(default_factory=at_a_time)
    model: str = "v1"
    decisions: Path | None = None

    @property
    def here(self) -> Path | None:
        """The folder of this machine into which something is written, if there is one."""
        return self.beside or Place.of(self.out).path


def screen_on_spark(job: SparkJob, settings: SparkSettings, progress: Progress) -> dict[str, int]:
    """Write ``children`` and ``links`` as Parquet into ``job.out``; returns their rows.

    Raises:
        NothingUsableError: no lists of residents, no roll, no Spark, or no such folder or table.
        ModelError, DecisionsError: the model or the decisions cannot be read.
    """
    model = read_model(job.model)
    decisions = read_decisions(job.decisions) if job.decisions else None
    out = Place.of(job.out)
    with (
        session(settings, hive=bool(job.table)) as spark,
        workplace(spark, out, f".work-{uuid.uuid4().hex[:8]}") as work,
    ):
        records, issues = _given(spark, job, work, progress)
        found = match(spark, records, work, progress, job.as_of, model, decisions)
        written = {name: _written(found, name, out) for name in TABLES}
        if job.here:
            _told_here(spark, out, job.here, issues, issue_table(found.unheard))
    return written


@contextmanager
def workplace(spark: SparkSession, place: Place, name: str) -> Iterator[Place]:
    """A folder there for what is needed twice, until the block ends."""
    work = place / name
    try:
        yield work
    finally:
        work.remove(spark)


def match(
    spark: SparkSession,
    records: DataFrame,
    work: Place,
    progress: Progress,
    as_of: date,
    model: Model,
    decisions: Decisions | None,
) -> Screened:
    """Screen these records; what is needed twice is kept in ``work``."""
    from matchers.engines.spark.frames import Frames
    from matchers.engines.spark.screening import screen

    kept: list[str] = []

    def keep(table: DataFrame, name: str) -> DataFrame:
        place = (work / f"{len(kept):03d}-{name}").address
        kept.append(place)
        progress(name)
        # What Spark's own pages and event log call the step.
        spark.sparkContext.setJobDescription(name)
        # Read once or twice and removed: a dictionary of values would cost more than it saves.
        table.write.option("parquet.enable.dictionary", "false").parquet(place)
        return spark.read.schema(table.schema).parquet(place)

    bins = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    return screen(Frames(keep, bins), records, as_of, model, decisions)


def _given(
    spark: SparkSession, job: SparkJob, work: Place, progress: Progress
) -> tuple[DataFrame, pd.DataFrame]:
    """The records, and what was wrong with the lists, where lists were given."""
    issues = issue_table([])
    folder = job.paths[0] if len(job.paths) == 1 else ""
    if job.table:
        records = in_table(spark, job.table)
    elif is_address(str(folder)) or (isinstance(folder, Path) and any(folder.glob("region=*/*.parquet"))):
        records = in_folder(spark, Place.of(folder))
    else:
        readings = read_all([Path(each) for each in job.paths], job.kinds, job.layouts, progress, job.workers)
        issues = issue_table([issue for each in readings for issue in each.issues])
        held = [each.records for each in readings]
        built = RECORDS.build(pd.concat(held, ignore_index=True) if held else [])
        refuse_one_side(built, issues, readings, job.here)
        return put(spark, built, work / "records"), issues
    kinds = pd.DataFrame({"kind": [each["kind"] for each in records.select("kind").distinct().collect()]})
    refuse_one_side(kinds, issues, [], job.here)
    return records, issues


def _written(found: Screened, name: str, out: Place) -> int:
    from pyspark.sql import Observation
    from pyspark.sql import functions as f

    seen = Observation()
    table = getattr(found, name).orderBy(TABLES[name]).observe(seen, f.count("*").alias("rows"))
    table.write.mode("overwrite").parquet((out / f"{name}.parquet").address)
    return int(seen.get["rows"])


def _told_here(
    spark: SparkSession, out: Place, beside: Path, issues: pd.DataFrame, unheard: pd.DataFrame
) -> None:
    """``children.csv`` from the Parquet, and the issues."""
    beside.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=beside, prefix=".fetched-") as folder:
        place = out.path
        if place is None:
            place = Path(folder)
            (out / "children.parquet").fetch(spark, place / "children.parquet")
        write_csv(_pieces(place / "children.parquet"), beside / NAME)
    said = [each for each in (issues, unheard) if len(each)]
    write_csv(pd.concat(said, ignore_index=True) if said else issues, beside / "issues.csv")


def _pieces(folder: Path) -> Iterator[pd.DataFrame]:
    for file in sorted(folder.glob("part-*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches(25_000, columns=list(COLUMNS)):
            piece = batch.to_pandas()[list(COLUMNS)]
            yield piece.assign(probability=decimals(piece["probability"], 4))
