"""J4: the drill of docs/runbook.md. A dump, the stored files and the keys make it whole."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.audit.verify import Anchor, anchor, verify
from service.db import SYSTEM, engine_of, transaction
from service.embedded.postgres import binaries
from service.jobs.perform import perform
from tests.security.canaries import CHILD, leaks, needles
from tests.security.conftest import World
from tests.servers import Servers
from tests.service.runs.county import Site, start_run

COUNTED = (
    "account",
    "agency_list",
    "record_chunk",
    "run_child",
    "audit_entry",
    "job",
    "data_key",
    "correction",
)


def program(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    path = binaries() / name
    environment = {"LD_LIBRARY_PATH": str(path.parent.parent / "lib"), "PATH": os.environ["PATH"]}
    return subprocess.run([path, *options], capture_output=True, text=True, check=False, env=environment)


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def kept_anchor(site: Site) -> Anchor:
    with transaction(site.settings.database_url, SYSTEM) as session:
        return anchor(session)


@pytest.fixture(scope="module")
def restored(world: World, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The county out of its backup: of the old database and folder nothing is used any more."""
    folder, old = tmp_path_factory.mktemp("backup"), world.site
    made = program("pg_dump", "-Fc", "-f", str(folder / "dump"), plain(old.database.admin_url))
    assert made.returncode == 0, made.stderr
    shutil.copytree(Path(old.settings.state) / "blobs", folder / "state" / "blobs")
    database = servers.empty()
    done = program("pg_restore", "--exit-on-error", "-d", plain(database.admin_url), str(folder / "dump"))
    assert done.returncode == 0, done.stderr
    moved = {"database_url": database.app_url, "state": str(folder / "state")}
    yield Site(replace(old.settings, **moved), database)
    servers.drop(database)


def test_j4_a_restored_service_is_the_one_that_was_backed_up(world: World, restored: Site) -> None:
    before = kept_anchor(world.site)
    for table in COUNTED:
        query = f"select count(*) from {table}"
        assert restored.one(query) == world.site.one(query) > 0, table
    with transaction(restored.settings.database_url, SYSTEM) as session:
        verdict = verify(session, restored.settings.key("audit_key"))
    assert (verdict.wrong, verdict.last) == ("", before), "the audit, up to the anchor kept elsewhere"
    officer = restored.browser("officer")
    page = officer.get(f"/runs/1/children/{world.no_of(CHILD)}")
    assert leaks(page.data, needles({"name": CHILD["name"]})), "names open under the keys"
    clerk = restored.browser("clerk")
    with clerk.get("/lists/1/file") as file:
        assert leaks(file.data, needles({"id_number": CHILD["id_number"]})), "and so do files"
    run_id, job_id = start_run(restored.settings, 1)
    assert perform(restored.settings, job_id) == "done"
    assert restored.children(run_id)[0] == world.site.children(1)[0], "a match gives what it gave"


def test_j4_the_walls_stand_and_without_the_keys_nothing_opens(world: World, restored: Site) -> None:
    walls = (
        "select count(*) from pg_class where relforcerowsecurity and relnamespace = 'public'::regnamespace"
    )
    assert restored.one(walls) == world.site.one(walls) > 10
    assert restored.browser("verifier_1").get(f"/runs/1/children/{world.no_of(CHILD)}").status_code == 404
    other = replace(restored.settings, master_key=restored.settings.audit_key)
    officer = Site(other, restored.database).browser("officer")
    assert officer.get("/me").status_code in (303, 500), "nobody can even sign in"


def test_j4_the_owner_of_the_tables_cannot_make_a_dump_that_lacks_rows(world: World) -> None:
    """Rows are walled off from their owner too: it is told so, and gets no backup of nothing."""
    engine_of(world.site.database.owner_url).dispose()
    made = program("pg_dump", "-Fc", "-f", os.devnull, plain(world.site.database.owner_url))
    assert made.returncode != 0
    assert "row-level security" in made.stderr
