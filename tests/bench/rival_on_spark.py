"""``python -m tests.bench.rival_on_spark HOUSEHOLD ROLL LINKS [NAME=VALUE ...]``: Splink 5 on Spark.

The same preparation, comparisons, candidate keys, training and one-to-one rule as ``tests.bench.rival``,
which says what is printed and written; comparing and scoring are Spark's. Further words are its settings.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import splink
import sqlglot
from pyspark.sql import SparkSession
from splink import Linker
from splink.backends.spark import SparkAPI, similarity_jar_location

from tests.bench.rival.__main__ import LEAST_WEIGHT, Clock, one_to_one
from tests.bench.rival.model import rules, settings, train
from tests.bench.rival.prepare import KEYS, prepare

SIDES = ("household", "roll")


def main() -> None:
    """Read, prepare, train, predict, assign."""
    household, roll, links = map(Path, sys.argv[1:4])
    logging.getLogger("splink").setLevel(logging.ERROR)
    clock = Clock()
    work = Path(tempfile.mkdtemp(prefix="splink-"))
    try:
        spark = _session(work, dict(each.split("=", 1) for each in sys.argv[4:]))
        clock.step("start")
        _prepared(household, roll, work)
        clock.step("read and prepare")
        linker, api = _linker(spark, work)
        train(linker)
        clock.step("train")
        linker.table_management.register_blocked_pairs_for_predict(
            api.register(_candidates(spark, work), dataset_display_name="candidate_pairs")
        )
        clock.step("block")
        pairs = linker.inference.predict(threshold_match_weight=LEAST_WEIGHT, warning_mode="never")
        columns = "unique_id_l as l", "unique_id_r as r", "match_weight as w"
        found = spark.table(pairs.physical_name).selectExpr(*columns).toPandas()
        clock.step("predict")
        one_to_one(found).to_csv(links, index=False)
        clock.step("one to one")
        spark.stop()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(clock.figures() | {"pairs": len(found), "version": splink.__version__}))


def _session(work: Path, conf: dict[str, str]) -> SparkSession:
    """As Splink's guide asks: its jar of similarities, and results between steps as Parquet."""
    builder: Any = SparkSession.builder.config("spark.jars", similarity_jar_location())
    for name, value in conf.items():
        builder = builder.config(name, value)
    spark: SparkSession = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.sparkContext.setCheckpointDir(str(work / "checkpoints"))
    return spark


def _prepared(household: Path, roll: Path, work: Path) -> None:
    """Both sides as Parquet; keys as signed numbers, which Spark has too."""
    con = duckdb.connect()
    con.execute("set threads to 2")
    prepare(con, household, roll)
    signed = ", ".join(f"(k_{key}::hugeint - 9223372036854775808)::bigint as k_{key}" for key in KEYS)
    for side in SIDES:
        # In several pieces, as a table on a cluster would be.
        con.execute(
            f"copy (select * replace ({signed}) from {side}) to '{work / side}' "
            "(format parquet, file_size_bytes '16MB', row_group_size 50000)"
        )
    con.close()


def _linker(spark: SparkSession, work: Path) -> tuple[Linker, SparkAPI]:
    api = SparkAPI(spark_session=spark, break_lineage_method="parquet")
    sides = [api.register(spark.read.parquet(str(work / each)), dataset_display_name=each) for each in SIDES]
    return Linker(sides, _translated(), log_level=None), api


def _translated() -> dict[str, Any]:
    """What the other engine is told, in Spark's words."""
    told = settings().create_settings_dict("duckdb")
    told["sql_dialect"] = "spark"
    for comparison in told["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level["sql_condition"] != "ELSE":
                level["sql_condition"] = _in_spark(level["sql_condition"])
    return told


def _in_spark(sql: str) -> str:
    """A condition in DuckDB's words -> in Spark's, with the name that Splink's jar has for one."""
    words = sqlglot.transpile(sql, read="duckdb", write="spark")[0]
    return re.sub(r"jaro_?winkler_similarity\(", "jaro_winkler(", words, flags=re.IGNORECASE)


def _candidates(spark: SparkSession, work: Path) -> Any:
    """The pairs that any rule finds, each once."""
    for side in SIDES:
        spark.read.parquet(str(work / side)).createOrReplaceTempView(f"given_{side}")
    join = "select l.unique_id as a, r.unique_id as b from given_household l join given_roll r on"
    found = " union all ".join(f"{join} {rule}" for rule in rules())
    return spark.sql(
        f"""select 'household-__-' || a as join_key_l, 'roll-__-' || b as join_key_r, '0' as match_key
            from (select distinct a, b from ({found}))"""
    )


if __name__ == "__main__":
    main()
