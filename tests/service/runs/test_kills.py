"""H1 for runs: a worker killed with -9 in any step; the result is that of an undisturbed run."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import Servers
from tests.service.conftest import Kept
from tests.service.jobs.site import Site as Workers
from tests.service.jobs.site import wait_for
from tests.service.runs.county import Site, start_run

POINTS = {
    "collected": (2, 1),
    "matched": (2, 2),
    # What was laid down whole is taken over: matching is not done again.
    "laid": (1, 1),
    "written": (1, 1),
    "kept": (1, 1),
    "stored": (1, 1),
    "finished": (1, 1),
}
"""Where it is killed -> how often the lists are read, and matched, then."""


@pytest.fixture(scope="module")
def county(servers: Servers, kept_run: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("killed")
    lent = kept_run.lend(state)
    url = servers.valkey.url.removesuffix("/0") + "/2"
    yield Site(replace(lent.settings, broker_url=url, job_attempts=9), lent.database)
    servers.drop(lent.database)


@pytest.fixture(scope="module")
def workers(county: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    started = Workers(county.settings, tmp_path_factory.mktemp("workers") / "flags")
    started.ensure("bells", "beat")
    started.start("runs", app="tests.service.runs.points")
    try:
        yield started
    finally:
        started.close()


SHORT = ("matched", "stored")
"""Points of every `make test`: work that is lost and done anew, and an end that must come once."""


@pytest.mark.parametrize(
    "point", [pytest.param(each, marks=() if each in SHORT else pytest.mark.long) for each in POINTS]
)
def test_killed_at_any_point_the_run_ends_as_if_nothing_had_been(
    county: Site, workers: Workers, point: str
) -> None:
    for name in ("calls", "at"):
        (workers.flags / name).unlink(missing_ok=True)
    (workers.flags / "point").write_text(point)
    run_id, job_id = start_run(county.settings, 1, again=1)
    at = workers.flags / "at"
    wait_for(at.exists, 120, f"the run at {point}:\n" + workers.said("runs")[-2000:])
    os.kill(int(at.read_text()), signal.SIGKILL)
    workers.done(job_id, seconds=120)
    assert county.children(run_id) == county.children(1)
    assert county.one("select attempts from job where id = :job", job=job_id) == 2
    assert county.one("select run_id from round") == run_id
    ended = "select count(*) from audit_entry where action = 'job.end' and subject_id = :job"
    assert county.one(ended, job=str(job_id)) == 1
    calls = Counter((workers.flags / "calls").read_text().split())
    assert (calls["collect"], calls["match_and_write"]) == POINTS[point]
    assert not list((Path(county.settings.state) / "tmp").glob("*"))
