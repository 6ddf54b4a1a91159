"""The pages of notices: issued, delivered, printed in one file; templates put in, refused, withdrawn."""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import replace
from io import BytesIO
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from service.cases.rules import case_of
from service.notices import batch, rules
from service.notices.documents import text_of
from service.notices.rules import Wanted
from service.rounds.views import today
from tests.service.notices.papers import template, with_parts
from tests.service.plans.steps import entered, persuading, rename
from tests.service.runs.county import Site


def data_of(answer: TestResponse) -> bytes:
    """What was sent, once the file behind it is closed."""
    assert answer.status_code == 200, answer.status_code
    data = answer.data
    answer.close()
    return data


def test_a_notice_is_issued_delivered_and_opened_by_its_pages(cases_site: Site) -> None:
    site, number = cases_site, persuading(cases_site)
    rename(site, number, name="<阿依>&古丽", guardian="买买提")
    who, here = site.browser("verifier"), f"/cases/{number}/notices"
    page = who.get(here)
    assert page.status_code == 200
    assert "可以制发" in page.text
    assert "须先制发并送达《劝返通知书》" in page.text
    version = site.one("select version from child_case where id = :n", n=number)
    assert who.post(here, kind="persuade", version=str(version - 1)).status_code == 409
    assert who.post(here, kind="persuade", version=str(version), term="x").status_code == 422
    assert who.post(here, kind="persuade", version=str(version), reason="未到校").status_code == 303
    page = who.get(here).text
    assert f"城关镇人民政府控辍〔{today().year}〕1号" in page
    assert "待送达" in page
    got = who.get("/notices/1/file")
    assert "劝返通知书" in unquote(got.headers["Content-Disposition"])
    assert "<阿依>&古丽" in text_of(data_of(got))
    assert who.post("/notices/1/served", day="2020-01-01", how="S01", to="其父").status_code == 422
    assert who.post("/notices/1/served", day=today().isoformat(), how="S01", to="其父").status_code == 303
    page = who.get(here).text
    assert "签收：其父" in page
    assert "期限内" in page
    assert who.post("/notices/1/withdraw", why="").status_code == 422
    assert who.post("/notices/1/withdraw", why="名字写错了").status_code == 303
    assert "已撤销" in who.get(here).text
    steps = [
        each["step"]
        for (each,) in site.rows(
            "select detail from audit_entry where action = 'notice.issue' order by number"
        )
    ]
    assert steps == ["issue", "download", "serve", "withdraw"]


@pytest.mark.parametrize(
    ("login", "listed", "opened", "issued"),
    [
        ("officer", 200, 200, 422),
        ("verifier", 200, 200, 422),
        ("verifier_1", 200, 404, 404),
        ("leader", 200, 403, 403),
        ("member", 200, 403, 403),
        ("clerk", 200, 403, 403),
        ("sysadmin", 403, 403, 403),
    ],
)
def test_who_may_do_what(one_notice: tuple[Site, int], login, listed, opened, issued) -> None:
    site, number = one_notice
    who = site.browser(login)
    page = who.get("/notices")
    assert page.status_code == listed
    assert ("欧阳犇骉" in page.text) == (login in ("officer", "verifier"))
    assert ("控辍〔" in page.text) == (login in ("officer", "verifier", "leader", "member"))
    file = who.get("/notices/1/file")
    file.close()
    assert file.status_code == opened
    who.get("/me")
    assert who.post(f"/cases/{number}/notices", kind="nothing").status_code == issued
    assert who.get("/notices/templates").status_code == (200 if login == "officer" else 403)


@pytest.fixture(scope="module")
def one_notice(cases_seen: Site) -> tuple[Site, int]:
    """A case with a notice whose number is 1."""
    site, number = cases_seen, persuading(cases_seen)
    rename(site, number, name="欧阳犇骉")
    with site.acting("verifier", "notice.issue") as (session, who):
        case = case_of(session, number)
        assert (
            rules.issue(
                session, site.settings, who, case, Wanted("persuade", reason="秘密的事由"), today()
            ).id
            == 1
        )
    return site, number


