"""L5: whoever watches the service learns that something waits which should not, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.db import SYSTEM, transaction
from service.jobs.models import Job, Outbox
from tests.web import Browser, app_of

OVER = datetime.now(UTC) - timedelta(hours=1)
FAULTS: dict[str, dict[str, object]] = {
    "bell_seconds": {"state": "queued"},
    "lease_seconds": {"state": "running", "lease_until": OVER},
    "stuck_jobs": {"state": "stuck"},
}


@pytest.fixture(scope="module")
def app(module_database):
    return app_of(module_database)


def told(app) -> tuple[int, dict[str, object]]:
    answer = Browser(app).get("/health/deep")
    return answer.status_code, answer.json


def test_l5_an_alarm_for_each_thing_that_waits_too_long(app):
    assert told(app) == (
        200,
        {
            "status": "ok",
            "wrong": [],
            "bell_seconds": 0,
            "lease_seconds": 0,
            "stuck_jobs": 0,
            "audit_hours": None,
        },
    )
    expected: list[str] = []
    for name, values in FAULTS.items():
        with transaction(app.config["ROLLCALL"].database_url, SYSTEM) as session:
            job = Job(kind="read_list", queue="uploads", subject_id=1, key=name, **values)
            session.add(job)
            session.flush()
            if name == "bell_seconds":
                session.add(Outbox(job_id=job.id, created_at=OVER))
        expected.append(name)
        status, found = told(app)
        assert (status, found["status"], found["wrong"]) == (503, "attention", expected)


def test_l5_in_production_an_audit_that_nobody_checks_is_one():
    from service.config import Settings
    from service.health import wrong

    quiet = {"bell_seconds": 0, "lease_seconds": 0, "stuck_jobs": 0}
    production = Settings(environment="production")
    for hours, late in ((None, ["audit_hours"]), (49, ["audit_hours"]), (3, [])):
        assert wrong({**quiet, "audit_hours": hours}, production) == late
    assert wrong({**quiet, "audit_hours": None}, Settings()) == []
