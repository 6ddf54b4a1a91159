"""What a run on Spark is told, and what Spark tells of it: its event log, a line of JSON an event."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

STEP = "spark.job.description"
"""The property under which a job says what it is for."""


def settings(log: Path, pieces: int, memory: str) -> dict[str, str]:
    """Settings of a Spark of this machine: so many pieces of work, a log in this folder, made anew."""
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(parents=True)
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(pieces),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{log}",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }


def read_log(folder: Path) -> dict[str, Any]:
    """Bytes and jobs of the one run logged in this folder.

    Returns:
        ``shuffled`` bytes written for other pieces of work, ``jobs`` and ``stages`` that ran, and by name of
        the step ``spark_steps``: [seconds that its tasks ran, bytes that they shuffled].
    """
    jobs, stages, shuffled = 0, 0, 0
    named: dict[int, str] = {}
    steps: dict[str, list[float]] = defaultdict(lambda: [0.0, 0])
    for path in folder.iterdir():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                kind = event["Event"]
                if kind == "SparkListenerJobStart":
                    jobs += 1
                    step = (event.get("Properties") or {}).get(STEP, "")
                    named.update(dict.fromkeys(event["Stage IDs"], step))
                elif kind == "SparkListenerStageCompleted":
                    stages += 1
                elif kind == "SparkListenerTaskEnd" and (told := event.get("Task Metrics")):
                    written = told["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                    shuffled += written
                    step = steps[named.get(event["Stage ID"], "")]
                    step[0] += told["Executor Run Time"] / 1000
                    step[1] += written
    return {"shuffled": shuffled, "jobs": jobs, "stages": stages, "spark_steps": dict(steps)}