def test_what_was_filled_in_is_for_those_who_may_read_remarks(one_notice: tuple[Site, int]) -> None:
    site, number = one_notice
    for login in ("verifier", "officer", "leader", "member", "auditor"):
        page = site.browser(login).get(f"/cases/{number}/notices").text
        assert ("秘密的事由" in page) == (login in ("verifier", "officer")), login


def test_the_list_of_notices_is_paged_there_and_back(cases_site: Site, monkeypatch) -> None:
    site = cases_site
    numbers = entered(site, 5, state="persuading")
    who = site.browser("verifier")
    who.get("/notices/batch?kind=persuade")
    assert who.post("/notices/batch", kind="persuade", case=[*map(str, numbers)]).status_code == 303
    who.get("/notices")  # which numbers were given is told once
    monkeypatch.setattr(batch, "PAGE", 2)

    def walked(path: str, way: str) -> dict[str, list[str]]:
        """Address of each page -> the numbers on it."""
        pages = {}
        while path:
            page = who.get(path).text
            pages[path] = re.findall(r"〕(\d+)号", page)
            found = re.search(rf'rel="{way}" href="([^"]+)"', page)
            path = html.unescape(found[1]) if found else ""
        return pages

    there = walked("/notices?kind=persuade", "next")
    assert [*there.values()] == [["5", "4"], ["3", "2"], ["1"]]
    assert [*walked([*there][-1], "prev").values()] == [["1"], ["3", "2"], ["5", "4"]]
    assert who.get("/notices?before=²").status_code == 400


def test_many_are_issued_and_printed_in_one_file(cases_site: Site) -> None:
    site = cases_site
    numbers = entered(site, 3, state="persuading") + entered(site, 1, state="persuading", school="红旗小学")
    (waiting,) = entered(site, 1, state="verifying")
    rename(site, numbers[0], name="=HYPERLINK(1)")
    who = site.browser("verifier")
    page = who.get("/notices/batch?kind=persuade").text
    assert page.count('name="case"') == 4
    assert "须先制发" in who.get("/notices/batch?kind=return_by").text
    assert who.post("/notices/batch", kind="persuade").status_code == 400
    sent = who.post("/notices/batch", kind="persuade", case=[*map(str, numbers), str(waiting)])
    assert sent.status_code == 303
    page = who.get(sent.location).text
    assert "已制发 4 份" in page
    assert "没有制发" in page
    got = who.post("/notices/print", kind="persuade", purpose="清溪镇送达")
    with zipfile.ZipFile(BytesIO(data_of(got))) as parts:
        names = parts.namelist()
        assert sum(name.startswith("城关镇/城关镇中心小学/劝返通知书-") for name in names) == 3
        assert sum(name.startswith("城关镇/红旗小学/") for name in names) == 1
        for name in names:
            if name.endswith(".docx"):
                assert "劝返通知书" in text_of(parts.read(name))
        rows = (
            CalamineWorkbook.from_filelike(BytesIO(parts.read("清单.xlsx"))).get_sheet_by_index(0).to_python()
        )
    assert len(rows) == 3 + 4
    assert any("=HYPERLINK(1)" in row for row in rows)
    school = who.post("/notices/print", school="红旗小学", purpose="送达文书")
    assert len(zipfile.ZipFile(BytesIO(data_of(school))).namelist()) == 2
    assert who.post("/notices/print", kind="persuade", purpose="").status_code == 400
    assert who.post("/notices/print", kind="order", purpose="送达文书").status_code == 400
    other = site.browser("verifier_1")
    other.get("/notices")
    assert other.post("/notices/print", kind="persuade", purpose="送达文书").status_code == 400


def put(who, kind: str, data: bytes, name: str = "模板.docx"):
    who.get("/notices/templates")
    return who.post(f"/notices/templates/{kind}", file=(BytesIO(data), name))


