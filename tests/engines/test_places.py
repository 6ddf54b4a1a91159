"""Where records of Spark may lie: folders, addresses, tables; what is missing there is said, not guessed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from pyspark.sql import SparkSession

from schemas.table import RECORDS
from service.cli import main
from service.errors import NothingUsableError
from service.export.parquet_file import write_records
from service.spark.places import Place
from service.spark.records import in_folder, in_table, put
from tests.matchers.county import crowd


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return crowd(3, 20).records()


def as_given(found: pd.DataFrame) -> pd.DataFrame:
    keys = ["file", "sheet", "row", "member"]
    return RECORDS.build(found).sort_values(keys, ignore_index=True)


def test_a_folder_of_two_regions(spark: SparkSession, records: pd.DataFrame, tmp_path: Path) -> None:
    """Named by its path or by its address; a file of one name in two counties is two files."""
    for region in ("659901", "659902"):
        write_records(records, tmp_path, region)
    (tmp_path / "issues-659901.csv").write_text("code")
    for place in (Place.of(tmp_path), Place.of(f"file://{tmp_path}/")):
        found = in_folder(spark, place).toArrow().to_pandas()
        assert len(found) == 2 * len(records)
        assert set(found["file"]) == {
            f"{region}/{file}" for region in ("659901", "659902") for file in set(records["file"])
        }


def test_a_table_with_nothing_where_a_value_is_missing(spark: SparkSession, records: pd.DataFrame) -> None:
    table = spark.createDataFrame(records.replace("", None).assign(region="659901", extra="x"))
    table.withColumn("row", table["row"].cast("int")).createOrReplaceTempView("records")
    found = in_table(spark, "records").toArrow().to_pandas()
    pd.testing.assert_frame_equal(as_given(found), as_given(records))
    with pytest.raises(NothingUsableError, match=r"没有表 nowhere\.records"):
        in_table(spark, "nowhere.records")
    table.drop("id_number", "phone").createOrReplaceTempView("short")
    with pytest.raises(NothingUsableError, match="缺少这些列：id_number、phone"):
        in_table(spark, "short")


def test_records_go_to_a_place_and_results_come_from_it(
    spark: SparkSession, records: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At an address that no path of this machine names: a mount of Hadoop's own."""
    spark._jsc.hadoopConfiguration().set("fs.viewfs.mounttable.far.link./lists", f"file://{tmp_path}/far")
    (tmp_path / "far").mkdir()
    monkeypatch.setattr("service.spark.records.PIECE", 30)
    place = Place.of("viewfs://far/lists/round")
    assert place.path is None
    found = put(spark, records, place / "records")
    pd.testing.assert_frame_equal(as_given(found.toArrow().to_pandas()), as_given(records))
    assert len(list((tmp_path / "far" / "round" / "records" / "region=000000").glob("*.parquet"))) > 1
    (place / "records").fetch(spark, tmp_path / "here")
    assert len(pd.read_parquet(tmp_path / "here")) == len(records)
    place.remove(spark)
    assert not list((tmp_path / "far").iterdir())
    assert place.names(spark) == []
    with pytest.raises(NothingUsableError, match="没有 region=代码 的文件夹"):
        in_folder(spark, place)


@pytest.mark.parametrize(
    "words",
    [["hdfs://name/records"], ["--table", "a.b"], ["."], [".", "--engine", "spark", "--table", "a.b"]],
)
def test_addresses_and_tables_are_for_spark(words: list[str], tmp_path: Path) -> None:
    out = "s3a://bucket/out" if words == ["."] else str(tmp_path / "out")
    run = CliRunner().invoke(main, ["screen", *words, "--as-of", "2026-09-01", "--out", out])
    assert run.exit_code == 2
    assert "Spark" in run.output or "spark" in run.output
