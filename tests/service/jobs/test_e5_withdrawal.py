"""E5: who loses a right loses what is running by it; what comes by itself goes on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.config import Settings
from service.db import SYSTEM, transaction
from service.jobs.context import temporary
from service.jobs.outbox import ask
from service.jobs.perform import WITHDRAWN, perform
from tests import factories
from tests.service.jobs.site import effects, ends, job_of, rows, wait_for

LOST = {
    "role": "delete from account_role",
    "account": "update account set disabled_at = now()",
    "agency": "update account set agency_id = (select max(id) from agency)",
}
"""What may be taken -> the statement that takes it."""


@pytest.fixture
def clerk(settings: Settings) -> Iterator[tuple[int, int]]:
    """A clerk of the police and the agency, with another agency beside it: ids."""
    with transaction(settings.database_url, SYSTEM) as session:
        police = factories.agency(session, "police")
        made = factories.account(session, "clerk", of=police)
        factories.agency(session, "health")
        ids = made.id, police.id
    return ids


def asked_by(settings: Settings, clerk: tuple[int, int] | None, agency: int, **payload: object) -> int:
    with transaction(settings.database_url, SYSTEM) as session:
        return ask(session, "test.mine", 1, agency, f"mine-{payload}", payload, clerk and clerk[0]).id


def take(settings: Settings, what: str) -> None:
    with transaction(settings.database_url, SYSTEM) as session:
        session.execute(text(LOST[what]))


@pytest.mark.parametrize("what", LOST)
def test_a_job_that_waits_is_not_begun(settings: Settings, clerk: tuple[int, int], what: str) -> None:
    job_id = asked_by(settings, clerk, clerk[1])
    take(settings, what)
    assert perform(settings, job_id) == "failed"
    assert (effects(settings, job_id), job_of(settings, job_id).error) == (0, WITHDRAWN)
    assert ends(settings, job_id) == ["failed"]
    assert rows(settings, "select state from told") == [("failed",)]


def test_a_job_that_runs_is_stopped_and_leaves_nothing(settings: Settings, clerk: tuple[int, int]) -> None:
    job_id = asked_by(settings, clerk, clerk[1], seconds=30)
    with ThreadPoolExecutor(1) as beside:
        left = beside.submit(perform, settings, job_id)
        wait_for(lambda: job_of(settings, job_id).state == "running", 10)
        take(settings, "role")
        assert left.result(10) == "failed"
    assert (effects(settings, job_id), job_of(settings, job_id).error) == (0, WITHDRAWN)
    assert [*temporary(settings).glob(f"job-{job_id}-*")] == []


def test_who_keeps_the_right_and_what_nobody_asked_for_go_on(
    settings: Settings, clerk: tuple[int, int]
) -> None:
    own = asked_by(settings, clerk, clerk[1])
    assert perform(settings, own) == "done"
    by_itself = asked_by(settings, None, clerk[1], feed=1)
    take(settings, "role")
    assert perform(settings, by_itself) == "done"
