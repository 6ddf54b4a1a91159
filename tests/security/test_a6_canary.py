"""A6: what a role may not see reaches it by no way out, and lies readable nowhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from schemas.masking import level_of
from tests.architecture.routes import methods, path_of, rules
from tests.security.canaries import CHILD, DISABLED, FILE_NAME, HEADER, OTHER, Needle, hexed, leaks, needles
from tests.security.conftest import ROLES, World, dump
from tests.web import Browser

FIRST = needles({**CHILD, **DISABLED})
SECOND = needles(OTHER)
EVERYBODY = FIRST + SECOND
LISTS = {1: "clerk", 2: "officer"}
"""Whose own each list is; of the third nobody here."""

WHOLE_FILES = ("核查名单.xlsx", "比对报告.html")
"""Files of a run with whole values, for the officer who has them worked off (``runs.views_files``)."""


def unseen(login: str) -> list[Needle]:
    """What this person may see of neither child, or of one only."""
    role = ROLES[login]
    hidden = [each for each in EVERYBODY if level_of((role,), each.field) != "clear"]
    if login == "verifier":
        return hidden + SECOND
    return hidden + FIRST if login == "verifier_1" else hidden


def own_list(login: str, path: str) -> bool:
    """Whether this is a page or a file of a list that the person's own agency sent."""
    found = re.match(r"(?:/api/v1)?/lists/(\d+)", path)
    return bool(found) and LISTS.get(int(found[1])) == login


def addresses(world: World) -> list[str]:
    """Every address that is read, with the rows there are: both children, each list."""
    nos = (world.no_of(CHILD), world.no_of(OTHER))
    given = [{"run_id": 1, "no": no, "round_id": 1, "list_id": at} for at in (1, 2, 3) for no in nos]
    app = world.site.app
    found = {path_of(app, rule, each) for rule in rules(app) for each in given if "GET" in methods(rule)}
    more = [
        "/runs/1/children?enrolment=enrolled", "/api/v1/runs/1/children?limit=500", "/lists?round=1",
        "/runs/1/children?lang=en", "/accounts?q=a", "/lists/new?replaces=1",
    ]  # fmt: skip
    return sorted(found - {"/runs/1/compare/1"} | set(more))


def asked(who: Browser, path: str) -> bytes:
    answer = who.get(path)
    data = answer.data + repr(list(answer.headers)).encode()
    answer.close()
    return data


@pytest.mark.parametrize("login", ROLES)
def test_no_page_shows_a_role_more_than_its_fields(world: World, login: str) -> None:
    who, sought = world.browser(login), unseen(login)
    read = [path for path in addresses(world) if "logout" not in path]
    assert len(read) > 60
    found = {path: leaks(asked(who, path), sought) for path in read if not own_list(login, path)}
    assert {path: fields for path, fields in found.items() if fields} == {}


def exports(login: str) -> Iterator[tuple[str, dict[str, str]]]:
    for kind in ("csv", "xlsx"):
        yield "/runs/1/children/export", {"format": kind, "purpose": "联席会议研判"}
    for name in ("children.csv", "links.csv", "model.toml", "summary.json", "issues.csv", *WHOLE_FILES):
        yield "/runs/1/files", {"name": name, "purpose": "联席会议研判"}
    yield "/runs/1/children/search", {"id_number": CHILD["id_number"]}
    yield "/runs/1/children/search", {"name": OTHER["name"], "birth_date": OTHER["birth_date"]}


@pytest.mark.parametrize("login", ["officer", "verifier", "verifier_1", "leader", "member"])
def test_no_export_and_no_search_gives_more(world: World, login: str) -> None:
    who, sought = world.browser(login), unseen(login)
    who.get("/runs/1/children")
    found, given = {}, 0
    for path, form in exports(login):
        answer = who.post(path, **form)
        told = {each.field for each in sought if each.value in form.values()}
        given += answer.status_code == 200
        if form.get("name") not in WHOLE_FILES or answer.status_code != 200:
            found[path, *form.values()] = leaks(answer.data, sought) - told
        answer.close()
    assert {each: fields for each, fields in found.items() if fields} == {}
    assert given >= {"officer": 11, "verifier": 3, "verifier_1": 3}.get(login, 0)


