"""A6: what a role may not see reaches it by no way out, and lies readable nowhere.

In a county with lists, a run, cases open and closed, plans, notices, a meeting, corrections and aid.
"""

from __future__ import annotations

import base64
import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from schemas.ledger import LEDGERS
from schemas.masking import level_of
from schemas.permission import ADMINISTRATORS, PUBLIC, reach_of
from service.accounts.guard import action_of
from tests.architecture.routes import methods, rules
from tests.security.canaries import (
    BY_HAND,
    CHILD,
    DISABLED,
    FILE_NAME,
    HEADER,
    MISSING,
    OTHER,
    TALK,
    Needle,
    hexed,
    leaks,
    needles,
)  # fmt: skip
from tests.security.conftest import ROLES as OF_ROLES
from tests.security.conftest import World, dump
from tests.security.worked import Worked, worked
from tests.servers import Servers
from tests.service.runs.county import township_code
from tests.web import Browser

FIRST = needles({**CHILD, **DISABLED}) + needles(MISSING) + needles(BY_HAND) + needles(TALK)
"""Children of the first township."""

SECOND = needles(OTHER)
ROLES = {**OF_ROLES, "school": "verifier"}
"""Login -> role; the school lies in the first township and holds no case there."""

EVERYBODY = FIRST + SECOND
LISTS = {1: "clerk", 2: "officer", 4: "officer"}
"""Whose own each list is; of the third nobody here."""

PEOPLE = ("officer", "leader", "auditor", "member", "clerk", "verifier", "verifier_1", "school")
"""Who may take a file out at all; the administrators are answered 403 on every one (E2)."""

WHY = {"purpose": "联席会议研判"}


