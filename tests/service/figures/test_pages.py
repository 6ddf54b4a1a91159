"""The pages of figures: who sees what, each number with the list behind it, the same questions each time."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text

from service.db import SYSTEM, transaction
from service.export.suppression import HIDDEN, SMALL
from service.figures.wording import COLUMNS
from service.meetings.figures import digest_of, figures_of
from service.rounds.rules import round_of
from tests.service.played import Played
from tests.service.runs.county import Site, account_id, township_code
from tests.web import statements

SEE = ("officer", "leader", "auditor", "member", "verifier")


@pytest.fixture(scope="module")
def people(played: Played) -> dict[str, Any]:
    return {login: played.site.browser(login) for login in (*SEE, "clerk", "sysadmin")}


def cells(page: str) -> dict[str, list[str]]:
    """First cell of each row of the table of townships -> its numbers."""
    part = page[page.rindex("<table", 0, page.index("<tfoot>")) : page.index("</tfoot>")]
    rows = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
    found = [re.findall(r"<t[hd].*?</t[hd]>", row) for row in rows]
    told = [[unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in row] for row in found]
    return {row[0]: row[1:] for row in told}


def test_each_role_sees_what_the_table_of_permissions_says(people) -> None:
    for login, who in people.items():
        assert who.get("/figures").status_code == (200 if login in SEE else 403), login


def test_a_leader_reads_four_numbers_the_funnel_and_the_pictures(people) -> None:
    page = people["leader"].get("/figures").text
    for said in (
        "名单儿童",
        "尚未核实",
        "失学辍学",
        "从名单到结果",
        "误报占比应逐季下降",
        "各部门名单的质量",
        "计划文件口径",
    ):
        assert said in page, said
    assert page.count("data-chart=") == 3
    assert page.count("data-table open") == 3, "each picture has the table of its numbers beside it"
    assert " style=" not in page
    assert "<script>" not in page


def test_a_verifier_sees_their_own_township_alone(people) -> None:
    page = people["verifier"].get("/figures").text
    assert set(cells(page)) == {"乡镇", "城关镇", "合计"}
    assert "各部门名单的质量" not in page
    assert people["verifier"].get(f"/figures/township/{township_code(0)}").status_code == 200
    assert people["verifier"].get(f"/figures/township/{township_code(1)}").status_code == 404
    assert people["verifier"].post("/figures/1/report", purpose="留存备查").status_code == 403


def test_each_number_leads_to_just_as_many(people) -> None:
    """Every link of the page: children to the list, cases to theirs; the number is the list's length."""
    seen = 0
    for login in ("officer", "verifier"):
        who = people[login]
        page = who.get("/figures").text
        for url, number in set(re.findall(r'<a href="(/(?:runs|figures/cases)[^"]+)">([\d,]+)</a>', page)):
            behind = who.get(unescape(url)).text
            count = int(number.replace(",", ""))
            if url.startswith("/runs"):
                assert f"共 {count:,} 名" in behind, url
            else:
                assert len(re.findall(r'href="/cases/\d+"', behind)) == count, url
            seen += 1
    assert seen > 30


def test_the_page_asks_as_often_for_many_as_for_few(played: Played, run_site: Site, people) -> None:
    people["officer"].get("/figures")
    with statements(played.site) as many:
        assert people["officer"].get("/figures").status_code == 200
    few_of = run_site.browser("officer")
    few_of.get("/figures")
    with statements(run_site) as few:
        assert few_of.get("/figures").status_code == 200
    assert len(many) == len(few) < 40


def test_a9_another_agency_sees_no_small_number(people) -> None:
    officer, member = (cells(people[login].get("/figures").text) for login in ("officer", "member"))
    assert set(officer) == set(member)
    hidden = 0
    for name, row in officer.items():
        for exact, shown in zip(row, member[name], strict=True):
            assert shown in (exact, SMALL, HIDDEN)
            if exact.isdigit() and 0 < int(exact) < 5:
                assert shown in (SMALL, HIDDEN)
                hidden += 1
    assert hidden > 10


