"""Pages of cases, as each role sees them, and the state machine through the web."""

from __future__ import annotations

from tests.service.runs.county import Site


def test_smoke(cases_site: Site) -> None:
    who = cases_site.browser("officer")
    for path in ("/cases", "/cases/1", "/rounds/1/cases/new", "/limits", "/rounds/1/worksheet"):
        answer = who.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.text)
