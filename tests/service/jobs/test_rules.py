"""What pages say of a job: a table of moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.jobs.models import Job
from service.jobs.rules import progress_of
from tests.service.jobs import works

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


def job(state: str = "running", **values: object) -> Job:
    plain = {
        "kind": "test.count",
        "wanted_end": False,
        "done": 0,
        "total": 0,
        "unit": "",
        "step": "",
        "error": "",
    }
    ago = NOW - timedelta(seconds=10)
    times = {"started_at": ago, "step_started_at": ago, "ended_at": None, "seconds": {}}
    return Job(id=5, state=state, **plain | times | values)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            job("queued", started_at=None),
            {"percent": None, "rate": None, "elapsed": None, "can_cancel": True},
        ),
        (
            job(done=500, total=2000, unit="行"),
            {"percent": 25, "rate": 50.0, "seconds_left": 30, "elapsed": 10},
        ),
        (job(done=500), {"percent": None, "rate": 50.0, "seconds_left": None}),
        (job(done=3000, total=2000), {"percent": 100, "seconds_left": None}),
        (job(done=1, total=2, step_started_at=NOW), {"percent": 50, "rate": None, "seconds_left": None}),
        (job(step="chunk1"), {"step_label": "第 2 部分", "step_no": 2, "step_count": 10, "label": "计数"}),
        (job(wanted_end=True), {"state_label": "正在取消", "can_cancel": False, "cancelling": True}),
        (job("done", ended_at=NOW), {"percent": 100, "ended": True, "can_resume": False, "elapsed": 10}),
        (job("stuck", error="x"), {"state_label": "多次中断，需人工处理", "can_resume": True, "error": "x"}),
        (
            job("cancelled", wanted_end=True),
            {"state_label": "已取消", "cancelling": False, "can_resume": True},
        ),
        (job(kind="gone"), {"label": "gone", "step_count": 0, "steps": []}),
    ],
)
def test_progress(given: Job, said: dict[str, object]) -> None:
    told = progress_of(given, NOW)
    assert {name: told[name] for name in said} == said


def test_steps_in_their_order_with_their_times() -> None:
    assert works.CHUNK_STEPS
    told = progress_of(job(seconds={"chunk1": 2.5, "chunk0": 1.0}), NOW)["steps"]
    assert isinstance(told, list)
    assert [(each["name"], each["seconds"]) for each in told[:3]] == [
        ("chunk0", 1.0),
        ("chunk1", 2.5),
        ("chunk2", None),
    ]
