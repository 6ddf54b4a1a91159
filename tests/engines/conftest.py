"""One Spark for all tests of this folder: to start it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from matchers.engines.spark.frames import Frames
from service.spark.session import SparkSettings, session

QUICK = {
    "spark.driver.memory": "1g",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.adaptive.enabled": "false",
    # A county of this size is done before the best code is compiled for it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
    "-XX:ReservedCodeCacheSize=200m",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    with session(SparkSettings("local[2]", QUICK)) as made:
        yield made


@pytest.fixture
def frames(spark: SparkSession, tmp_path: Path) -> Frames:
    kept: list[str] = []

    def keep(table: DataFrame, name: str) -> DataFrame:
        kept.append(f"{tmp_path}/{len(kept)}-{name}")
        table.write.parquet(kept[-1])
        return spark.read.schema(table.schema).parquet(kept[-1])

    return Frames(keep, 3)
