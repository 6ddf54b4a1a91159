"""A standalone cluster of Spark on the loopback: one master, three workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from service.spark.session import java_home

WORKERS = 3
PATIENCE = 120


@dataclass(frozen=True)
class Cluster:
    """Where the master listens, and the workers' processes."""

    url: str
    workers: tuple[int, ...]

    def executors(self) -> list[int]:
        """The processes of executors that run now: children of our workers."""
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = place.read_text("utf-8").rpartition(")")[2].split()
            except OSError:  # It has just ended.
                continue
            if int(words[1]) in self.workers and words[0] != "Z":
                found.append(int(place.parent.name))
        return sorted(found)

    def kill_one(self) -> int:
        """End the executor that runs longest, as a machine without power does."""
        end = time.monotonic() + PATIENCE
        while not (running := self.executors()):
            assert time.monotonic() < end, "no executor runs"
            time.sleep(0.1)
        os.kill(running[0], signal.SIGKILL)
        return running[0]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Master and workers, each with one core and a gigabyte, until the block ends."""
    port, page = _free_port(), _free_port()
    url = f"spark://127.0.0.1:{port}"
    processes = []
    try:
        processes.append(_start(folder, "master", "--port", str(port), "--webui-port", str(page)))
        _wait_for(port)
        for number in range(WORKERS):
            words = ("-c", "1", "-m", "1g", "-d", str(folder / f"worker-{number}"), "--webui-port", "0", url)
            processes.append(_start(folder, "worker", *words))
        yield Cluster(url, tuple(each.pid for each in processes[1:]))
    finally:
        for each in reversed(processes):
            each.terminate()
        for each in processes:
            each.wait(PATIENCE)


def _start(folder: Path, role: str, *words: str) -> subprocess.Popen[bytes]:
    home = Path(pyspark.__file__).parent
    main = f"org.apache.spark.deploy.{role}.{role.title()}"
    command = [f"{home}/bin/spark-class", main, "--host", "127.0.0.1", *words]
    env = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "JAVA_HOME": java_home(),
        "PYSPARK_PYTHON": sys.executable,
    }
    with (folder / f"{role}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=env)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "the master does not listen"
        time.sleep(0.2)
