"""The pages of the review: who sees them, what they hide, that forms go on, and how often they ask."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.service.reviews.county import no_of, places, state_of
from tests.service.runs.county import Site
from tests.web import statements

ROLES = ("officer", "leader", "auditor", "member", "verifier", "clerk", "sysadmin")


@pytest.fixture(scope="module")
def people(seen: Site) -> dict[str, Any]:
    return {login: seen.browser(login) for login in ROLES}


@pytest.mark.parametrize("login", ROLES)
def test_each_role_sees_what_the_table_of_permissions_says(seen: Site, people, login: str) -> None:
    child = f"/reviews/1/children/{no_of(seen, '钱多多')}"
    for path in ("/reviews/1", child):
        assert people[login].get(path).status_code == (
            200 if login in ("officer", "leader", "auditor") else 403
        )
    assert ("同一人" in people["officer"].get(child).text) is True
    assert 'value="same"' not in people["auditor"].get(child).text


def test_the_queue_tells_who_and_why(seen: Site, people) -> None:
    page = people["officer"].get("/reviews", follow_redirects=True).text
    first = re.search(r"/reviews/1/children/(\d+)", page)
    assert first
    assert int(first[1]) == no_of(seen, "司马青")
    for said in ("重点人群", "一判即定", "待判定 7", "0 / 7", "盲审抽样"):
        assert said in page
    assert "/children/" not in people["officer"].get("/reviews/1?state=enrolled").text
    page = people["officer"].get("/reviews/1?school=城关第一小学").text
    shown = re.findall(r"/children/(\d+)\?school", page)
    assert [int(each) for each in shown] == [no_of(seen, "次仁")]
    assert people["auditor"].get("/reviews/1?group=孤儿").status_code == 400
    assert "重点人群" not in people["auditor"].get("/reviews/1").text
    assert people["officer"].get("/reviews/1?state=x").status_code == 400


def test_a_child_stands_beside_its_candidate_with_what_differs_marked(seen: Site, people) -> None:
    path = f"/reviews/1/children/{no_of(seen, '钱多多')}"
    page = people["officer"].get(path).text
    for said in (
        "李满堂",
        "<mark>",
        "差 1 字",
        "户主姓名/监护人姓名",
        "比对的依据",
        "学籍在册学生.csv#1:32",
        'data-key="s"',
    ):
        assert said in page, said
    assert not re.search(r"(?<!\d)6599\d{13}[\dX]", page)
    assert " style=" not in page
    leader = people["leader"].get(path).text
    assert "钱多多" not in leader
    assert "李满堂" not in leader


def test_marks_are_switched_off_until_they_are_switched_on(seen: Site) -> None:
    who, path = seen.browser("officer"), f"/reviews/1/children/{no_of(seen, '钱多多')}"
    assert "<mark>" in who.get(path).text
    assert "<mark>" not in who.get(f"{path}?marks=off").text
    assert "<mark>" not in who.get(path).text, "remembered"
    assert "<mark>" in who.get(f"{path}?marks=on").text
    assert "<mark>" in who.get(path).text


def test_a_word_goes_on_to_the_next_and_is_undone(site: Site) -> None:
    who = site.browser("officer")
    started = who.get("/reviews/1/next")
    path = started.location
    said = who.get(path)
    place = re.search(r'name="place" value="([^"]+)"', said.text)
    assert place
    answer = who.post(f"{path}/decide", verdict="same", place=place[1], reason="")
    assert answer.status_code == 303
    assert answer.location != path
    assert "1 / 7" in who.get("/reviews/1").text
    assert who.post(f"{path}/decide", verdict="same", place=place[1]).status_code == 409
    assert who.post("/reviews/1/undo").location == path
    assert "0 / 7" in who.get("/reviews/1").text
    assert site.one("select count(*) from audit_entry where action = 'review.decide'") >= 2


def test_a_child_with_two_candidates_is_asked_about_twice_or_refused_at_once(site: Site) -> None:
    who, no = site.browser("officer"), no_of(site, "次仁")
    path = f"/reviews/1/children/{no}"
    assert "都不是" in who.get(path).text
    first, second = places(site, "次仁")
    assert who.post(f"{path}/decide", verdict="different", place=first).location == path
    page = who.get(path).text
    assert f'name="place" value="{second}"' in page
    assert who.post(f"{path}/decide", verdict="none", place="").location != path
    assert site.one("select state from review_item where no = :no", no=no) == "not_enrolled"


def test_a_decision_is_withdrawn_with_a_reason(site: Site) -> None:
    who, no = site.browser("officer"), no_of(site, "欧阳雪")
    path = f"/reviews/1/children/{no}"
    who.get(path)
    who.post(f"{path}/decide", verdict="none")
    number = site.one("select id from review_decision")
    assert "判定经过" in who.get(path).text
    assert who.post(f"/reviews/decisions/{number}/withdraw", reason="").status_code == 400
    assert who.post(f"/reviews/decisions/{number}/withdraw", reason="学校证实是同一人").location == path
    assert "学校证实是同一人" in who.get(path).text
    assert "学校证实是同一人" not in site.browser("leader").get(path).text


STATEMENTS = {"/reviews/1": 16, "/reviews/1?state=open&page=1": 16, "/reviews/1/children/{no}": 18}


@pytest.mark.parametrize("path", STATEMENTS)
def test_a_page_asks_the_database_so_often_and_no_more(seen: Site, people, path: str) -> None:
    asked = path.format(no=no_of(seen, "次仁"))
    people["officer"].get(asked)
    with statements(seen) as said:
        assert people["officer"].get(asked).status_code == 200
    assert len(said) <= STATEMENTS[path], "\n".join(said)


@pytest.mark.parametrize("path", ["/reviews/1", "/reviews/1/children/{no}"])
def test_pages_speak_english_too(seen: Site, path: str) -> None:
    page = seen.browser("officer").get(f"{path.format(no=no_of(seen, '次仁'))}?lang=en")
    assert page.status_code == 200
    assert "Same person" in page.text or "Doubtful" in page.text


def test_before_the_first_run_the_page_says_so(lists: Site) -> None:
    page = lists.browser("officer").get("/reviews")
    assert page.status_code == 200
    assert "还没有比对结果" in page.text


def test_the_state_of_a_run_does_not_change_by_deciding(seen: Site) -> None:
    assert state_of(seen, "钱多多") == "review"
