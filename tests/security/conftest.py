"""One small county for the whole folder: lists sent by browsers, read by a real worker over Valkey."""

from __future__ import annotations

import io
import logging
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import redis

from service.db import SYSTEM, transaction
from service.jobs.celery import worker_command
from service.privacy.custody import ensure_keys, store_of
from service.rounds.rules import open_round
from tests.security import canaries
from tests.servers import EXTERNAL, Servers
from tests.service.jobs.site import Site as Processes
from tests.service.jobs.site import wait_for
from tests.service.runs.county import (
    AS_OF,
    COUNTY,
    Site,
    account_id,
    admit,
    make_agencies,
    make_person,
    start_run,
    township_code,
)
from tests.web import Browser, settings_of

ADMINISTRATORS = {"secadmin": "security_admin", "auditadmin": "audit_admin"}
ROLES = {
    "officer": "officer",
    "leader": "leader",
    "auditor": "auditor",
    "member": "member",
    "clerk": "clerk",
    "verifier": "verifier",
    "verifier_1": "verifier",
    "sysadmin": "system_admin",
    **ADMINISTRATORS,
}
"""Login -> role: one person of each at least."""


class Kept(logging.Handler):
    """Every line that the service logs in this process, as a file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.text: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, entry: logging.LogRecord) -> None:
        self.text.append(self.format(entry))


@dataclass
class World:
    """The county, its people's browsers, and what was seen on the way to its finished run."""

    site: Site
    log: Kept
    broker: bytes = b""
    worker_log: Path = Path()
    database_log: Path = Path()
    agencies: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, login: str) -> Browser:
        """Somebody's browser, signed in, in Chinese whatever an earlier test asked for with ``?lang=``."""
        if login not in self.browsers:
            self.browsers[login] = self.site.browser(login)
        self.browsers[login].client.delete_cookie("language")
        return self.browsers[login]

    def no_of(self, values: Any) -> int:
        """The number of a child in the run."""
        return int(next(row[0] for row in self.site.children() if len(row) > 10 and row[3] == values["name"]))


def broker_dump(url: str) -> bytes:
    """Every key of the broker with what it holds."""
    found = []
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter("*"):
            found.append(key)
            kind = client.type(key)
            if kind == b"list":
                found += client.lrange(key, 0, -1)
            elif kind == b"hash":
                found += [part for pair in client.hgetall(key).items() for part in pair]
            elif kind == b"zset":
                found += client.zrange(key, 0, -1)
            elif kind == b"set":
                found += client.smembers(key)
            else:
                found.append(client.get(key) or b"")
    return b"\n".join(found)


def _people(site: Site) -> dict[str, int]:
    settings = site.settings
    with transaction(settings.database_url, SYSTEM) as session:
        ensure_keys(session, store_of(settings), settings.crypto_profile)
    with transaction(settings.database_url, SYSTEM) as session:
        agencies = make_agencies(session, settings)
        for login, role in ADMINISTRATORS.items():
            make_person(session, settings, agencies["education"], login, role)
        admit(session, settings, "school", "school", township_code(0))
        open_round(session, "2026年秋季", COUNTY, AS_OF, account_id(session, "officer"))
        return agencies


def _upload(who: Browser, data: bytes, name: str, **said: str) -> str:
    who.get("/lists/new")
    sent = who.post("/lists/new", round="1", **said, file=(io.BytesIO(data), name))
    assert sent.status_code == 303, sent.text
    return str(sent.location)


def _worker(site: Site, folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    processes = Processes(site.settings, folder)
    command = worker_command("lists")
    for option, value in (("-Q", "uploads,reports,runs"), ("-P", "solo"), ("-n", "all@test")):
        command[command.index(option) + 1] = value
    log = folder / "worker.log"
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, env=processes.environment(), cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
    return started, log


@pytest.fixture(scope="session")
def world(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The county with its finished run. Tests that change something change what no other looks at."""
    database, state = servers.fresh(), tmp_path_factory.mktemp("state")
    url = servers.valkey.url.removesuffix("/0") + "/5"
    log = Kept()
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(log)
    root.setLevel(logging.INFO)
    site = Site(settings_of(database, state=str(state), broker_url=url, views_per_day=100_000), database)
    made = World(site, log, agencies=_people(site))
    if not os.environ.get(EXTERNAL):
        made.database_log = servers.postgres.log
    worker = None
    try:
        _send_all(made)
        made.broker = broker_dump(url)
        worker, made.worker_log = _worker(site, tmp_path_factory.mktemp("worker") / "flags")
        _through(made, worker)
        made.broker += broker_dump(url)
        # Nothing is rung any more; what is copied from this county must have nobody connected to it.
        worker.terminate()
        worker.wait(30)
        made.site = Site(replace(site.settings, broker_url=""), database)
        made.browsers.clear()
        yield made
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(30)
        root.removeHandler(log)
        root.setLevel(level)
        servers.drop(database)


def _send_all(made: World) -> None:
    _upload(made.browser("clerk"), canaries.household(), f"{canaries.FILE_NAME}.csv")
    officer = made.browser("officer")
    _upload(officer, canaries.roll(), "学籍.csv", kind="roll")
    federation = str(made.agencies["disabled_federation"])
    _upload(officer, canaries.disability(), "残疾人.csv", kind="disability", agency=federation)


def _through(made: World, worker: subprocess.Popen[bytes]) -> None:
    """Lists read, committed, and the run."""
    site = made.site

    def waited(statement: str, wanted: int, what: str) -> None:
        def there() -> bool:
            assert worker.poll() is None, made.worker_log.read_text("utf-8", "replace")[-3000:]
            return bool(site.one(statement) == wanted)

        wait_for(there, 90, what)

    waited("select count(*) from agency_list where state in ('to_confirm', 'refused')", 3, "lists")
    for list_id, login in ((1, "clerk"), (2, "officer"), (3, "officer")):
        who = made.browser(login)
        who.get(f"/lists/{list_id}")
        sent = who.post(f"/lists/{list_id}/commit", checked="1")
        assert sent.status_code == 303, sent.text
    start_run(site.settings, 1)
    waited("select count(*) from run where finished_at is not null", 1, "the run")
    waited("select count(*) from job where state = 'done'", 5, "the jobs")


def dump(world: Any) -> bytes:
    """The database of a county as ``pg_dump`` writes it."""
    from service.embedded.postgres import binaries

    url = world.site.database.admin_url.replace("postgresql+psycopg", "postgresql")
    program = binaries() / "pg_dump"
    environment = {"LD_LIBRARY_PATH": str(program.parent.parent / "lib"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program, "--dbname", url, "--data-only"], capture_output=True, check=True, env=environment
    )
    return done.stdout