def test_a9_subtracting_on_the_page_gives_nothing(people) -> None:
    """Fill in, as often as it goes, the one number that a row or a column lacks: no small one comes out."""
    officer, member = (cells(people[login].get("/figures").text) for login in ("officer", "member"))
    names = [name for name in officer if name != "乡镇"]
    known = {
        (name, at): int(each.replace(",", ""))
        for name in names
        for at, each in enumerate(member[name])
        if each not in (SMALL, HIDDEN)
    }
    sums = [(("合计", at), [(name, at) for name in names[:-1]]) for at in range(12)]
    for name in names:
        sums += [
            ((name, 0), [(name, at) for at in (1, 3, 4)]),
            ((name, 5), [(name, at) for at in range(6, 12)]),
        ]
    found = True
    while found:
        found = False
        for total, parts in sums:
            lacking = [key for key in (total, *parts) if key not in known]
            if len(lacking) == 1:
                inner = sum(known[key] for key in parts if key in known)
                known[lacking[0]] = inner if lacking[0] == total else known[total] - inner
                found = True
    small = {
        (name, at)
        for name in names
        for at, each in enumerate(officer[name])
        if 0 < int(each.replace(",", "")) < 5
    }
    assert small
    assert small & set(known) == set()


def test_a_program_reads_what_the_page_shows(people) -> None:
    exact = people["officer"].get("/api/v1/rounds/1/figures").json
    page = cells(people["officer"].get("/figures").text)
    assert [exact["total"]["texts"][column] for column in COLUMNS] == page["合计"]
    assert [exact["total"]["numbers"][column] for column in COLUMNS] == [*map(int, page["合计"])]
    told = {each["code"]: each for each in exact["indicators"]}
    assert told["O3"]["value"] is None
    assert "九年前" in told["O3"]["why_not"]
    assert told["P2"]["numerator"] == 1
    hidden = people["member"].get("/api/v1/rounds/1/figures").json
    assert not hidden["exact"]
    assert all(each["numerator"] is None and each["value"] is None for each in hidden["indicators"])
    assert hidden["trend"][0]["numbers"] is None
    small = [
        each for place in hidden["townships"] for each in place["numbers"].values() if each in (1, 2, 3, 4)
    ]
    assert small == []
    assert people["member"].get("/api/v1/rounds/99/figures").status_code == 404
    assert people["clerk"].get("/api/v1/rounds/1/figures").status_code == 403


def test_behind_unknown_words_is_nothing(people) -> None:
    assert people["officer"].get("/figures/cases?what=children").status_code == 404
    assert people["officer"].get("/figures/cases?what=nobody").status_code == 404
    assert people["officer"].get("/figures/cases?what=kind:x").status_code == 404
    assert people["officer"].get("/figures/cases?township=x").status_code == 400
    assert people["officer"].get("/figures?round=x").status_code == 400


def test_what_was_signed_is_what_is_shown(cases_site: Site) -> None:
    """The meeting's numbers stand, and where the cases say otherwise the page says so."""
    site = cases_site
    with site.acting("officer", "meeting.edit") as (session, _):
        signed = figures_of(session, round_of(session, 1))
        officer = account_id(session, "officer")
    signed["total"] |= {"pending": 6, "closed": 1}
    signed["townships"][0] |= {"pending": 0, "closed": 1}
    with transaction(site.settings.database_url, SYSTEM) as session:
        session.execute(
            text(
                "insert into meeting (round_id, figures, digest, created_by, closed_by, closed_at)"
                " values (1, cast(:figures as jsonb), :digest, :who, :who, now())"
            ),
            {"figures": json.dumps(signed), "digest": digest_of(signed), "who": officer},
        )
        session.execute(text("update round set state = 'signed'"))
    page = site.browser("leader").get("/figures").text
    assert digest_of(signed)[:16] in page
    assert cells(page)["合计"][6] == "6"
    assert cells(page)["合计"][11] == "1"
    assert "签字时 6，现在 7" in page
