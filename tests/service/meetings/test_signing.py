"""The figures are signed once by each agency, all at once too, and then never change."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.accounts import sealing
from service.accounts.models import Account
from service.cases.rules import case_of
from service.cases.rules import move as move_case
from service.errors import ConflictError
from service.meetings.figures import COUNTS, canonical, digest_of, figures_of
from service.meetings.rules import missing_signatures
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.moves import advance
from tests.service.meetings.conftest import Meeting, person
from tests.service.played import WAYS, act
from tests.web import PASSWORD, code_of, system

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def figures(made: Meeting) -> dict:
    with made.site.acting("officer", "meeting.view") as (session, _):
        return figures_of(session, session.get_one(Round, 1))


def test_the_figures_are_the_cases(meeting: Meeting) -> None:
    found = figures(meeting)
    total = meeting.site.one("select count(*) from child_case where round_id = 1")
    named = list(WAYS.values())
    assert found["total"]["cases"] == total == sum(found["outcomes"].values()) == sum(found["kinds"].values())
    assert found["total"]["closed"] == sum(way.state == "closed" for way in named) == 1
    assert found["total"]["out_of_school"] == sum(way.outcome in ("D01", "D03") for way in named) == 3
    assert (found["total"]["watch"], found["total"]["apart"], found["total"]["explained"]) == (1, 1, 2)
    assert sum(found["total"][name] for name in COUNTS[1:]) == total
    for name in COUNTS:
        assert sum(place[name] for place in found["townships"]) == found["total"][name]
    assert found["run"]["children"] == sum(place["children"] for place in found["townships"])
    assert found["groups"]["留守"]["cases"] == meeting.site.one(
        "select count(*) from child_case where '留守' = any(groups)"
    )
    assert found == json.loads(canonical(found)), "what is stored is what was computed"
    assert digest_of(dict(reversed(found.items()))) == digest_of(found)


def test_nothing_is_signed_before_it_is_offered(meeting: Meeting) -> None:
    assert "还没有提交" in meeting.sign("member", 409)
    assert "还没有提交签署" in meeting.post("leader", "/meetings/1/close", 409)


def test_i2_eight_agencies_at_once_all_stand_each_once(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    digest = meeting.digest()
    for login in meeting.members:
        meeting.as_(login)

    def one(login: str) -> int:
        who = meeting.as_(login)
        return who.post("/meetings/1/sign", digest=digest, secret=PASSWORD).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, meeting.members)) == [303] * 8
    rows = meeting.site.rows("select agency_id, digest from signature where void_at is null")
    assert len(rows) == len({agency for agency, _ in rows}) == 8
    assert {each for _, each in rows} == {digest}
    assert len(meeting.site.rows("select 1 from audit_entry where action = 'meeting.sign'")) == 8
    page = meeting.post("leader", "/meetings/1/close")
    assert "批次已签字" in page
    assert meeting.site.rows("select state from round") == [("signed",)]


def test_none_signs_twice_however_quick(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    digest = meeting.digest()
    person(meeting.site, "second", "member", meeting.site.identity("member").agency_id)
    logins = ["member", "second"] * 4
    for login in set(logins):
        meeting.as_(login)

    def one(login: str) -> int:
        return meeting.as_(login).post("/meetings/1/sign", digest=digest, secret=PASSWORD).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, logins)) == [303] + [409] * 7
    assert meeting.site.one("select count(*) from signature") == 1


def test_the_own_account_is_asked_for_once_more(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    assert "密码不正确" in meeting.sign("member", 422, secret="wrong")
    assert meeting.site.one("select count(*) from signature") == 0
    assert meeting.site.one(
        "select count(*) from audit_entry where action = 'meeting.sign' and result = 'refused'"
    )
    _give_factor(meeting, "m_police")
    digest = meeting.digest("officer")
    assert "验证码不正确" in meeting.sign("m_police", 422, digest=digest)
    code = code_of(SECRET, 1)
    assert "已签署" in meeting.sign("m_police", digest=digest, secret=code)
    meeting.site.rows("select 1")
    assert "验证码不正确" in meeting.sign("m_police", 422, digest=digest, secret=code), (
        "no code is good twice"
    )


def _give_factor(made: Meeting, login: str) -> None:
    made.as_(login)
    with system(made.site.app) as session:
        account = session.query(Account).filter_by(login=login).one()
        account.totp_sealed = sealing.seal(made.site.settings, "totp_sealed", account.id, SECRET)
        account.totp_confirmed = True


def change(made: Meeting) -> None:
    """Something that the figures count changes."""
    act(made.site, "officer", made.cases["dead, not approved"], "approve")


def test_a_change_voids_what_was_signed_and_says_so(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    old = meeting.digest()
    for login in ("officer", "member"):
        meeting.sign(login)
    change(meeting)
    page = meeting.as_("officer").get("/meetings/1/signing").text
    assert "数字在提交签署后发生了变化" in page
    assert "须重新签署的单位：青禾县education、青禾县civil_affairs" in page
    assert "重新核对" in meeting.sign("m_health", 409, digest=old), "nobody signs what they did not see"
    new = meeting.digest()
    assert new != old
    meeting.sign("m_health")
    assert meeting.site.rows("select digest, void_at is null from signature order by id") == [
        (old, False),
        (old, False),
        (new, True),
    ]
    meeting.sign_all("m_health")
    assert "批次已签字" in meeting.post("leader", "/meetings/1/close")
    stored = meeting.site.rows("select digest, figures from meeting")[0]
    assert stored == (new, figures(meeting))


def test_the_leader_closes_when_all_have_signed_and_nobody_else(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    meeting.sign_all(meeting.members[-1])
    assert "还没有签署" in meeting.post("leader", "/meetings/1/close", 409)
    with meeting.site.acting("officer", "round.move") as (session, _):
        assert missing_signatures(session, session.get_one(Round, 1)) == [
            "青禾县womens_federation还没有签署。"
        ]
    meeting.sign(meeting.members[-1])
    with meeting.site.acting("officer", "round.move") as (session, _):
        assert "分管领导" in missing_signatures(session, session.get_one(Round, 1))[0]
    meeting.post("officer", "/meetings/1/close", 403)
    meeting.post("leader", "/meetings/1/close")
    with meeting.site.acting("officer", "round.move") as (session, _):
        assert missing_signatures(session, session.get_one(Round, 1)) == []


def test_a_change_in_the_last_moment_is_not_lost(meeting: Meeting) -> None:
    """Signed by all, then a case changes: the meeting cannot be closed on the old figures."""
    meeting.post("officer", "/meetings/1/signing")
    meeting.sign_all()
    change(meeting)
    assert "发生了变化" in meeting.post("leader", "/meetings/1/close", 409)
    with meeting.site.acting("officer", "round.move") as (session, _), pytest.raises(ConflictError):
        advance(session, session.get_one(Round, 1), "signed", meeting.site.settings, 1)


def sealed(made: Meeting) -> str:
    """All sign, the leader closes; the digest."""
    made.post("officer", "/meetings/1/signing")
    made.sign_all()
    made.post("leader", "/meetings/1/close")
    return made.digest()


def test_after_it_nothing_changes(meeting: Meeting) -> None:
    digest, site = sealed(meeting), meeting.site
    before = meeting.as_("auditor").get("/meetings/1/signing").text
    with pytest.raises(ConflictError):
        change(meeting)
    for path, form in (
        ("/meetings/1/agenda", {}),
        ("/meetings/1/agenda/clear", {}),
        ("/meetings/1/sittings", {"day": "2026-12-01"}),
        ("/meetings/1/agencies", {"agencies": "1"}),
        ("/meetings/1/signing", {}),
        ("/meetings/1/signing/withdraw", {"reason": "还想改一改"}),
        ("/meetings/1/sign", {"digest": digest, "secret": PASSWORD}),
    ):
        meeting.post("officer", path, 409, **form)
    for statement in (
        "update meeting set figures = '{}'",
        "update meeting set closed_at = null",
        "delete from signature",
        "update signature set void_at = now()",
        "delete from meeting_agency",
    ):
        with (
            site.acting("officer", "meeting.edit") as (session, _),
            pytest.raises(IntegrityError, match="closed"),
        ):
            session.execute(text(statement))
    assert "批次已结束" in meeting.post("leader", "/meetings/1/end")
    assert site.rows("select distinct state from child_case order by 1") == [("carried",), ("closed",)]
    assert meeting.digest() == digest
    after = meeting.as_("auditor").get("/meetings/1/signing").text
    assert after.split("<h1>")[1].split('id="said"')[0] == before.split("<h1>")[1].split('id="said"')[0]


def test_a_round_does_not_become_signed_by_another_way(meeting: Meeting) -> None:
    with meeting.site.acting("officer", "round.move") as (session, _), pytest.raises(ConflictError):
        advance(session, session.get_one(Round, 1), "signed", meeting.site.settings, 1)


def test_the_meeting_sits_again_when_signing_is_taken_back(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/signing")
    meeting.sign("member")
    meeting.post("officer", "/meetings/1/agenda", 409)
    meeting.post("officer", "/meetings/1/signing/withdraw", 400)
    assert "1 个单位的签署作废" in meeting.post(
        "officer", "/meetings/1/signing/withdraw", reason="补录一项决定"
    )
    meeting.post("officer", "/meetings/1/agenda")
    assert meeting.site.one("select count(*) from signature where void_at is null") == 0


def test_another_person_of_the_agency_acts_when_one_leaves(meeting: Meeting) -> None:
    """A case is its agency's, and so is a signature."""
    site, number = meeting.site, meeting.cases["being looked at"]
    township = site.one("select assignee_id from child_case where id = :n", n=number)
    person(site, "colleague", "verifier", township)
    person(site, "heir", "member", site.identity("member").agency_id)
    meeting.post("officer", "/meetings/1/signing")
    with system(site.app) as session:
        session.execute(text("update account set disabled_at = now() where login in ('verifier', 'member')"))
    assert meeting.as_("member").get("/meetings").status_code in (302, 303)
    act(site, "colleague", number, "hand_back", note="原经办人已调离，改派")
    assert site.one("select state from child_case where id = :n", n=number) == "open"
    meeting.sign("heir")
    meeting.sign_all("member")
    meeting.post("leader", "/meetings/1/close")


