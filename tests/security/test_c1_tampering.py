"""C1: a value that was changed or moved is refused, and the audit says where it lies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from service.audit.tampering import act_of
from service.db import SYSTEM, transaction
from service.jobs.perform import perform
from tests.security.canaries import CHILD, OTHER
from tests.security.conftest import World

FOUND = (
    "select actor, subject, subject_id, detail from audit_entry"
    " where action = 'data.tampered' and number > :at order by number"
)
SWAP = (
    "update run_child a set name = b.name from run_child b"
    " where a.run_id = 1 and b.run_id = 1 and a.no in (:one, :two) and b.no = :one + :two - a.no"
)


@pytest.fixture
def swapped(world: World) -> Iterator[tuple[int, int]]:
    """Two children whose sealed names stand in each other's rows: their numbers."""
    both = world.no_of(CHILD), world.no_of(OTHER)

    def swap() -> None:
        with transaction(world.site.database.admin_url, SYSTEM) as session:
            session.execute(text(SWAP), {"one": both[0], "two": both[1]})

    swap()
    yield both
    swap()


def test_whoever_meets_it_leaves_an_entry(world: World, swapped: tuple[int, int]) -> None:
    who, before = world.browser("officer"), world.site.one("select number from audit_head")
    for path in (f"/runs/1/children/{swapped[0]}", f"/api/v1/runs/1/children/{swapped[0]}"):
        answer = who.get(path)
        assert answer.status_code == 500
        assert OTHER["name"] not in answer.text
    found = world.site.rows(FOUND, at=before)
    assert found == [("officer", "run_child.name", f"1/{swapped[0]}", {})] * 2


def test_a_job_that_meets_it_leaves_an_entry_and_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.jobs.outbox import ask
    from service.jobs.work import Work, works
    from service.privacy.ciphers import TamperedError

    error = TamperedError("changed", "record_chunk.data", "3/2000")

    def run(context: object) -> None:
        raise error

    monkeypatch.setitem(works(), "test.tampered", Work("test.tampered", "uploads", run, "被改动"))  # type: ignore[call-overload]
    before = world.site.one("select number from audit_head")
    with transaction(world.site.settings.database_url, SYSTEM) as session:
        job_id = ask(session, "test.tampered", 1, None, "tampered").id
    assert perform(world.site.settings, job_id) == "failed"
    assert world.site.rows(FOUND, at=before) == [("", act_of(error).subject, "3/2000", {})]
