"""What is to be screened on Spark: records in a folder of Parquet, in a table, or of agencies' lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from schemas.table import RECORDS
from service.errors import NothingUsableError
from service.export.parquet_file import REGION, write_records
from service.spark.places import Place

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PIECE = 100_000
"""Records that go to Spark at a time, where they cannot be written as a file: some 100 MB."""


def in_folder(spark: SparkSession, folder: Place) -> DataFrame:
    """The records of a folder with a folder a region (``rollcall export``).

    Raises:
        NothingUsableError: there is no such region, or a column is missing.
    """
    # Named one by one: beside the regions lie the issues of their files.
    regions = [name for name in folder.names(spark) if name.startswith(f"{REGION}=")]
    if not regions:
        raise NothingUsableError(
            f"{folder.address} 中没有 {REGION}=代码 的文件夹。请先用 rollcall export --parquet 写出。"
        )
    places = [(folder / name).address for name in regions]
    return _checked(spark.read.option("basePath", folder.address).parquet(*places), folder.address)


def in_table(spark: SparkSession, name: str) -> DataFrame:
    """The records of a table (``database.table``), partitioned by region or not.

    Raises:
        NothingUsableError: there is no such table, or a column is missing.
    """
    if not spark.catalog.tableExists(name):
        raise NothingUsableError(
            f"Spark 中没有表 {name}。请写成 库名.表名，并核对元数据服务(metastore)的设置。"
        )
    return _checked(spark.table(name), name)


def _checked(records: DataFrame, place: str) -> DataFrame:
    """The columns of ``RECORDS``; where there are several regions, a file is named with its own."""
    from pyspark.sql import functions as f

    if missing := [name for name in RECORDS.names if name not in records.columns]:
        raise NothingUsableError(
            f"{place} 缺少这些列：{'、'.join(missing)}。列名和含义以 rollcall export --parquet 写出的为准。"
        )
    if REGION in records.columns and records.select(REGION).distinct().count() > 1:
        records = records.withColumn("file", f.concat_ws("/", REGION, "file"))
    typed = [
        f.coalesce(f.col(name).cast(kind), f.lit(nothing)).alias(name)
        for name, kind, nothing in (
            (name, *(("long", 0) if name in RECORDS.integers else ("string", ""))) for name in RECORDS.names
        )
    ]
    return records.select(typed)


def put(spark: SparkSession, records: pd.DataFrame, folder: Place) -> DataFrame:
    """Records that are here, put where every machine sees them."""
    if folder.path:
        write_records(records, folder.path, "000000")
    else:
        for piece in _pieces(records):
            place = (folder / f"{REGION}=000000").address
            spark.createDataFrame(piece).write.mode("append").parquet(place)
    return in_folder(spark, folder)


def _pieces(records: pd.DataFrame) -> Iterator[pa.Table]:
    for start in range(0, len(records), PIECE):
        piece = records.iloc[start : start + PIECE][RECORDS.names]
        yield pa.Table.from_pandas(piece, preserve_index=False)
