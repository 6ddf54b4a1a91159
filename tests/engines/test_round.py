"""A round of the service matched on Spark: everything that it keeps is what the local engine keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

import pandas as pd
import pytest

from service.config import Settings
from service.jobs.perform import perform
from service.privacy.custody import blobs_of
from tests.engines.conftest import QUICK
from tests.servers import Servers
from tests.service.conftest import county_in
from tests.service.jobs.site import Site as Workers
from tests.service.runs.county import Site, county_files, make_lists, start_run

CHILDREN = 150
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def site(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A county whose round was matched twice: on this machine, then on Spark by a worker of a site."""
    folder = tmp_path_factory.mktemp("round")
    here = county_in(servers.fresh(), folder / "state")
    make_lists(here.settings, county_files(folder, CHILDREN))
    _, job_id = start_run(here.settings, 1)
    assert perform(here.settings, job_id) == "done"
    (folder / "shared").mkdir()
    workers = Workers(on_spark(here.settings, folder / "shared", servers), folder / "flags")
    run_id, job_id = start_run(here.settings, 1)
    # As an attempt before it, whose worker was killed, would have left it.
    (folder / "shared" / f"run-{job_id}-0" / "records").mkdir(parents=True)
    try:
        workers.ensure("bells", "beat")
        workers.start("runs")
        workers.done(job_id, seconds=300)
    finally:
        workers.close()
    assert run_id == 2
    assert list((folder / "shared").iterdir()) == [], "no list is left in clear"
    yield here
    servers.drop(here.database)


def on_spark(settings: Settings, shared: Path, servers: Servers) -> Settings:
    return replace(
        settings,
        broker_url=servers.valkey.url.removesuffix("/0") + "/5",
        engine="spark",
        spark_master="local[2]",
        spark_conf=" ".join(quote(f"{name}={value}") for name, value in QUICK.items()),
        spark_folder=str(shared),
    )


def kept_file(site: Site, run_id: int, name: str) -> bytes:
    (outputs,) = site.rows("select outputs from run where id = :id", id=run_id)[0]
    with blobs_of(site.settings).open(outputs[name]) as file:
        return b"".join(file)


def test_the_same_children_with_the_same_details(site: Site) -> None:
    assert len(site.children(1)) > CHILDREN / 2
    assert site.children(2) == site.children(1)
    assert site.one("select count(*) from run_change") == 0


@pytest.mark.parametrize("name", ["children.csv", "links.csv", "corrections.csv"])
def test_the_same_files(site: Site, name: str) -> None:
    assert kept_file(site, 2, name) == kept_file(site, 1, name)


def test_the_same_issues_and_figures(site: Site, tmp_path: Path) -> None:
    tables = []
    for run_id in (1, 2):
        file = tmp_path / f"{run_id}.csv"
        file.write_bytes(kept_file(site, run_id, "issues.csv"))
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        tables.append(table.sort_values(list(table.columns), ignore_index=True))
    pd.testing.assert_frame_equal(*tables)
    here, there = (each[0] for each in site.rows("select summary from run order by id"))
    for part in ("results", "lists", "issues", "proof", "model"):
        assert there[part] == here[part], part
    # How many pairs each step saw is not counted there.
    assert {**here["counts"], "matching": {}} == there["counts"]


def test_what_spark_does_not_make_is_said(site: Site) -> None:
    officer = site.browser("officer")
    assert "没有做质量自查" in officer.get("/runs/2").text
    assert "没有做质量自查" not in officer.get("/runs/1").text
