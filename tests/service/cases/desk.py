"""What the tests of cases do again and again, through browsers."""

from __future__ import annotations

import io
import re
from typing import Any

from tests.service.runs.county import Site, township_code
from tests.web import Browser

JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 400 + b"\xff\xd9"
RESULT = {"outcome": "B01", "method": "M04", "school_now": "青禾县城关镇中心小学三年级"}
PAPER = "学籍截图"
CASE = re.compile(r'href="/cases/(\d+)"')


def shown(page: str) -> set[int]:
    """The cases that a page links to."""
    return {int(each) for each in CASE.findall(page)}


def agency_of(site: Site, login: str) -> int:
    return site.identity(login).agency_id


def open_case(site: Site, number: int = 0, at: int = 0) -> int:
    """Id of an open case of a township."""
    query = "select id from child_case where state = 'open' and region_code = :code order by no"
    return int(site.rows(query, code=township_code(number))[at][0])


def facts(site: Site, case_id: int) -> Any:
    row = site.rows(
        "select state, version, outcome, assignee_id, tier, tier_by from child_case where id = :id",
        id=case_id,
    )
    return row[0]


def give(site: Site, officer: Browser, case_id: int, login: str = "verifier") -> None:
    """Assign a case to somebody's agency, as the officer does."""
    officer.get("/rounds/1/cases")
    sent = officer.post(
        "/rounds/1/cases/assign", case=str(case_id), agency=str(agency_of(site, login)), yes="1"
    )
    assert sent.status_code == 303, sent.text


def acted(site: Site, who: Browser, case_id: int, path: str, **form: Any) -> Any:
    """The answer to one step of a case with the version that is there now."""
    who.get(f"/cases/{case_id}")
    form.setdefault("version", str(facts(site, case_id)[1]))
    return who.post(f"/cases/{case_id}/{path}", **form)


def step(site: Site, who: Browser, case_id: int, path: str, **form: Any) -> int:
    """One step of a case with the version that is there now; gives the status."""
    return int(acted(site, who, case_id, path, **form).status_code)


def picture(who: Browser, case_id: int, kind: str = PAPER, data: bytes = JPG, name: str = "学籍.jpg") -> int:
    who.get(f"/cases/{case_id}")
    return who.post(f"/cases/{case_id}/evidence", kind=kind, file=(io.BytesIO(data), name)).status_code


def accepted(site: Site, officer: Browser, verifier: Browser, case_id: int = 0) -> int:
    """A case of the first township, or this one, that its people have accepted; no day is set for it."""
    case_id = case_id or open_case(site)
    give(site, officer, case_id)
    assert step(site, verifier, case_id, "verify/accept") == 303
    return case_id
