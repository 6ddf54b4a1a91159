"""Many cases at once: shown before, never over another's work, with a receipt; and passing one on."""

from __future__ import annotations

import io
import threading

import pandas as pd
import pytest

from service.cases.assigning import assign
from service.cases.models import Case
from service.privacy.custody import cipher_of
from tests.service.cases.desk import accepted, agency_of, facts, give, step
from tests.service.plans.steps import entered, taken
from tests.service.runs.county import AS_OF, COUNTY, Site, township_code
from tests.web import Browser


def assign_many(site: Site, who: Browser, **form: object):
    who.get("/rounds/1/cases")
    given = {"agency": str(agency_of(site, "verifier")), **form}
    return who.post("/rounds/1/cases/assign", **given)


def test_a_bulk_assignment_is_shown_then_done_with_a_receipt(cases_site: Site) -> None:
    site = cases_site
    officer, verifier = site.browser("officer"), site.browser("verifier")
    held = accepted(site, officer, verifier)
    codes = dict(site.rows("select region_code, count(*) from child_case group by 1"))
    # A case that no township is known of may go to any.
    own = codes[township_code(0)] - 1 + codes.get(COUNTY, 0)
    preview = assign_many(site, officer, all="1")
    assert preview.status_code == 200
    assert f"确认分派 {own} 个" in preview.text
    assert "已由他人办理(核查中)" in preview.text
    assert "不在该单位辖区" in preview.text
    assert site.one("select count(*) from child_case where state = 'assigned'") == 0, "nothing was done yet"
    done = assign_many(site, officer, all="1", yes="1", due="2099-12-01")
    assert done.status_code == 303
    assert site.one("select count(*) from child_case where state = 'assigned' and due = '2099-12-01'") == own
    assert facts(site, held)[0] == "verifying"
    assert f'已办理</dt>\n  <dd class="">{own}' in officer.get(done.location).text
    with officer.get(f"{done.location}/file") as sent:
        table = pd.read_excel(io.BytesIO(sent.data), header=2, dtype=str, engine="calamine")
    assert len(table) == sum(codes.values())
    assert (table["结果"] == "已办理").sum() == own
    assert table["姓名"].notna().all()
    assert (
        site.one("select count(*) from audit_entry where action = 'case.assign' and subject = 'round'") >= 1
    )


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"case": "1", "agency": ""}, 400),
        ({"case": "1", "agency": "99999"}, 400),
        ({"case": "1", "due": "2020-01-01"}, 400),
        ({"case": "1", "due": "昨天"}, 400),
        ({"case": "99999"}, 400),
        ({}, 400),
    ],
)
def test_half_an_order_is_sent_back(cases_seen: Site, form: dict[str, str], status: int) -> None:
    query = "select count(*) from child_case where state = 'open'"
    before = cases_seen.one(query)
    assert assign_many(cases_seen, cases_seen.browser("officer"), **form, yes="1").status_code == status
    assert cases_seen.one(query) == before


def test_a_township_assigns_within_itself_alone(cases_seen: Site) -> None:
    site = cases_seen
    verifier = site.browser("verifier")
    (own,), (other,) = entered(site, 1), entered(site, 1, "verifier_1")
    assert assign_many(site, verifier, case=str(other), yes="1").status_code == 400, "not seen at all"
    refused = assign_many(site, verifier, case=str(own), agency=str(agency_of(site, "verifier_1")), yes="1")
    assert refused.status_code == 403
    assert assign_many(site, verifier, case=str(own), yes="1").status_code == 303
    assert (facts(site, own)[0], facts(site, other)[0]) == ("assigned", "open")


def test_of_two_who_assign_at_once_one_succeeds(cases_seen: Site) -> None:
    """Both have seen the case open; neither overwrites the other."""
    site = cases_seen
    (case_id,) = entered(site, 1)
    ready, result = threading.Barrier(2), {}

    def give_to(login: str) -> None:
        from service.agencies.models import Agency

        with site.acting("officer", "case.assign") as (session, who):
            case = session.get_one(Case, case_id)
            agency = session.get_one(Agency, agency_of(site, login))
            ready.wait(10)
            result[login] = assign(session, [case], agency, AS_OF, who, cipher_of(site.settings))

    threads = [threading.Thread(target=give_to, args=(login,)) for login in ("verifier", "clerk")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    won = [login for login, done in result.items() if done.done]
    assert len(won) == 1
    assert facts(site, case_id)[3] == agency_of(site, won[0])
    lost = next(done for login, done in result.items() if login != won[0])
    assert [why for _, why in lost.left] == ["刚刚被别人分派"]
    assert site.one("select count(*) from case_event where kind = 'assign' and case_id = :n", n=case_id) == 1


def test_a_case_is_passed_on_when_nobody_works_on_it(cases_seen: Site) -> None:
    site = cases_seen
    officer, verifier, other = (site.browser(login) for login in ("officer", "verifier", "verifier_1"))
    case_id = taken(site)
    form = {"region": township_code(1), "note": "随母亲住在外婆家"}
    assert step(site, officer, case_id, "pass", **form) == 409, "somebody works on it"
    assert step(site, verifier, case_id, "pass", **form) == 403
    assert step(site, verifier, case_id, "verify/hand_back", note="住在清溪镇") == 303
    assert step(site, officer, case_id, "pass", region=township_code(0), note="x") == 400
    assert step(site, officer, case_id, "pass", **form) == 303
    assert other.get(f"/cases/{case_id}").status_code == 200
    assert verifier.get(f"/cases/{case_id}").status_code == 404
    give(site, officer, case_id, "verifier_1")
    assert step(site, other, case_id, "verify/accept") == 303


def test_what_was_assigned_is_taken_back_until_it_is_accepted(cases_seen: Site) -> None:
    site = cases_seen
    officer, verifier = site.browser("officer"), site.browser("verifier")
    (case_id,) = entered(site, 1)
    give(site, officer, case_id)
    assert step(site, officer, case_id, "take_back", note="派错了") == 303
    assert facts(site, case_id)[0] == "open"
    give(site, officer, case_id)
    assert step(site, verifier, case_id, "verify/accept") == 303
    assert step(site, officer, case_id, "take_back", note="派错了") == 409
