"""A standalone cluster of Spark: one master here, three workers, each on a host of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

from service.spark.session import java_home
from tests.engines.hosts import Host, hosts

WORKERS = 3
PATIENCE = 120


@dataclass(frozen=True)
class Cluster:
    """Where the master listens, the workers' processes, and the hosts, the one with the master first."""

    url: str
    workers: tuple[int, ...]
    hosts: tuple[Host, ...]

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
    with hosts(WORKERS) as found, _running() as start:
        here = found[0].address
        port = _free_port(here)
        url = f"spark://{here}:{port}"
        start(_command(folder, found[0], "master", "--port", str(port), "--webui-port", "0"))
        _wait_for(here, port)
        words = ("-c", "1", "-m", "1g", "--webui-port", "0", url)
        workers = [
            start(_command(folder, host, "worker", "-d", str(folder / f"worker-{number}"), *words))
            for number, host in enumerate(found[1:])
        ]
        yield Cluster(url, tuple(workers), tuple(found))


@dataclass(frozen=True)
class _Command:
    words: list[str]
    env: dict[str, str]
    log: Path


@contextmanager
def _running() -> Iterator[Callable[[_Command], int]]:
    """Starts commands, telling their processes, and ends them in turn when the block ends."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(command: _Command) -> int:
        with command.log.open("ab") as log:
            processes.append(subprocess.Popen(command.words, stdout=log, stderr=log, env=command.env))
        return processes[-1].pid

    try:
        yield start
    finally:
        for each in reversed(processes):
            each.terminate()
        for each in processes:
            each.wait(PATIENCE)


def _command(folder: Path, host: Host, role: str, *words: str) -> _Command:
    home = Path(pyspark.__file__).parent
    main = f"org.apache.spark.deploy.{role}.{role.title()}"
    # `ip netns exec` becomes the command that it runs, and so does Spark's own script.
    command = [*host.enter, f"{home}/bin/spark-class", main, "--host", host.address, *words]
    env = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_LOCAL_IP": host.address,
        "JAVA_HOME": java_home(),
        "PYSPARK_PYTHON": sys.executable,
    }
    return _Command(command, env, folder / f"{role}.log")


def _free_port(address: str) -> int:
    with socket.socket() as found:
        found.bind((address, 0))
        return int(found.getsockname()[1])


def _wait_for(address: str, port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as trying:
            if trying.connect_ex((address, port)) == 0:
                return
        assert time.monotonic() < end, "the master does not listen"
        time.sleep(0.2)
