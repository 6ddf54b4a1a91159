"""H1: killed with -9 anywhere, child, parent or both: the final table is that of an undisturbed run."""

from __future__ import annotations

import os
import signal

import pytest

from tests.service.jobs.site import CHILDREN, Site, asked, effects, ends, rows
from tests.service.jobs.works import CHUNKS, ROWS

POINTS = (
    "begin",
    "in chunk0",
    "after chunk3",
    "in chunk6",
    f"in chunk{CHUNKS - 1}",
    f"after chunk{CHUNKS - 1}",
)


def rows_of(point: str) -> int:
    """Of a step: one of the jobs has the full 100,000 effects, the others a tenth."""
    return ROWS if point == "in chunk6" else ROWS // 10


@pytest.mark.parametrize(
    "killed", ["child", *(pytest.param(each, marks=pytest.mark.long) for each in ("parent", "both"))]
)
def test_h1_killed_at_each_point(site: Site, killed: str) -> None:
    jobs = {
        asked(site.settings, "test.count", payload={"stop_at": point, "rows": rows_of(point)}): point
        for point in POINTS
    }
    children = {site.stopped_at(job_id, point) for job_id, point in jobs.items()}
    assert len(children) == len(POINTS) == CHILDREN
    if killed == "child":
        for child in children:
            os.kill(child, signal.SIGKILL)
    elif killed == "parent":
        # Its children are orphans now: still alive, still holding what they do.
        parent = site.running.pop("lists")
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    else:
        site.kill("lists")
    site.let_go(*jobs)
    site.ensure("lists")
    site.done(*jobs)
    for job_id, point in jobs.items():
        expected = CHUNKS * rows_of(point)
        assert effects(site.settings, job_id) == expected
        statement = "select count(distinct row), min(row), max(row) from effect where job_id = :job"
        assert rows(site.settings, statement, job=job_id) == [(expected, 0, expected - 1)]
        assert ends(site.settings, job_id) == ["done"]
