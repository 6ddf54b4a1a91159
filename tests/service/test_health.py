"""L5: whoever watches the service learns that something waits which should not, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from service.db import SYSTEM, transaction
from tests.web import Browser, app_of

JOB = "insert into job (id, kind, queue, subject_id, key, state, lease_until) values "
FAULTS = {
    "bell_seconds": (
        JOB + "(1, 'read_list', 'uploads', 1, 'a', 'queued', null)",
        "insert into outbox (job_id, created_at) values (1, now() - interval '10 minutes')",
    ),
    "lease_seconds": (JOB + "(2, 'read_list', 'uploads', 1, 'b', 'running', now() - interval '1 hour')",),
    "stuck_jobs": (JOB + "(3, 'read_list', 'uploads', 1, 'c', 'stuck', null)",),
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
    for name, statements in FAULTS.items():
        with transaction(app.config["ROLLCALL"].database_url, SYSTEM) as session:
            for statement in statements:
                session.execute(text(statement))
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
