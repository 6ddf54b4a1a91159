"""A child found on foot: looked up on every list first, and in earlier rounds; then a case like any other."""

from __future__ import annotations

import pytest

from tests.service.runs.county import Site, township_code
from tests.web import Browser

NEW = {
    "name": "山间无人",
    "birth_date": "2017-04-05",
    "township": township_code(0),
    "why": "走访时在工棚见到，随父母流动",
}


def enter(who: Browser, **form: str):
    who.get("/rounds/1/cases/new")
    return who.post("/rounds/1/cases/new", **{**NEW, **form})


def listed(site: Site, code: str) -> tuple[int, str, str, str]:
    """No, name, number, birthday of a child on the lists of a township who has a whole number."""
    return next(
        (row[0], row[3], row[4], row[5].isoformat())
        for row in site.children()
        if len(row) > 10 and row[1] == code and len(row[4]) == 18 and row[5] and row[7] == "enrolled"
    )


def test_a_child_on_no_list_gets_a_case(cases_seen: Site) -> None:
    site = cases_seen
    verifier = site.browser("verifier")
    before = site.one("select count(*) from child_case")
    child = {"name": "山间新来", "phone": "13900000000"}
    preview = enter(verifier, **child)
    assert preview.status_code == 200
    assert "都没有相符的儿童" in preview.text
    assert site.one("select count(*) from child_case") == before
    done = enter(verifier, **child, yes="1")
    assert done.status_code == 303
    told = "kind, state, no, region_code, township, expected_grade"
    row = site.rows(f"select {told} from child_case order by id desc limit 1")[0]
    assert row == ("by_hand", "open", before + 1, township_code(0), "城关镇", 4)
    page = verifier.get(done.location).text
    assert "山间新来" in page
    assert "走访时在工棚见到" in page
    assert "13900000000" not in page
    stored = site.one("select string_agg(c::text, '') from child c")
    assert "山间新来" not in stored
    assert "13900000000" not in stored


def test_the_number_runs_through_the_whole_round(cases_seen: Site) -> None:
    """A township that does not see the other cases still gives no number twice."""
    site = cases_seen
    assert enter(site.browser("verifier"), name="山间其一", yes="1").status_code == 303
    second = enter(site.browser("verifier_1"), name="山间另一", township=township_code(1), yes="1")
    assert second.status_code == 303
    numbers = [row[0] for row in site.rows("select no from child_case order by no")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_who_stands_on_a_list_is_shown_before(cases_seen: Site) -> None:
    """By the number, or by name and birthday; also on another township's list, without its page."""
    site = cases_seen
    verifier = site.browser("verifier")
    no, name, number, birth = listed(site, township_code(0))
    by_number = enter(verifier, name="另写的名", id_number=number, birth_date="")
    assert f"/runs/1/children/{no}" in by_number.text
    assert "证件号码相同" in by_number.text
    by_name = enter(verifier, name=name, birth_date=birth)
    assert "姓名和出生日期相同" in by_name.text
    assert number not in by_name.text
    no, name, number, birth = listed(site, township_code(1))
    elsewhere = enter(verifier, id_number=number)
    assert "证件号码相同" in elsewhere.text
    assert "清溪镇" in elsewhere.text
    assert f"/runs/1/children/{no}" not in elsewhere.text
    assert number not in str(site.rows("select detail::text from audit_entry where action = 'case.enter'"))


def test_who_has_a_case_gets_no_second_one(cases_seen: Site) -> None:
    site = cases_seen
    verifier = site.browser("verifier")
    child = {"name": "山间只一"}
    assert enter(verifier, **child, yes="1").status_code == 303
    again = enter(verifier, **child)
    assert "本批次已有个案" in again.text
    same = site.one("select max(child_id) from child_case")
    assert enter(verifier, **child, yes="1", same=str(same)).status_code == 409
    assert enter(verifier, **child, yes="1", same="99999").status_code == 409


def test_a_child_of_an_earlier_round_goes_on_under_the_same_child(cases_seen: Site) -> None:
    site = cases_seen
    officer, child = site.browser("officer"), {"name": "山间旧识"}
    assert enter(officer, **child, yes="1").status_code == 303
    same = site.one("select max(child_id) from child_case")
    site.rows_changed("delete from case_event where case_id = (select max(id) from child_case)")
    site.rows_changed("delete from child_case where id = (select max(id) from child_case)")
    found = enter(officer, **child)
    assert "以往批次核查过" in found.text
    assert enter(officer, **child, yes="1", same=str(same)).status_code == 303
    assert site.one("select max(child_id) from child_case") == same


@pytest.mark.parametrize(
    "form",
    [
        {"name": ""},
        {"birth_date": ""},
        {"birth_date": "2017-13-05"},
        {"birth_date": "1917-01-05"},
        {"id_number": "12345"},
        {"township": ""},
        {"township": "000000000"},
        {"sex": "未知"},
        {"why": ""},
    ],
    ids=str,
)
def test_half_an_entry_is_said(cases_seen: Site, form: dict[str, str]) -> None:
    query = "select count(*) from child_case"
    before = cases_seen.one(query)
    assert enter(cases_seen.browser("verifier"), **form, yes="1").status_code == 422
    assert cases_seen.one(query) == before


def test_a_township_enters_its_own_alone(cases_seen: Site) -> None:
    answer = enter(cases_seen.browser("verifier"), township=township_code(1), yes="1")
    assert answer.status_code == 422
