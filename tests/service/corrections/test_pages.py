"""Pages, files and answers of corrections, as each person sees them."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pytest
import xlsxwriter

from tests.service.conftest import Kept
from tests.service.corrections.county import OWN, PARENT
from tests.service.runs.county import Site
from tests.web import statements

COUNTY = {"officer", "leader", "auditor"}
ROLES = (*sorted(COUNTY), "clerk", "member", "verifier", "sysadmin")


@pytest.fixture(scope="module")
def looked(kept_first: Kept) -> Iterator[Site]:
    """The first round, for tests that only look."""
    with kept_first.lent() as site:
        yield site


@pytest.fixture(scope="module")
def people(looked: Site) -> dict[str, Any]:
    return {login: looked.browser(login) for login in ROLES}


def agency(site: Site, kind: str) -> int:
    return int(site.one("select id from agency where kind = :kind", kind=kind))


def test_each_sees_what_the_table_of_permissions_gives(looked: Site, people) -> None:
    education, police = agency(looked, "education"), agency(looked, "police")
    for login in ROLES:
        county, clerk = login in COUNTY, login == "clerk"
        wanted = {
            "/corrections/1": 200 if county else 302 if clerk else 403,
            f"/corrections/1/{education}": 200 if county else 404 if clerk else 403,
            f"/corrections/1/{police}": 200 if county or clerk else 403,
            f"/corrections/1/{police}/report": 200 if county or clerk else 403,
            "/corrections/999": 404 if county else 302 if clerk else 403,
        }
        answers = {path: people[login].get(path).status_code for path in wanted}
        assert answers == wanted, login
    assert people["clerk"].get("/corrections").location == f"/corrections/1/{police}"


def test_the_list_names_places_and_hides_what_the_role_may_not_see(looked: Site, people) -> None:
    path = f"/corrections/1/{agency(looked, 'education')}"
    officer, auditor = people["officer"].get(path).text, people["auditor"].get(path).text
    plain = re.sub("<[^>]+>", "", officer)
    assert "王子宣" in plain
    assert "学籍.csv" in plain
    assert "户籍人口.csv#1:2" in plain
    for page in (officer, auditor):
        assert not [each for each in (*OWN.values(), PARENT) if each in re.sub("<[^>]+>", "", page)]
    assert "王子宣" not in re.sub("<[^>]+>", "", auditor)
    assert "<script>" not in officer
    assert " style=" not in officer


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("kind=pupil_number", 2),
        ("kind=unknown_pupil&state=open", 1),
        ("state=done", 0),
        ("since=new", 6),
        ("since=again", 0),
    ],
)
def test_filters(looked: Site, people, query: str, rows: int) -> None:
    page = people["officer"].get(f"/corrections/1/{agency(looked, 'education')}?{query}").text
    assert page.count('name="item"') == rows


def test_small_numbers_are_hidden_from_those_who_only_read(people) -> None:
    cells = {
        login: re.findall(r'<td[^>]*class="n"[^>]*>([^<]*)<', people[login].get("/corrections/1").text)
        for login in ("officer", "leader")
    }
    assert "2" in cells["officer"]
    assert "&lt;5" in cells["leader"]
    assert "2" not in cells["leader"]


def test_a_page_costs_as_many_statements_however_many_rows_it_has(looked: Site, people) -> None:
    counts = []
    for kind in ("civil_affairs", "education"):
        with statements(looked) as said:
            people["officer"].get(f"/corrections/1/{agency(looked, kind)}")
        counts.append(len(said))
    assert counts[0] == counts[1] < 40


def sheet(answer: Any, name: str) -> pd.DataFrame:
    data = answer.data
    answer.close()
    return pd.read_excel(io.BytesIO(data), sheet_name=name, header=2, dtype=str, engine="calamine").fillna("")


def test_the_list_as_a_workbook_is_masked_and_says_who_took_it(looked: Site, people) -> None:
    answer = people["officer"].post(f"/corrections/1/{agency(looked, 'education')}/items.xlsx")
    assert answer.status_code == 200
    table = sheet(answer, "更正清单")
    assert len(table) == 6
    found = table[table["姓名"] == "王子宣"].iloc[0]
    assert (found["名单上的值"], found["其他名单的值"], found["行"]) == ("王子宣", "王子轩", "2")
    whole = "".join(map(str, table.to_numpy().ravel()))
    assert not [each for each in (*OWN.values(), PARENT) if each in whole]
    note = pd.read_excel(
        io.BytesIO(answer.data), sheet_name="更正清单", header=None, dtype=str, engine="calamine"
    ).iloc[1, 0]
    assert "officer" in note


def test_the_report_of_an_agency(looked: Site, people) -> None:
    path = f"/corrections/1/{agency(looked, 'education')}"
    plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", people["officer"].get(f"{path}/report").text))
    assert "学籍名单 13 7.69% 7.69%" in plain, "of 13 pupils one has no number, one a wrong one"
    table = sheet(people["officer"].post(f"{path}/report.xlsx"), "更正事项")
    assert dict(zip(table["类别"], table["本批次"], strict=True))["学生没有证件号码或号码有误"] == "2"
    paper = docx.Document(io.BytesIO(people["officer"].post(f"{path}/report.docx").data))
    cells = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    assert ["学籍名单", "13", "1", "7.69%", "1", "7.69%"] in [row[:6] for row in cells[1]]
    assert ["学生没有证件号码或号码有误", "2"] in [row[:2] for row in cells[2]], "the figures of the workbook"


def test_answers_singly_in_bulk_and_not_over_what_somebody_else_did(site: Site) -> None:
    officer, education = site.browser("officer"), agency(site, "education")
    page = officer.get(f"/corrections/1/{education}").text
    ids = re.findall(r'name="item" value="(\d+)"', page)
    assert len(ids) == 6
    assert officer.post("/corrections/1/answer", item=ids[:1], state="refused", note="").status_code == 400
    assert officer.post("/corrections/1/answer", state="done").status_code == 400
    assert (
        officer.post("/corrections/1/answer", item=ids[:1], state="refused", note="已核对原件").status_code
        == 303
    )
    done = officer.post("/corrections/1/answer", item=ids, state="done", note="已在系统更正", seen="open")
    assert done.status_code == 303
    states = site.rows(
        "select state, count(*) from correction where agency_id = :a group by 1 order by 1", a=education
    )
    assert states == [("done", 5), ("refused", 1)]
    assert "已由他人办理" in officer.get(done.location).text
    entries = site.rows(
        "select detail->>'count' from audit_entry where action = 'correction.answer' order by number"
    )
    assert entries == [("1",), ("5",)]


def test_nobody_answers_for_another_agency(site: Site) -> None:
    education = [
        str(row[0])
        for row in site.rows("select id from correction where agency_id = :a", a=agency(site, "education"))
    ]
    civil = [
        str(row[0])
        for row in site.rows(
            "select id from correction where agency_id = :a", a=agency(site, "civil_affairs")
        )
    ]
    clerk, officer = site.browser("clerk"), site.browser("officer")
    clerk.get("/corrections")
    clerk.get(f"/corrections/1/{agency(site, 'police')}")
    assert clerk.post("/corrections/1/answer", item=education[:1], state="done").status_code == 404
    officer.get(f"/corrections/1/{agency(site, 'education')}")
    assert (
        officer.post("/corrections/1/answer", item=[education[0], civil[0]], state="done").status_code == 404
    )
    assert site.one("select count(*) from correction where state <> 'open'") == 0


def test_programs_see_the_same(site: Site) -> None:
    officer = site.browser("officer")
    told = officer.get("/api/v1/corrections/?kind=pupil_number&limit=1").json
    assert (len(told["corrections"]), told["round_id"]) == (1, 1)
    more = officer.get(f"/api/v1/corrections/?kind=pupil_number&after={told['next']}").json
    assert more["next"] is None
    assert {each["kind"] for each in told["corrections"] + more["corrections"]} == {"pupil_number"}
    report = officer.get("/api/v1/corrections/report").json
    assert (report["total"], report["accepted"]) == (6, None)
    clerk = site.browser("clerk")
    assert clerk.get(f"/api/v1/corrections/?agency_id={agency(site, 'education')}").status_code == 404


def test_the_bureau_has_the_list_put_together_again(site: Site, tmp_path: Path) -> None:
    officer = site.browser("officer")
    officer.get("/corrections/1")
    assert officer.post("/corrections/1/gather").status_code == 303
    assert site.one("select count(*) from job where kind = 'gather_corrections' and state = 'queued'") == 1
    assert "正在整理" in officer.get("/corrections/1").text


def filled(answer: Any, answers: dict[int, tuple[str, str]]) -> bytes:
    """The downloaded list with some rows (from 0) filled in, as a spreadsheet saves it."""
    data = answer.data
    answer.close()
    rows = pd.read_excel(io.BytesIO(data), "更正清单", header=None, dtype=str, engine="calamine").fillna("")
    heads = list(rows.iloc[2])
    for at, told in answers.items():
        for name, value in zip(("办理结果", "办理说明"), told, strict=True):
            rows.iat[3 + at, heads.index(name)] = value
    return workbook("更正清单", rows.to_numpy().tolist())


def workbook(name: str, rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(name)
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return out.getvalue()


def test_a_list_filled_in_is_shown_before_it_is_taken(site: Site) -> None:
    officer, education = site.browser("officer"), agency(site, "education")
    officer.get(f"/corrections/1/{education}")
    told = {
        0: ("已更正", "已改"),
        1: ("原值无误", "已核对户口簿"),
        2: ("原值无误", ""),
        3: ("改了", ""),
        4: ("已更正", ""),
    }
    data = filled(officer.post(f"/corrections/1/{education}/items.xlsx"), told)
    ids = [
        row[0] for row in site.rows("select id from correction where agency_id = :a order by id", a=education)
    ]
    # Meanwhile somebody answers the fifth by the page.
    officer.post("/corrections/1/answer", item=str(ids[4]), state="refused", note="已核对")
    page = officer.post("/corrections/1/upload", file=(io.BytesIO(data), "更正清单.xlsx"))
    assert page.status_code == 200
    plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.text))
    assert "改动 2 冲突 1 有误 2" in plain
    assert "要写明依据" in plain
    assert "不在可选范围内" in plain
    assert site.one("select count(*) from correction where state = 'done'") == 0, "nothing is taken yet"
    chosen = re.findall(r'name="item" value="(\d+)" checked', page.text)
    assert chosen == [str(each) for each in ids[:2]], "a conflict is for a person to choose"
    sent = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="((?:state|note)-\d+)" value="([^"]*)"', page.text)
    }
    assert officer.post("/corrections/1/take", item=chosen, **sent).status_code == 303
    states = site.rows("select state from correction where agency_id = :a order by id", a=education)
    assert [each for (each,) in states] == ["done", "refused", "open", "open", "refused", "open"]


def test_another_file_is_refused_with_what_to_do(site: Site) -> None:
    officer = site.browser("officer")
    officer.get(f"/corrections/1/{agency(site, 'education')}")
    for data in (b"not a workbook", b"PK\x03\x04 broken"):
        answer = officer.post("/corrections/1/upload", file=(io.BytesIO(data), "x.xlsx"))
        assert answer.status_code == 400
    other = io.BytesIO(workbook("别的表", [["姓名", "号码"]]))
    answer = officer.post("/corrections/1/upload", file=(other, "x.xlsx"))
    assert answer.status_code == 400
    assert "下载 Excel" in answer.text