@pytest.fixture(scope="module")
def county(world: World, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    made = worked(world, servers, tmp_path_factory.mktemp("worked") / "state")
    yield made
    servers.drop(made.site.database)


def unseen(login: str) -> list[Needle]:
    """What this person may see of no child, or only of those of their township."""
    role = ROLES[login]
    hidden = [each for each in EVERYBODY if level_of((role,), each.field) != "clear"]
    if login == "school":
        return EVERYBODY
    if login == "verifier":
        return hidden + SECOND
    return hidden + FIRST if login == "verifier_1" else hidden


def own_list(login: str, path: str) -> bool:
    """Whether this is a page or a file of a list that the person's own agency sent."""
    found = re.match(r"(?:/api/v1)?/lists/(\d+)", path)
    return bool(found) and LISTS.get(int(found[1])) == login


def addresses(county: Worked, login: str) -> list[str]:
    """What this person may read at all, with the rows that one of the children stands behind.

    That the rest is answered 403 says ``tests/architecture/test_routes.py``.
    """
    children = [county.world.no_of(each) for each in (CHILD, OTHER, MISSING)]
    sampled = [row[0] for row in county.site.rows("select no from review_sample_item")]
    given: Mapping[str, list[object]] = {
        "no": children,
        "list_id": [1, 2, 3, 4],
        "case_id": [county.cases[name] for name in ("missing", "other")],
        "cases.show:case_id": [county.cases[name] for name in ("missing", "other", "by_hand")],
        "child_id": county.child_ids("missing", "other"),
        "evidence_id": county.ids("evidence")[:1],
        "receipt_id": county.ids("receipt"),
        "position": [county.position],
        "agency_id": [row[0] for row in county.site.rows("select distinct agency_id from correction")],
        "ledger": list(LEDGERS),
        "code": [township_code(0), township_code(1)],
        "reviews.sampled:no": sampled,
    }
    app, found = county.site.app, set()
    for rule in rules(app):
        action = action_of(app, rule.endpoint)
        if "GET" in methods(rule) and (action == PUBLIC or reach_of((ROLES[login],), str(action))):
            names = sorted(rule.arguments)
            choices = [
                given.get(f"{rule.endpoint}:{name}")
                or given.get(name)
                or sorted(getattr(rule._converters[name], "items", None) or [1])[:1]
                for name in names
            ]
            for values in product(*choices):
                told = dict(zip(names, values, strict=True))
                found.add(app.url_map.bind("localhost").build(rule.endpoint, told))
    more = [
        "/runs/1/children?enrolment=enrolled", "/api/v1/runs/1/children?limit=500", "/lists?round=1",
        "/runs/1/children?lang=en", "/accounts?q=a", "/lists/new?replaces=1", "/plans?which=all",
        "/notices/batch?kind=return_by", "/ledgers?by=school", "/cases?mine=1",
        "/rounds/1/cases?state=closed",
        *(f"/reviews/1/children/{no}?candidate=0&lang=en" for no in children[1:2]),
    ]  # fmt: skip
    return sorted(found - {"/runs/1/compare/1"} | set(more if ROLES[login] not in ADMINISTRATORS else ()))


def asked(who: Browser, path: str) -> bytes:
    answer = who.get(path)
    data = answer.data + repr(list(answer.headers)).encode()
    answer.close()
    return data if answer.data[:2] != b"PK" else answer.data


@pytest.mark.parametrize("login", ROLES)
def test_a6_no_page_shows_a_role_more_than_its_fields(county: Worked, login: str) -> None:
    who, sought = county.browser(login), unseen(login)
    read = [path for path in addresses(county, login) if "logout" not in path]
    assert len(read) > (10 if ROLES[login] in ADMINISTRATORS else 60)
    found = {path: leaks(asked(who, path), sought) for path in read if not own_list(login, path)}
    assert {path: fields for path, fields in found.items() if fields} == {}


def test_a6_the_county_is_one_in_which_there_is_something_to_see(county: Worked) -> None:
    """Else the walk would look for what is nowhere."""
    who, case = county.browser("verifier"), county.cases["missing"]
    page = asked(who, f"/cases/{case}")
    assert leaks(page, needles(MISSING)) >= {"name", "birth_date", "guardian_name", "address"}
    assert leaks(page, needles(TALK)) == {"case_note"}, "the words are seen, the numbers in them not"
    assert leaks(asked(county.browser("clerk"), "/lists/1/file"), needles({"id_number": CHILD["id_number"]}))
    assert county.browser("officer").get("/lists/1/file").status_code in (403, 404)
    tables = "child_case contact evidence plan measure notice case_request correction aid_finding receipt"
    tables += " worksheet_return follow_up child_return agenda_item meeting_decision signature unmask_request"
    empty = [each for each in tables.split() if not county.site.one(f"select count(*) from {each}")]
    assert empty == []
    states = {row[0] for row in county.site.rows("select state from child_case")}
    assert states >= {"closed", "persuading"}


def downloads(county: Worked) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Endpoint, address and form of everything that gives a file when it is sent a form."""
    for kind in ("csv", "xlsx"):
        yield "runs.export", "/runs/1/children/export", {"format": kind, **WHY}
    for (name,) in county.site.rows("select jsonb_object_keys(outputs) from run where id = 1"):
        yield "runs.file", "/runs/1/files", {"name": name, **WHY}
    yield "worksheets.download", "/rounds/1/worksheet/download", WHY
    yield "worksheets_api.issue", "/api/v1/worksheets/issue", {"round_id": "1", **WHY}
    for ledger in LEDGERS:
        yield "ledgers.export", f"/ledgers/{ledger}/export", {"round": "1", **WHY}
    for name in ("agenda.docx", "minutes.docx", "agenda.xlsx", "summary.xlsx"):
        yield "meetings.file", f"/meetings/1/files/{name}", WHY
        yield "meetings_api.file", f"/api/v1/meetings/1/files/{name}", WHY
    for (owner,) in county.site.rows("select distinct agency_id from correction"):
        for paper in ("items", "report"):
            yield "corrections.download", f"/corrections/1/{owner}/{paper}.xlsx", {}
        yield "corrections.report_paper", f"/corrections/1/{owner}/report.docx", {}
    for case in county.cases.values():
        yield "prints.print_one", f"/cases/{case}/print", WHY
    for what in ("summary", "approvals"):
        yield "prints.print_round", f"/prints/{what}", {"round": "1", **WHY}
    for edition in ("exact", ""):
        yield "figures.quarterly", "/figures/1/report", {"edition": edition, **WHY}
    yield "figures_api.quarterly", "/api/v1/rounds/1/report", WHY
    yield "figures.matching", "/figures/1/matching-report", WHY
    yield "aid.download", "/aid/1/findings.xlsx", {}
    yield "notices.pack", "/notices/print", WHY


GIVEN = {
    "officer": 25, "verifier": 9, "verifier_1": 8, "leader": 8, "member": 5, "auditor": 8, "clerk": 0,
    "school": 4,
}  # fmt: skip
"""How many of these files each is given at least."""


@pytest.mark.parametrize("login", PEOPLE)
def test_a6_no_file_gives_a_role_more_than_its_fields(county: Worked, login: str) -> None:
    who, sought = county.browser(login), unseen(login)
    who.get("/me")
    found, given = {}, 0
    for endpoint, path, form in downloads(county):
        headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
        how = {"json": form} if path.startswith("/api/") else {"data": {"csrf_token": who.token, **form}}
        answer = who.client.post(path, base_url=who.base, headers=headers, **how)
        data = answer.data
        if answer.is_json and answer.status_code == 200:
            data = base64.b64decode(answer.json["content"])
        given += answer.status_code == 200
        found[endpoint, path, form.get("name", "")] = leaks(data, sought)
        answer.close()
    assert {each: fields for each, fields in found.items() if fields} == {}
    assert given >= GIVEN[login]


SENDS = re.compile(r"send_file\(|_sent\(|b64encode|acts\.issue\(")


def test_a6_every_way_out_is_walked(county: Worked) -> None:
    """Whatever sends a file is read by GET, or stands in ``downloads``."""
    app, walked = county.site.app, {each[0] for each in downloads(county)}
    sends = {
        rule.endpoint
        for rule in rules(app)
        if re.search(
            r"send_file\(|_sent\(|b64encode",
            inspect.getsource(inspect.unwrap(app.view_functions[rule.endpoint])),
        )
        and "GET" not in methods(rule)
    }
    assert len(sends) > 9
    assert sends - walked == set()


@pytest.mark.parametrize("login", ["officer", "verifier", "verifier_1", "school"])
def test_a6_no_search_gives_more(county: Worked, login: str) -> None:
    who, sought = county.browser(login), unseen(login)
    who.get("/runs/1/children")
    for form in (
        {"id_number": CHILD["id_number"]},
        {"name": OTHER["name"], "birth_date": OTHER["birth_date"]},
    ):
        answer = who.post("/runs/1/children/search", **form)
        told = {each.field for each in sought if each.value in form.values()}
        assert leaks(answer.data, sought) - told == set()


PROVOKED = {
    "400": ("GET", "/runs/1/children?enrolment={}", {}),
    "404": ("GET", "/runs/1/{}", {}),
    "404 child": ("GET", "/runs/1/children/2147483647?x={}", {}),
    "404 case": ("GET", "/cases/2147483647?x={}", {}),
    "404 file": ("POST", "/runs/1/files", {"name": "{}", "purpose": "联席会议研判"}),
    "404 api": ("GET", "/api/v1/runs/1/children/999999?x={}", {}),
    "422 api": ("GET", "/api/v1/runs/1/children?band={}", {}),
    "400 search": ("POST", "/runs/1/children/search", {"name": "{}", "birth_date": "{}"}),
    "409": ("POST", "/lists/1/commit", {"checked": "{}"}),
    "403": ("GET", "/accounts?q={}", {}),
}


@pytest.mark.parametrize("case", PROVOKED)
def test_a6_what_was_sent_is_not_kept_with_an_error(county: Worked, case: str) -> None:
    """A search term in a log is a leak as well: the request fails, and nothing of it stays."""
    method, path, form = PROVOKED[case]
    who, value = county.browser("officer"), "申屠骉骉"
    who.get("/runs/1/children")
    sent = {name: each.format(value) for name, each in form.items()}
    answer = who.get(path.format(value)) if method == "GET" else who.post(path, **sent)
    assert answer.status_code == int(case[:3])
    sought = needles({"name": value})
    assert not leaks("\n".join(county.world.log.text).encode(), sought)
    told = county.site.one("select string_agg(e::text, ' ') from audit_entry e")
    assert not leaks(told.encode(), sought)


def test_a6_an_error_that_nobody_foresaw_keeps_its_words(
    county: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError(f"bad row: {CHILD['name']} {CHILD['id_number']}")

    log = county.world.log.text
    monkeypatch.setattr("service.runs.results.child", fails)
    for path in ("/runs/1/children/1", "/api/v1/runs/1/children/1"):
        answer = county.browser("officer").get(path)
        assert answer.status_code == 500
        assert not leaks(answer.data, EVERYBODY)
    assert not leaks("\n".join(log).encode(), EVERYBODY)
    assert "ValueError" in "\n".join(log), "else nobody could mend it"


def _places(county: Worked) -> Mapping[str, bytes]:
    """Where something may lie when all is done."""
    state, world = Path(county.site.settings.state), county.world
    files = [path for path in state.rglob("*") if path.is_file()]
    messages = world.broker + county.broker
    bodies = [base64.b64decode(each) for each in re.findall(rb'"body": ?"([^"]+)"', messages)]
    assert bodies, "no message was seen"
    return {
        "messages": messages + b"\n".join(bodies),
        "log": "\n".join(world.log.text).encode(),
        "log of the worker": world.worker_log.read_bytes(),
        "log of the database": world.database_log.read_bytes() if world.database_log.exists() else b"",
        "names of files": "\n".join(map(str, files)).encode(),
        **{f"file {path.relative_to(state)}": path.read_bytes() for path in files},
    }


def test_a6_nothing_lies_readable_in_messages_logs_and_files(county: Worked) -> None:
    sought = EVERYBODY + needles({"file name": FILE_NAME, "header": HEADER})
    found = {place: leaks(data, sought) for place, data in _places(county).items()}
    assert len(found) > 12
    assert {place: fields for place, fields in found.items() if fields} == {}


def test_a6_nothing_lies_readable_in_the_database(county: Worked) -> None:
    """Audit and jobs among all tables. A date of birth alone points at nobody, and is kept to be sorted by;
    names of files and headers are the clerk's words about the list; of a village ADR 0014 speaks.
    """
    written = dump(county)
    assert b"COPY public.child_case" in written
    kept = ("birth_date", "village")
    assert leaks(written, hexed([each for each in EVERYBODY if each.field not in kept])) == set()
    said = hexed(needles({"file name": FILE_NAME, "header": HEADER}))
    tables = {
        each.split(b" ", 1)[0].decode()
        for each in written.split(b"COPY public.")[1:]
        if leaks(each.split(b"\n\\.\n")[0], said)
    }
    assert tables <= {"agency_list", "saved_layout", "run", "job_step"}, tables
