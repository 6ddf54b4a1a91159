"""A school and a village: the cases given to them and the children whom they enter, and nobody else's."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from service.agencies.models import Region
from service.cases.models import Case, Child
from service.db import SYSTEM, transaction
from service.runs.models import RunChild
from tests.architecture.routes import methods, rules
from tests.service.cases.desk import PAPER, RESULT, facts, give, open_case, picture, shown, step
from tests.service.conftest import Kept
from tests.service.plans.steps import entered
from tests.service.runs.county import COUNTY, Site, admit, township_code
from tests.service.worksheets.program import Filled
from tests.web import Browser

VILLAGE = f"{township_code(0)}001"
AT = {
    "school": ("school", township_code(0)),
    "county_school": ("school", COUNTY),
    "village": ("village", VILLAGE),
}
NEW = {
    "birth_date": "2017-04-05",
    "township": township_code(0),
    "phone": "13900000000",
    "why": "家访时见到，随父母流动",
}


@pytest.fixture(scope="module")
def site(kept_cases: Kept) -> Iterator[Site]:
    """The county with a school in a township, one of the county, and a village."""
    with kept_cases.lent() as made:
        with transaction(made.settings.database_url, SYSTEM) as session:
            session.add(Region(code=VILLAGE, parent_code=township_code(0), name="凤树村"))
            session.flush()
            for login, (kind, code) in AT.items():
                admit(session, made.settings, login, kind, code)
        yield made


def given(site: Site, login: str) -> int:
    """A case of the first township, given to somebody's agency."""
    case_id = entered(site, 1)[0]
    give(site, site.browser("officer"), case_id, login)
    return case_id


def enter(who: Browser, **form: str) -> Any:
    who.get("/rounds/1/cases/new")
    return who.post("/rounds/1/cases/new", **{**NEW, **form})


def seen(site: Site, login: str, query: Any, action: str = "case.view") -> set[Any]:
    """What a statement gives behind somebody's walls."""
    with site.acting(login, action) as (session, _):
        return set(session.scalars(query))


@pytest.mark.parametrize("login", AT)
def test_it_sees_what_is_given_to_it_alone(site: Site, login: str) -> None:
    who, case_id = site.browser(login), given(site, login)
    assert shown(who.get("/rounds/1/cases").text) == {case_id}
    assert seen(site, login, select(Case.id)) == {case_id}
    assert len(seen(site, login, select(Child.id))) == 1
    assert who.get(f"/cases/{open_case(site)}").status_code == 404
    assert step(site, who, case_id, "verify/accept") == 303
    assert picture(who, case_id) == 303
    assert step(site, who, case_id, "verify/submit", **RESULT) == 303
    assert facts(site, case_id)[0] == "submitted"
    assert step(site, site.browser("officer"), case_id, "decide/approve") == 303
    assert who.get(f"/cases/{case_id}").status_code == 200, "what it has done stays before it"


@pytest.mark.parametrize("login", AT)
def test_it_enters_a_child_and_works_on_it_at_once(site: Site, login: str) -> None:
    who, name = site.browser(login), f"山间{'甲乙丙'[list(AT).index(login)]}"
    before = seen(site, login, select(Case.id))
    assert "都没有相符的儿童" in enter(who, name=name).text
    done = enter(who, name=name, yes="1")
    assert done.status_code == 303, done.text
    (case_id,) = seen(site, login, select(Case.id)) - before
    page = who.get(f"/cases/{case_id}").text
    assert name in page
    assert "13900000000" not in page, "masked, like every telephone"
    told = site.rows(
        "select kind, state, region_code, township, due is null from child_case where id = :n", n=case_id
    )
    assert told == [("by_hand", "verifying", township_code(0), "城关镇", False)]
    steps = site.rows("select kind from case_event where case_id = :n order by id", n=case_id)
    assert steps == [("open",), ("assign",), ("accept",)]
    visit = {"day": "2026-09-02", "method": "M01", "said": "随父母流动", "reached": "1"}
    assert step(site, who, case_id, "contacts", **visit) == 303
    assert picture(who, case_id, PAPER) == 303
    assert step(site, who, case_id, "verify/submit", **RESULT) == 303
    assert case_id in shown(site.browser("verifier").get("/rounds/1/cases?kind=by_hand").text), (
        "the township's too"
    )
    others = [other for other in AT if other != login]
    assert not any(case_id in seen(site, other, select(Case.id)) for other in others)


