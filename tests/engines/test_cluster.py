"""A run over three workers, whose executors are killed in the middle: `make cluster`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.demo import make_county
from tests.engines.cluster import WORKERS, Cluster, cluster
from tests.engines.conftest import QUICK
from tests.engines.hosts import NET
from tests.engines.test_spark import AS_OF, assert_same_rows, rollcall

CHILDREN = 1500
KILLED_IN = ("scored", "told")
"""The steps in which an executor is killed: one that compares pairs, one that puts persons together."""


@pytest.mark.cluster
@pytest.mark.allow_hosts(["127.0.0.1", f"{NET}.1"])
def test_two_executors_killed_change_nothing(tmp_path: Path) -> None:
    make_county(CHILDREN, 5, tmp_path)
    rollcall("export", tmp_path / "files", "--parquet", tmp_path / "parquet", "--region", "659999")
    rollcall("screen", tmp_path / "files", *AS_OF, "--out", tmp_path / "local")
    words = ["screen", tmp_path / "parquet", *AS_OF, "--out", tmp_path / "out", "--engine", "spark"]
    conf = QUICK | {
        "spark.executor.memory": "700m",
        "spark.executor.cores": "1",
        "spark.executor.extraJavaOptions": QUICK["spark.driver.extraJavaOptions"],
    }
    with cluster(tmp_path) as found:
        here = found.hosts[0].address
        conf |= {"spark.driver.host": here, "spark.driver.bindAddress": here}
        words += [word for each in conf.items() for word in ("--conf", "=".join(each))]
        command = [Path(sys.executable).parent / "rollcall", *words, "--master", found.url]
        killed = _run(list(map(str, command)), found)
        # Each worker began with one executor, and another came for each that was killed.
        places = [
            each for number in range(WORKERS) for each in (tmp_path / f"worker-{number}").glob("app-*/*")
        ]
    assert len(set(killed)) == len(KILLED_IN)
    assert len(places) >= WORKERS + len(killed)
    assert_same_rows(tmp_path / "out", tmp_path / "local")


def _run(command: list[str], found: Cluster) -> list[int]:
    """Run the command and kill an executor in each step of ``KILLED_IN``; which were killed."""
    killed, said, left = [], [], list(KILLED_IN)
    env = os.environ | {"SPARK_LOCAL_IP": found.hosts[0].address}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=env
    ) as run:
        assert run.stderr
        for line in run.stderr:
            said.append(line)
            if left and line.strip() == left[0]:
                left.pop(0)
                # The step has just been told; its tasks run a moment later.
                time.sleep(1)
                killed.append(found.kill_one())
    assert run.returncode == 0, "".join(said[-40:])
    return killed
