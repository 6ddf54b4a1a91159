"""The supervisor in a process of its own, with children that die, dawdle and leave children behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded.guard import groups_left
from tests.architecture.sources import ROOT

DRIVER = """
import json, os, sys
from pathlib import Path
from service.embedded import EmbeddedError
from service.embedded.process import Program
from service.embedded.supervisor import Supervisor
state = Path(sys.argv[1])
supervisor = Supervisor(state, lambda line: print(line, flush=True), tries=3, pause=0.1)
try:
    with supervisor.in_charge():
        for stage, (name, script, grace) in enumerate(json.loads(sys.argv[2])):
            words = (sys.executable, "-c", script)
            supervisor.start(Program(name, words, dict(os.environ), state, grace=grace, stage=stage))
        print("started", flush=True)
        supervisor.run()
except EmbeddedError as error:
    print(error, flush=True)
    sys.exit(3)
print("stopped", flush=True)
"""
WAITS = """
import os, signal, sys, time
from pathlib import Path
name = {name!r}
def told(number, frame):
    with open("order", "a") as order: order.write(name + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, told)
with open(name + ".pids", "a") as pids: pids.write(f"{{os.getpid()}}\\n")
print("working", flush=True)
time.sleep(60)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    name = "grandchild"
else:
    name = "stubborn"
with open(name + ".pids", "a") as pids: pids.write(f"{os.getpid()}\\n")
time.sleep(60)
"""
LEAVES = """
import os, signal, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open("left.pids", "a") as pids: pids.write(f"{os.getpid()}\\n")
    time.sleep(60)
while not os.path.exists("left.pids"): time.sleep(0.01)
time.sleep(60)
"""
DIES = """
import os, sys, time
while not os.path.exists("other.pids"): time.sleep(0.01)
print("why it died")
sys.exit(7)
"""
DIES_ONCE = """
import os, sys, time
with open("tries", "a") as tries: tries.write("x")
if os.path.getsize("tries") == 1: sys.exit(7)
open("once.pids", "w").write(f"{os.getpid()}\\n")
time.sleep(60)
"""


def waits(name: str, grace: float = 5.0) -> tuple[str, str, float]:
    return name, WAITS.format(name=name), grace


class Run:
    """A supervisor at work in ``state``."""

    def __init__(self, state: Path, *children: tuple[str, str, float]) -> None:
        self.state = state
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", DRIVER, str(state), json.dumps(children)],
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def pid(self, name: str, count: int = 1) -> int:
        """The newest of ``count`` processes that a child noted under this name."""
        noted: list[str] = []
        until = time.monotonic() + 20
        while len(noted) < count and time.monotonic() < until:
            time.sleep(0.02)
            file = self.state / f"{name}.pids"
            noted = (
                [line for line in file.read_text().splitlines(True) if line[-1] == "\n"]
                if file.exists()
                else []
            )
        return int(noted[count - 1])

    def end(self, number: int = signal.SIGTERM) -> str:
        """Signal the supervisor and return what it said."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[0]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """Supervisors of a test; whatever a failed test leaves is killed."""
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_its_children_in_reverse(tmp_path: Path, runs: list[Run], number: int) -> None:
    runs.append(run := Run(tmp_path, waits("first"), waits("second"), waits("third")))
    pids = [run.pid(name) for name in ("first", "second", "third")]
    assert run.end(number) == "started\nstopped\n"
    assert (run.process.returncode, (tmp_path / "order").read_text()) == (0, "third second first ")
    assert not any(map(alive, pids))


def test_one_that_dies_is_started_again(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, ("once", DIES_ONCE, 5.0), waits("other")))
    other = run.pid("other")
    assert alive(run.pid("once"))
    said = run.end()
    assert "once 意外退出（代码 7），0.1 秒后重新启动" in said
    assert str(tmp_path / "once.log") in said
    assert (tmp_path / "other.pids").read_text() == f"{other}\n", "the other one was left alone"


def test_one_that_is_killed_is_started_again(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, waits("worker")))
    os.kill(run.pid("worker"), signal.SIGKILL)
    assert alive(run.pid("worker", 2))
    assert "worker 意外退出（信号 SIGKILL）" in run.end()


def test_it_gives_up_and_says_so(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, waits("other"), ("broken", DIES, 5.0)))
    said = run.process.communicate(timeout=20)[0]
    assert run.process.returncode == 3
    assert f"broken 连续 3 次意外退出（代码 7），不再重新启动。请看日志 {tmp_path / 'broken.log'}" in said
    assert said.count("why it died") == 3
    assert gone(run.pid("other")), "the others are not left without it"


def test_a_command_that_is_not_there_is_said(tmp_path: Path, runs: list[Run]) -> None:
    script = DRIVER.replace("words = (sys.executable,", "words = ('/nowhere/to/be/found',")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), json.dumps([waits("lost")])],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "无法启动 lost（/nowhere/to/be/found）" in done.stdout) == (3, True)


def test_one_that_does_not_listen_is_killed_with_its_children(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, waits("first"), ("stubborn", STUBBORN, 0.3)))
    pids = [run.pid(name) for name in ("first", "stubborn", "grandchild")]
    said = run.end()
    assert "stubborn 没有及时停下来，已强制结束。" in said
    assert "first 没有及时" not in said
    assert not any(map(alive, pids))


def test_what_a_dead_one_leaves_is_cleared_away(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, ("parent", LEAVES, 0.3)))
    left = run.pid("left")
    parent = int(Path(f"/proc/{left}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(parent, signal.SIGKILL)
    assert gone(left), "its child would hold its port"
    assert alive(run.pid("left", 2))
    run.end()


def test_no_orphan_is_left_when_it_is_killed(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, waits("first"), waits("second")))
    pids = [run.pid(name) for name in ("first", "second")]
    run.process.kill()
    assert all(map(gone, pids))


def test_no_child_of_an_orphan_is_left_either(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, ("stubborn", STUBBORN, 1.0), ("parent", LEAVES, 0.5)))
    pids = [run.pid(name) for name in ("stubborn", "grandchild", "left")]
    run.process.kill()
    assert all(map(gone, pids)), "who does not listen is killed by the guard"


def test_the_guard_forgets_who_is_gone() -> None:
    assert groups_left(["+ 11 5.0", "+ 12 6.0", "- 11"]) == {12: 6.0}
    assert groups_left(["+ 11 5.0", "done"]) == {}


def test_the_guard_ends_with_the_supervisor(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, waits("worker")))
    run.pid("worker")
    children = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
    assert len(children) == 2, "the worker and the guard"
    run.end()
    assert not any(alive(int(pid)) for pid in children)


def test_logs_are_put_aside_at_each_start(tmp_path: Path, runs: list[Run]) -> None:
    for _ in range(8):
        run = Run(tmp_path, waits("worker"))
        runs.append(run)
        (tmp_path / "worker.pids").unlink(missing_ok=True)
        run.pid("worker")
        run.end()
    assert sorted(each.name for each in tmp_path.glob("*.log*")) == [
        "worker.log",
        *(f"worker.log.{number}" for number in range(1, 6)),
    ]
    assert {each.read_text() for each in tmp_path.glob("*.log*")} <= {"working\n", ""}