def test_who_is_on_a_list_is_told_without_the_name(site: Site) -> None:
    """A number alone tells nobody whose it is; what must be known is that the child is on a list."""
    row = next(
        row for row in site.children() if len(row) > 10 and row[1] == township_code(0) and len(row[4]) == 18
    )
    answer = enter(site.browser("school"), name="另写的名", birth_date="", id_number=row[4])
    assert "证件号码相同" in answer.text
    assert row[3] not in answer.text
    assert f"/runs/1/children/{row[0]}" not in answer.text
    assert row[3] in enter(site.browser("verifier"), name="另写的名", birth_date="", id_number=row[4]).text


def test_what_it_gives_back_is_out_of_its_sight(site: Site) -> None:
    """On the page, and by a row of its worksheet: the wall lets it give back what it then sees no more."""
    who = site.browser("school")
    by_page, by_sheet = given(site, "school"), given(site, "school")
    who.get("/rounds/1/worksheet")
    with who.post("/rounds/1/worksheet/download", purpose="离线核查") as sent:
        filled = Filled(sent.data)
    assert step(site, who, by_page, "verify/hand_back", note="不是本校学生") == 303
    for row in filled.rows().values():
        filled.put(row, {"处理": "退回", "退回理由": "不是本校学生"})
    sent = who.post("/rounds/1/worksheet", file=(io.BytesIO(filled.data()), "填好.xlsx"))
    assert sent.status_code == 303, sent.text
    who.get(sent.location)
    assert who.post(f"{sent.location}/take").status_code == 303
    for case_id in (by_page, by_sheet):
        assert facts(site, case_id)[0] == "open"
        assert facts(site, case_id)[3] is None
        assert who.get(f"/cases/{case_id}").status_code == 404
    assert not {by_page, by_sheet} & seen(site, "school", select(Case.id))


def test_it_has_no_list_of_children_and_gives_cases_to_nobody(site: Site) -> None:
    who, case_id = site.browser("school"), given(site, "school")
    assert step(site, who, case_id, "verify/accept") == 303
    for path in (
        "/children",
        "/runs/1/children",
        "/figures",
        "/ledgers/school_age",
        "/api/v1/runs/1/children",
    ):
        assert who.get(path).status_code == 403, path
    who.get("/me")
    for path in ("/rounds/1/cases/assign", "/runs/1/children/export", "/ledgers/school_age/export"):
        assert who.post(path, round="1", purpose="联席会议研判", format="csv").status_code == 403, path
    assert step(site, who, case_id, "requests", kind="help", agency="1", question="请协助") == 403
    assert seen(site, "school", select(RunChild.no)) == set()
    ledgers = who.get("/ledgers").text
    assert "适龄儿童台账" not in ledgers
    assert "清溪镇" not in ledgers, "no numbers of other townships"


def test_no_page_shows_it_a_neighbours_child(site: Site) -> None:
    """Every page there is, with the numbers of a case, a child and a row that are not its own."""
    who = site.browser("county_school")
    own = seen(site, "county_school", select(Case.child_id))
    others = (
        "select id, child_id, run_no from child_case where run_no is not null and not child_id = any(:own)"
        " order by id"
    )
    case_id, child_id, no = site.rows(others, own=list(own))[0]
    name = next(row[3] for row in site.children() if len(row) > 10 and row[0] == no)
    given_to = {"case_id": case_id, "child_id": child_id, "no": no}
    bound, walked = site.app.url_map.bind("localhost"), []
    for rule in rules(site.app):
        if "GET" not in methods(rule) or "logout" in rule.rule:
            continue
        told = {
            each: given_to.get(each, sorted(getattr(rule._converters[each], "items", None) or [1])[0])
            for each in rule.arguments
        }
        path = bound.build(rule.endpoint, told)
        with who.get(path) as answer:
            assert name.encode() not in answer.data, path
            # The health of the service may be bad: nobody works off the jobs of this site.
            assert answer.status_code < 500 or path.startswith("/health/"), path
            if re.search("case_id|child_id", rule.rule):
                assert answer.status_code in (403, 404), path
                walked.append(path)
    assert len(walked) > 5


def test_the_wall_itself_lets_nobody_write_a_child_without_its_case(site: Site) -> None:
    insert = text(
        "insert into child (region_code, name, id_number, guardian, phone, address, sex, ethnicity)"
        " values (:code, '', '', '', '', '', '', '')"
    )
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        site.acting("school", "case.enter") as (
            session,
            _,
        ),
    ):
        session.execute(insert, {"code": township_code(0)})
    taken = select(func.count()).select_from(Child).where(Child.name == b"")
    assert seen(site, "officer", taken) == {0}