def test_a_bureau_puts_its_own_template_over_ours(cases_site: Site) -> None:
    """Downloaded, changed, put in; used from then on; every version is kept; out of use, the one before."""
    site, who = cases_site, cases_site.browser("officer")
    ours = who.get("/notices/templates/persuade/0")
    assert "{{ 儿童姓名 }}" in text_of(data_of(ours))
    assert put(who, "persuade", template(["{{ 文号 }}", "本县式样：{{ 儿童姓名 }}"])).status_code == 303
    assert put(who, "persuade", template(["{{ 文号 }}", "再改的式样：{{ 儿童姓名 }}"])).status_code == 303
    assert site.rows("select no, fields from notice_template order by no") == [
        (1, ["文号", "儿童姓名"]),
        (2, ["文号", "儿童姓名"]),
    ]
    assert "本县式样" in text_of(data_of(who.get("/notices/templates/persuade/1")))
    assert issued(site) == "再改的式样"
    who.get("/notices/templates")
    assert who.post("/notices/templates/2/withdraw").status_code == 303
    assert who.post("/notices/templates/2/withdraw").status_code == 409
    assert issued(site) == "本县式样"
    assert who.post("/notices/templates/1/withdraw").status_code == 303
    assert issued(site) == "经核查"
    assert site.one("select count(*) from audit_entry where action = 'template.edit'") == 4


def issued(site: Site) -> str:
    """Issue a notice; gives the words with which the paragraph about the child begins."""
    (number,) = entered(site, 1, state="persuading")
    who = site.browser("verifier")
    who.get("/me")
    assert who.post(f"/cases/{number}/notices", kind="persuade").status_code == 303
    notice = site.one("select max(id) from notice")
    text = text_of(data_of(who.get(f"/notices/{notice}/file")))
    return next(word for word in ("再改的式样", "本县式样", "经核查") if word in text)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (template(["{{ 文号 }}{{ 儿童姓名 }}{{ 监护任 }}"]), "{{ 监护任 }}"),
        (with_parts({"word/vbaProject.bin": b"\xd0\xcf"}), "宏"),
        (b"not a document", "打不开"),
        (b"", "打不开"),
    ],
    ids=["unknown field", "macro", "text", "empty"],
)
def test_a_bad_template_is_refused_with_why_and_not_kept(templates_site: Site, data: bytes, why: str) -> None:
    who = templates_site.browser("officer")
    before = templates_site.one("select count(*) from notice_template")
    refused = put(who, "order", data)
    assert refused.status_code == 422
    assert why in refused.text
    assert templates_site.one("select count(*) from notice_template") == before


@pytest.fixture(scope="module")
def templates_site(cases_seen: Site) -> Site:
    """A county whose templates are ours."""
    return cases_seen


def test_a_template_goes_through_the_virus_check(cases_site: Site) -> None:
    """A real command refuses what has a word in it; one that is not there lets nothing through."""
    good, bad = (template(["{{ 文号 }}{{ 儿童姓名 }}", each], packed=False) for each in ("good", "EICAR"))
    for scanner, data, status in (
        ("sh -c '! grep -q EICAR \"$0\"'", good, 303),
        ("sh -c '! grep -q EICAR \"$0\"'", bad, 422),
        ("/nowhere/scanner", good, 503),
    ):
        site = Site(replace(cases_site.settings, scanner=scanner), cases_site.database)
        assert put(site.browser("officer"), "order", data).status_code == status, scanner
    assert cases_site.one("select count(*) from notice_template") == 1


def test_no_file_is_no_template(templates_site: Site) -> None:
    who = templates_site.browser("officer")
    who.get("/notices/templates")
    assert who.post("/notices/templates/order").status_code == 422
    assert who.get("/notices/templates/order/9").status_code == 404
    assert who.get("/notices/templates/nothing/0").status_code == 404


def test_an_agency_says_under_what_it_numbers(cases_site: Site) -> None:
    site = cases_site
    who = site.browser("verifier")
    assert "城关镇人民政府控辍" in who.get("/notices/letterhead").text
    assert who.post("/notices/letterhead", word="城关〔2026〕", contact="", telephone="").status_code == 422
    assert (
        who.post("/notices/letterhead", word="城关教控", contact="李四", telephone="0990-1").status_code
        == 303
    )
    (number,) = entered(site, 1, state="persuading")
    who.get("/me")
    said = {"kind": "inquiry", "recipient": "某县教育局"}
    assert who.post(f"/cases/{number}/notices", **said).status_code == 303
    text = text_of(data_of(who.get("/notices/1/file")))
    assert f"城关教控〔{today().year}〕1号" in text
    assert "联系人：李四　　联系电话：0990-1" in text
