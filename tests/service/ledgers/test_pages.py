"""Pages and files of the ledgers, as each role sees them."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from schemas.ledger import LEDGERS
from tests.service.played import SAID, Played
from tests.web import statements

ROLES = ("officer", "leader", "auditor", "member", "verifier", "clerk", "sysadmin")
SEE = {"officer", "leader", "auditor", "member", "verifier"}
PATHS = (
    "/ledgers",
    "/ledgers?by=school",
    *(f"/ledgers/{name}" for name in LEDGERS),
    "/ledgers/school_age?unlisted=1",
    "/ledgers/changes",
)


@pytest.fixture(scope="module")
def people(two_rounds: Played) -> dict[str, Any]:
    return {login: two_rounds.site.browser(login) for login in ROLES}


@pytest.mark.parametrize("login", ROLES)
def test_each_role_sees_the_pages_of_the_table_of_permissions(people, two_rounds: Played, login: str) -> None:
    child = child_of(two_rounds, "dropped out")
    for path in (*PATHS, f"/ledgers/children/{child}", "/ledgers/school_age?round=1"):
        answer = people[login].get(path)
        assert answer.status_code == (200 if login in SEE else 403), path
        assert "<script>" not in answer.text
        assert " style=" not in answer.text


def child_of(played: Played, name: str) -> int:
    return played.site.one("select child_id from child_case where id = :n", n=played.cases[name])


def number_of(played: Played, name: str) -> str:
    no = played.site.one("select no from child_case where id = :n", n=played.cases[name])
    return f"2026-09-{no:04d}"


def test_a_ledger_lists_its_cases_and_says_how_many(people, two_rounds: Played) -> None:
    page = people["officer"].get("/ledgers/dropout?round=1").text
    for name in (
        "dropped out",
        "said to be back, not approved",
        "back and followed",
        "dropped out next door",
    ):
        assert number_of(two_rounds, name) in page, name
    assert "共 4 名" in page
    assert number_of(two_rounds, "at school after all") not in page
    assert "共 1 名" in people["officer"].get("/ledgers/cancelled?round=1").text
    assert "没有符合条件" in people["officer"].get("/ledgers/cancelled?round=2").text


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ("township=659901001", 3),
        ("township=659901002", 1),
        ("outcome=D08", 1),
        ("outcome=D03", 2),
        ("kind=expired", 0),
        ("tier=high", 0),
    ],
)
def test_filters_are_the_databases(people, asked: str, total: int) -> None:
    page = people["officer"].get(f"/ledgers/dropout?round=1&{asked}").text
    assert f"共 {total} 名" in page


@pytest.mark.parametrize("asked", ["tier=worst", "outcome=Z99", "township=x", "after=-3", "round=x"])
def test_an_address_that_was_made_up_is_refused(people, asked: str) -> None:
    assert people["officer"].get(f"/ledgers/suspected?{asked}").status_code == 400
    assert people["officer"].get("/ledgers/nonsense").status_code == 404


def test_what_one_does_not_see_one_cannot_filter_by(people) -> None:
    for login, status in (("officer", 200), ("verifier", 200), ("leader", 400), ("member", 400)):
        for ledger in ("suspected", "school_age"):
            answer = people[login].get(f"/ledgers/{ledger}?round=1&group=留守")
            assert answer.status_code == status, (login, ledger)


def test_a_township_sees_its_own(people, two_rounds: Played) -> None:
    page = people["verifier"].get("/ledgers/dropout?round=1").text
    assert "共 3 名" in page
    assert number_of(two_rounds, "dropped out next door") not in page
    elsewhere = child_of(two_rounds, "dropped out next door")
    assert people["verifier"].get(f"/ledgers/children/{elsewhere}").status_code == 404
    assert (
        people["verifier_1" if "verifier_1" in people else "officer"]
        .get(f"/ledgers/children/{elsewhere}")
        .status_code
        == 200
    )


def test_the_ledger_of_all_children_is_that_of_the_run(people, two_rounds: Played) -> None:
    total = two_rounds.site.one("select count(*) from run_child where run_id = 1")
    page = people["officer"].get("/ledgers/school_age?round=1").text
    assert f"共 {total:,} 名" in page
    assert "另有 8 名儿童" in page
    shown = len(re.findall(r"/runs/1/children/\d+\"", page))
    assert shown == min(50, total)
    found, path = 0, "/ledgers/school_age?round=1"
    while path:
        page = people["officer"].get(path).text
        found += len(re.findall(r"/ledgers/children/\d+", page))
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert found == two_rounds.site.one("select count(*) from child_case where round_id = 1 and run_id = 1")
    unlisted = people["officer"].get("/ledgers/school_age?round=1&unlisted=1").text
    assert "共 8 名" in unlisted
    assert "欧阳" in unlisted


def test_numbers_and_words_are_masked(people, two_rounds: Played) -> None:
    path = f"/ledgers/children/{child_of(two_rounds, 'dropped out')}"
    for login in SEE:
        page = people[login].get(path).text
        assert not re.search(r"\d{17}[\dX]", page), login
        assert "13800138000" not in page, login
        assert ("138****8000" in page) == (login in ("officer", "verifier")), login
    assert SAID[:4] not in people["leader"].get(path).text


def test_the_history_of_a_child_has_all_its_rounds(people, two_rounds: Played) -> None:
    page = people["officer"].get(f"/ledgers/children/{child_of(two_rounds, 'back and followed')}").text
    for said in ("2026年秋季", "2026年冬季", "D08", "D03", "审核通过", "结转下一批次", "佐证", "报告表"):
        assert said in page, said
    assert page.index("2026年冬季") < page.index("2026年秋季")
    audit = two_rounds.site.one(
        "select count(*) from audit_entry where action = 'child.view' and subject_id like 'all/%'"
    )
    assert audit > 0


@pytest.mark.parametrize("login", ["officer", "verifier"])
@pytest.mark.parametrize("path", [*PATHS, "child"])
def test_a_page_takes_a_fixed_number_of_statements(people, two_rounds: Played, login: str, path: str) -> None:
    if path == "child":
        path = f"/ledgers/children/{child_of(two_rounds, 'dropped out')}"
    people[login].get(path)
    with statements(two_rounds.site) as said:
        people[login].get(path)
    assert len(said) <= 32, "\n".join(each[:80] for each in said)


def export(people, ledger: str, login: str = "officer", **given: str) -> Any:
    who = people[login]
    who.get("/ledgers")
    return who.post(f"/ledgers/{ledger}/export", **{"purpose": "季度例会核对", "round": "1", **given})


def rows_of(answer: Any, number: int = 0) -> list[list[Any]]:
    data = answer.data
    answer.close()
    return sheet(data, number)


def sheet(data: bytes, number: int) -> list[list[Any]]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return book.get_sheet_by_index(number).to_python()


@pytest.mark.parametrize("ledger", LEDGERS)
def test_a_ledger_goes_out_as_a_workbook(people, two_rounds: Played, ledger: str) -> None:
    answer = export(people, ledger)
    assert answer.status_code == 200, answer.text
    rows = rows_of(answer)
    assert rows[0][0] == LEDGERS[ledger].label
    assert "officer" in rows[1][0]
    body = rows[3:]
    total = {
        "school_age": two_rounds.site.one("select count(*) from run_child where run_id = 1") + 8,
        "dropout": 4,
        "cancelled": 1,
    }
    assert len(body) == total.get(ledger, len(body)) > 0
    assert not [cell for row in rows for cell in row if re.search(r"\d{17}[\dX]", str(cell))]
    entry = two_rounds.site.rows(
        "select purpose, detail from audit_entry where action = 'ledger.export' order by number desc limit 1"
    )[0]
    assert entry == ("季度例会核对", {"ledger": ledger, "rows": len(body)})


def test_each_persuasion_is_on_record(people, two_rounds: Played) -> None:
    answer = export(people, "dropout")
    data = answer.data
    answer.close()
    rows = sheet(data, 1)
    talks = [row for row in rows[3:] if row[0] == number_of(two_rounds, "dropped out")]
    assert [row[2] for row in talks] == ["2026-09-03", "2026-09-09", "2026-09-11"]
    assert talks[2][5] == "家长答应再想想"
    first = sheet(data, 0)
    own = next(row for row in first if row[0] == number_of(two_rounds, "dropped out"))
    assert own[first[2].index("已采取的措施")] == talks[2][3] != ""
    assert "138****8000" in talks[0][5]
    counted = [own[first[2].index(head)] for head in ("劝返次数", "最近劝返")]
    assert counted == [len(talks), "2026-09-11"]


def test_persuasion_of_earlier_rounds_counts(people, two_rounds: Played) -> None:
    """A child that is carried on was visited before: its ledger must not say that nobody came."""
    child_id = child_of(two_rounds, "dropped out")
    query = "select no from child_case where round_id = 2 and child_id = :child"
    number = f"2026-12-{two_rounds.site.one(query, child=child_id):04d}"
    rows = rows_of(export(people, "dropout", round="2"))
    own = next(row for row in rows if row[0] == number)
    assert [own[rows[2].index(head)] for head in ("劝返次数", "最近劝返")] == [3, "2026-09-11"]
    listed = people["officer"].get("/api/v1/ledgers/2/dropout").json
    found = next(row for row in listed["rows"] if row["child_id"] == child_id)
    assert (found["contacts"], found["last_contact"]) == (2, "2026-09-09")


def test_who_may_not_export_does_not(people) -> None:
    for login in ("leader", "auditor", "member", "clerk"):
        assert export(people, "dropout", login).status_code == 403
    assert export(people, "dropout", purpose="x").status_code == 400
    narrowed = rows_of(export(people, "dropout", "verifier"))
    assert len(narrowed) - 3 == 3


def test_changes_are_counted_and_listed(people, two_rounds: Played) -> None:
    page = people["officer"].get("/ledgers/changes?kind=closed").text
    assert f"/ledgers/children/{child_of(two_rounds, 'at school after all')}" in page
    assert "2026年冬季 与 2026年秋季 相比" in page
    assert "没有更早的批次可比" in people["officer"].get("/ledgers/changes?round=1").text
    assert people["officer"].get("/ledgers/changes?kind=lost").status_code == 404


def test_programs_ask_for_counts_rows_and_changes(people, two_rounds: Played) -> None:
    officer = people["officer"]
    places = officer.get("/api/v1/ledgers/1").json["townships"]
    assert sum(each["dropout"] for each in places) == 4
    assert sum(each["school_age"] for each in places) == two_rounds.site.one("select count(*) from run_child")
    first = officer.get("/api/v1/ledgers/1/dropout?limit=3").json
    rest = officer.get(f"/api/v1/ledgers/1/dropout?after={first['after']}").json
    ids = [each["case_id"] for each in first["rows"] + rest["rows"]]
    assert (len(ids), len(set(ids)), rest["after"], first["total"]) == (4, 4, None, 4)
    assert not re.search(r"\d{17}[\dX]", str(first))
    compared = officer.get("/api/v1/ledgers/2/changes").json
    assert (compared["earlier"], sum(each["closed"] for each in compared["townships"])) == (1, 1)
    assert officer.get("/api/v1/ledgers/1/changes").status_code == 404
    assert people["clerk"].get("/api/v1/ledgers/1").status_code == 403