def test_a_list_is_whole_for_its_own_agency_alone(world: World) -> None:
    """Else the test above would look for something that is nowhere."""
    assert leaks(asked(world.browser("clerk"), "/lists/1/file"), needles({"id_number": CHILD["id_number"]}))
    assert world.browser("officer").get("/lists/1/file").status_code in (403, 404)


PROVOKED = {
    "400": ("GET", "/runs/1/children?enrolment={}", {}),
    "404": ("GET", "/runs/1/{}", {}),
    "404 child": ("GET", "/runs/1/children/2147483647?x={}", {}),
    "404 file": ("POST", "/runs/1/files", {"name": "{}", "purpose": "联席会议研判"}),
    "404 api": ("GET", "/api/v1/runs/1/children/999999?x={}", {}),
    "422 api": ("GET", "/api/v1/runs/1/children?band={}", {}),
    "400 search": ("POST", "/runs/1/children/search", {"name": "{}", "birth_date": "{}"}),
    "409": ("POST", "/lists/1/commit", {"checked": "{}"}),
    "403": ("GET", "/accounts?q={}", {}),
}


@pytest.mark.parametrize("case", PROVOKED)
def test_what_was_sent_is_not_kept_with_an_error(world: World, case: str) -> None:
    """A search term in a log is a leak as well: the request fails, and nothing of it stays."""
    method, path, form = PROVOKED[case]
    who, value = world.browser("officer"), "申屠骉骉"
    who.get("/runs/1/children")
    sent = {name: each.format(value) for name, each in form.items()}
    answer = who.get(path.format(value)) if method == "GET" else who.post(path, **sent)
    assert answer.status_code == int(case[:3])
    sought = needles({"name": value})
    assert not leaks("\n".join(world.log.text).encode(), sought)
    told = world.site.one("select string_agg(e::text, ' ') from audit_entry e")
    assert not leaks(told.encode(), sought)


def test_an_error_that_nobody_foresaw_keeps_its_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError(f"bad row: {CHILD['name']} {CHILD['id_number']}")

    monkeypatch.setattr("service.runs.results.child", fails)
    for path in ("/runs/1/children/1", "/api/v1/runs/1/children/1"):
        answer = world.browser("officer").get(path)
        assert answer.status_code == 500
        assert not leaks(answer.data, EVERYBODY)
    assert not leaks("\n".join(world.log.text).encode(), EVERYBODY)
    assert "ValueError" in "\n".join(world.log.text), "else nobody could mend it"


def _places(world: World) -> Mapping[str, bytes]:
    """Where something may lie when all is done."""
    state = Path(world.site.settings.state)
    files = [path for path in state.rglob("*") if path.is_file()]
    messages = world.broker
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


def test_nothing_lies_readable_in_messages_logs_and_files(world: World) -> None:
    sought = EVERYBODY + needles({"file name": FILE_NAME, "header": HEADER})
    found = {place: leaks(data, sought) for place, data in _places(world).items()}
    assert len(found) > 12
    assert {place: fields for place, fields in found.items() if fields} == {}


def test_nothing_lies_readable_in_the_database(world: World) -> None:
    """Audit and jobs among all tables. A date of birth alone points at nobody, and is kept to be sorted by;
    names of files and headers are the clerk's words about the list.
    """
    written = dump(world)
    assert b"COPY public.run_child" in written
    assert leaks(written, hexed([each for each in EVERYBODY if each.field != "birth_date"])) == set()
    said = hexed(needles({"file name": FILE_NAME, "header": HEADER}))
    tables = {
        each.split(b" ", 1)[0].decode()
        for each in written.split(b"COPY public.")[1:]
        if leaks(each.split(b"\n\\.\n")[0], said)
    }
    assert tables <= {"agency_list", "saved_layout", "run", "job_step"}, tables
