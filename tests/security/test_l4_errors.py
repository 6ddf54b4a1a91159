"""L4: whatever fails, in whichever layer, the answer has an id and nothing of what was said inside."""

from __future__ import annotations

import re

import psycopg
import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError

from service.privacy.blobs import BlobMissingError
from service.privacy.ciphers import TamperedError
from tests.security.conftest import World

SECRET = "s3cr3t-inside 欧阳犇骉"
PLACES = {
    "rules": ("service.runs.results.finished_run", ValueError(SECRET), 500),
    "a lookup": ("service.runs.results.finished_run", KeyError(SECRET), 500),
    "files": ("service.runs.results.child", OSError(5, SECRET, "secret-file")),
    "cipher": ("service.runs.results.child", TamperedError(SECRET)),
    "store": ("service.runs.results.child", BlobMissingError(SECRET)),
    "memory": ("service.runs.results.child", MemoryError(SECRET)),
    "masking": ("service.runs.shown.row", KeyError(SECRET)),
    "audit": ("service.accounts.guard.record", RuntimeError(SECRET)),
    "database away": (
        "service.runs.results.child",
        OperationalError(SECRET, {"x": SECRET}, psycopg.OperationalError(SECRET)),
        503,
    ),
    "statement": (
        "service.runs.results.child",
        ProgrammingError(SECRET, {"x": SECRET}, psycopg.ProgrammingError(SECRET)),
    ),
    "constraint": (
        "service.runs.results.child",
        IntegrityError(SECRET, {"x": SECRET}, psycopg.IntegrityError(SECRET)),
    ),
    "value": ("service.runs.results.child", DataError(SECRET, {"x": SECRET}, psycopg.DataError(SECRET)), 422),
}
"""Layer -> what fails, how, and the status (500 where none is said)."""

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.mark.parametrize("place", PLACES)
def test_an_error_says_its_id_and_nothing_else(
    world: World, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, error, *status = PLACES[place]
    who = world.browser("officer")

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(target, fails)
    for path in ("/runs/1/children/1", "/api/v1/runs/1/children/1"):
        answer = who.get(path)
        assert answer.status_code == (status[0] if status else 500), path
        said = answer.text + repr(answer.headers)
        for word in ("s3cr3t", "欧阳犇骉", "Traceback", "Error(", ".py", "/srv/", type(error).__name__):
            assert word not in said, (path, word)
        assert answer.headers["X-Request-Id"] in answer.text
        assert ID.search(answer.text)
        if path.startswith("/api/"):
            assert set(answer.json["error"]) == {"code", "message", "details", "request_id"}
    assert "s3cr3t" not in "\n".join(world.log.text)
