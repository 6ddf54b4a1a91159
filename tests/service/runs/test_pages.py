"""Pages and answers of a finished run, as each role sees them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.service.runs.county import Site, township_code
from tests.web import statements

ROLES = ("officer", "leader", "auditor", "member", "verifier", "clerk", "sysadmin")
SEE_RUNS = {"officer", "leader", "auditor", "member"}
SEE_CHILDREN = SEE_RUNS | {"verifier"}


@pytest.fixture(scope="module")
def people(finished: Site) -> dict[str, Any]:
    return {login: finished.browser(login) for login in ROLES}


@pytest.mark.parametrize("login", ROLES)
def test_each_role_sees_the_pages_of_the_table_of_permissions(people, login: str) -> None:
    who = people[login]
    for path in ("/runs", "/runs/1"):
        assert who.get(path).status_code == (200 if login in SEE_RUNS else 403), path
    children = 200 if login in SEE_CHILDREN else 403
    assert who.get("/runs/1/children").status_code == children
    assert who.get("/children", follow_redirects=True).status_code == children


def test_the_page_of_a_run_tells_funnel_quality_and_lists(people) -> None:
    page = people["officer"].get("/runs/1").text
    for said in (
        "从记录到儿童",
        "这次比对有多可信",
        "不看号码也找对学籍",
        "学籍系统导出_在籍学生.csv",
        "结果文件",
    ):
        assert said in page
    assert "须写明用途" not in people["leader"].get("/runs/1").text
    assert "<script>" not in page
    assert " style=" not in page


def numbers(page: str) -> list[int]:
    return [int(each) for each in re.findall(r"/runs/1/children/(\d+)\"", page)]


def test_paging_shows_every_child_once_there_and_back(finished: Site, people) -> None:
    total = finished.one("select count(*) from run_child")
    seen, path, pages = [], "/runs/1/children", []
    while path:
        page = people["officer"].get(path).text
        assert f"共 {total:,} 名" in page
        seen += numbers(page)
        pages.append(numbers(page))
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert seen == list(range(1, total + 1))
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    assert numbers(people["officer"].get(back[1].replace("&amp;", "&")).text) == pages[-2]


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ("enrolment=not_enrolled", "enrolment = 'not_enrolled'"),
        ("attendance=absent", "attendance = 'absent'"),
        (f"township={township_code(0)}", f"region_code = '{township_code(0)}'"),
        ("group=脱贫户", "groups @> '{脱贫户}'"),
        ("band=sure", "probability >= 0.99"),
        ("enrolment=enrolled&attendance=unknown", "enrolment = 'enrolled' and attendance = 'unknown'"),
    ],
)
def test_filters_are_the_databases_and_their_counts_true(
    finished: Site, people, asked: str, condition: str
) -> None:
    wanted = [row[0] for row in finished.rows(f"select no from run_child where {condition} order by no")]
    page = people["officer"].get(f"/runs/1/children?{asked}").text
    assert numbers(page) == wanted[:50]
    assert wanted
    assert f"共 {len(wanted):,} 名" in page


def test_what_one_does_not_see_one_cannot_filter_or_search_by(people) -> None:
    """A7: a filter would tell the value."""
    for login, status in (
        ("officer", 200),
        ("verifier", 200),
        ("leader", 400),
        ("auditor", 400),
        ("member", 400),
    ):
        assert people[login].get("/runs/1/children?group=残疾").status_code == status, login
    who = people["member"]
    assert "查找" not in who.get("/runs/1/children").text
    assert who.post("/runs/1/children/search", id_number="659901201503180018").status_code == 403


@pytest.mark.parametrize("asked", ["enrolment=x", "township=x", "band=x", "after=x", "before=-1"])
def test_a_filter_that_there_is_not_is_refused(people, asked: str) -> None:
    assert people["officer"].get(f"/runs/1/children?{asked}").status_code == 400


def test_a_child_is_found_by_its_whole_number_or_name_and_birthday(finished: Site, people) -> None:
    row = next(each for each in finished.children() if len(each) > 10 and len(each[4]) == 18)
    who = people["officer"]
    who.get("/runs/1/children")
    found = who.post("/runs/1/children/search", id_number=f" {row[4].lower()} ")
    assert row[0] in numbers(found.text)
    found = who.post("/runs/1/children/search", name=row[3], birth_date=row[5].isoformat())
    assert row[0] in numbers(found.text)
    assert who.post("/runs/1/children/search", id_number=row[4][:12]).status_code == 400
    assert finished.one("select count(*) from audit_entry where detail->>'by' = 'id_number'") >= 1
    assert row[4] not in finished.one("select string_agg(audit_entry::text, '') from audit_entry")


def test_a_verifier_sees_the_own_township_alone(finished: Site, people) -> None:
    """Scope in the application, and again in PostgreSQL."""
    own = [
        row[0] for row in finished.rows(f"select no from run_child where region_code = '{township_code(0)}'")
    ]
    other = finished.one(f"select no from run_child where region_code = '{township_code(1)}' limit 1")
    who = people["verifier"]
    page = who.get("/runs/1/children")
    assert set(numbers(page.text)) <= set(own)
    assert f"共 {len(own):,} 名" in page.text
    assert who.get(f"/runs/1/children/{own[0]}").status_code == 200
    assert who.get(f"/runs/1/children/{other}").status_code == 404
    assert numbers(who.get(f"/runs/1/children?township={township_code(1)}").text) == []


def test_the_page_of_a_child_shows_its_records_side_by_side(finished: Site, people) -> None:
    no, name = next((row[0], row[3]) for row in finished.children() if row[7] == "enrolled")
    page = people["officer"].get(f"/runs/1/children/{no}").text
    for said in (name, "名单记录", "学籍记录", "各项比较怎样加减", "#1:"):
        assert said in page
    assert (
        finished.one(
            "select count(*) from audit_entry where subject = 'child' and subject_id = :no", no=f"1/{no}"
        )
        == 1
    )


def test_names_and_numbers_are_masked_by_role(finished: Site, people) -> None:
    """A6: on the page of a child, its list and the answers of the API; whole only where the table says so."""
    row = next(
        each for each in finished.children() if len(each) > 10 and len(each[4]) == 18 and each[7] == "review"
    )
    no, name, number = row[0], row[3], row[4]
    for login in ("officer", "leader", "auditor", "member"):
        for path in (f"/runs/1/children/{no}", f"/runs/1/children?after={no - 1}"):
            page = people[login].get(path).text
            assert number not in page, (login, path)
            assert number[6:] not in page, (login, path)
            assert (name in page) == (login == "officer"), (login, path)


def test_an_unmasked_number_is_seen_with_a_reason_and_recorded(run_site: Site) -> None:
    site = Site(replace(run_site.settings, unmask_approval=False), run_site.database)
    no, number = next((row[0], row[4]) for row in site.children() if len(row[4]) == 18)
    who = site.browser("officer")
    path = f"/runs/1/children/{no}"
    who.get(path)
    assert who.post(f"{path}/unmask", fields="id_number", reason="").status_code == 400
    assert who.post(f"{path}/unmask", fields="id_number", reason="入户核实身份").status_code == 303
    assert number in who.get(path).text
    assert number not in site.browser("leader").get(path).text
    assert site.one("select count(*) from audit_entry where action = 'child.unmask'") >= 2


def test_who_opens_too_many_children_is_stopped(run_site: Site) -> None:
    """F5: the same child again does not count."""
    site = Site(replace(run_site.settings, views_per_day=2), run_site.database)
    who = site.browser("officer")
    assert [who.get(f"/runs/1/children/{no}").status_code for no in (1, 2, 1, 3)] == [200, 200, 200, 429]
    assert site.one("select count(*) from audit_entry where result = 'refused' and subject_id = '1/3'") == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_masked_marked_and_recorded(finished: Site, people, kind: str) -> None:
    who = people["officer"]
    who.get("/runs/1/children")
    assert who.post("/runs/1/children/export", format=kind, purpose="").status_code == 400
    sent = who.post("/runs/1/children/export", format=kind, purpose="联席会议", enrolment="not_enrolled")
    assert sent.status_code == 200
    data = io.BytesIO(sent.data)
    sent.close()
    table = (
        pd.read_csv(data, dtype=str)
        if kind == "csv"
        else pd.read_excel(data, header=None, dtype=str, engine="calamine")
    )
    wanted = finished.one("select count(*) from run_child where enrolment = 'not_enrolled'")
    whole = table.to_csv()
    assert kind == "xlsx" or len(table) == wanted
    assert "青禾县education" in whole
    assert not re.search(r"(?<!\d)6599\d{13}[\dX]", whole)
    assert (
        finished.one(
            "select count(*) from audit_entry where action = 'child.export' and purpose = '联席会议'"
        )
        >= 1
    )


def test_files_of_a_run_are_the_officers_and_csv_is_masked(finished: Site, people) -> None:
    who = people["officer"]
    who.get("/runs/1")
    sent = who.post("/runs/1/files", name="children.csv", purpose="核对结果")
    table = pd.read_csv(io.BytesIO(sent.data), dtype=str, keep_default_na=False)
    sent.close()
    assert len(table) == finished.one("select count(*) from run_child")
    assert table["id_number"].str.contains("*", regex=False).sum() > 100
    with who.post("/runs/1/files", name="核查名单.xlsx", purpose="核对结果") as sent:
        assert sent.data[:2] == b"PK"
    assert who.post("/runs/1/files", name="../x", purpose="核对结果").status_code == 404
    verifier = people["verifier"]
    verifier.get("/runs/1/children")
    assert verifier.post("/runs/1/files", name="children.csv", purpose="核对结果").status_code == 403


STATEMENTS = {
    "/runs": 9,
    "/runs/1": 13,
    "/runs/1/children": 8,
    "/runs/1/children?enrolment=review&after=20": 8,
    "/runs/1/children/7": 19,
}


@pytest.mark.parametrize("path", STATEMENTS)
def test_a_page_asks_the_database_so_often_and_no_more(finished: Site, people, path: str) -> None:
    people["officer"].get(path)
    with statements(finished) as said:
        assert people["officer"].get(path).status_code == 200
    assert len(said) <= STATEMENTS[path], "\n".join(said)


def test_a_run_is_started_watched_and_stopped(lists: Site) -> None:
    who = lists.browser("officer")
    who.get("/runs")
    begun = who.post("/runs", round="1")
    assert begun.status_code == 303
    page = who.get(begun.location).text
    assert 'http-equiv="refresh" content="2"' in page
    assert 'id="run-progress"' in page
    assert who.post(f"{begun.location}/cancel").status_code == 303
    assert lists.one("select wanted_end from job") is True
    assert who.post("/runs", round="1").status_code == 409


@pytest.mark.parametrize(
    "path", ["/runs/99999999999", "/runs/2", "/runs/1/children/99999999999", "/runs/1/compare/1"]
)
def test_what_is_not_there_is_not_found(people, path: str) -> None:
    assert people["officer"].get(path).status_code == 404


@pytest.mark.parametrize("path", ["/runs", "/runs/1", "/runs/1/children", "/runs/1/children/3"])
def test_pages_speak_english_too(people, path: str) -> None:
    page = people["officer"].get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert page.status_code == 200
    people["officer"].get("/runs?lang=zh")


def test_places_of_files_are_written_for_nobody(finished: Site) -> None:
    """What is kept stands encrypted below the state's folder, and nowhere else."""
    name = next(row[3] for row in finished.children() if len(row[3]) >= 3)
    for path in Path(finished.settings.state).rglob("*"):
        if path.is_file() and "reading" not in path.parts:
            assert name.encode() not in path.read_bytes()