def test_who_does_not_take_part_does_not_sign(meeting: Meeting) -> None:
    part = [row[0] for row in meeting.site.rows("select agency_id from meeting_agency order by 1")]
    gone = meeting.site.identity("m_health").agency_id
    who = meeting.as_("officer")
    who.get("/meetings/1")
    sent = who.client.post(
        "/meetings/1/agencies",
        base_url=who.base,
        data={"csrf_token": who.token, "agencies": [str(each) for each in part if each != gone]},
        headers={"Referer": f"{who.base}/"},
    )
    assert sent.status_code == 303
    meeting.post("officer", "/meetings/1/signing")
    meeting.sign("m_health", 403)


def test_a_case_does_not_change_while_the_meeting_is_closed(meeting: Meeting) -> None:
    """Whoever changes a case holds the round; closing waits for it, and then sees the change."""
    meeting.post("officer", "/meetings/1/signing")
    meeting.sign_all()
    meeting.as_("leader").get("/meetings/1/signing")
    with ThreadPoolExecutor(1) as pool:
        with meeting.site.acting("officer", "case.approve") as (session, who):
            case = case_of(session, meeting.cases["dead, not approved"])
            move_case(session, case, "approve", who, cipher_of(meeting.site.settings))
            closing = pool.submit(meeting.as_("leader").post, "/meetings/1/close")
            with pytest.raises(TimeoutError):
                closing.result(timeout=1)
        assert closing.result(timeout=20).status_code == 409
    assert meeting.site.rows("select state from round") == [("meeting",)]
