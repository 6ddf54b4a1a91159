"""Corrections of a small county: made once a run, the same however often, known again in the next round."""

from __future__ import annotations

import pytest

from service.jobs.perform import perform
from tests.service.runs.county import Site

pytest_plugins = ["tests.service.runs.conftest"]


def gather(site: Site) -> None:
    job = site.one("select id from job where kind = 'gather_corrections'")
    assert perform(site.settings, job) == "done"


def test_try(run_site: Site) -> None:
    gather(run_site)
    for row in run_site.rows("select kind, list_kind, agency_id, count(*) from correction group by 1,2,3 order by 1,2"):
        print(row)
    assert 0
