"""D4: sessions: a new token when more may be done, kept on the server, ending when they should."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from service.accounts import rules
from service.accounts.models import Account, WebSession
from service.db import transaction
from tests.web import CHEAP, PASSWORD, SECRET, Browser, app_of, code_of, person, system


@pytest.fixture
def who(app):
    with system(app) as session:
        return person(session, app, "officer")


def rows(app) -> int:
    with system(app) as session:
        return session.execute(select(func.count()).select_from(WebSession)).scalar_one()


def age(app, **columns: timedelta) -> None:
    """Set every session's clock back."""
    with system(app) as session:
        for name, by in columns.items():
            session.execute(update(WebSession).values({name: datetime.now(UTC) - by}))


def test_a_token_from_before_the_sign_in_is_worth_nothing_after_it(app, browser, who):
    browser.get("/login")
    planted = browser.cookie()
    browser.sign_in(who)
    assert browser.cookie() != planted
    thief = Browser(app)
    thief.client.set_cookie("rollcall", planted)
    assert thief.get("/me").status_code == 303


def test_each_step_of_signing_in_gives_a_new_token_and_ends_the_old(database):
    app = app_of(database, second_factor=True)
    with system(app) as session:
        who = person(session, app, "officer", secret=SECRET)
    browser = Browser(app)
    browser.sign_in(who)
    half = browser.cookie()
    assert browser.get("/me").status_code == 303
    browser.post("/login/second", code=code_of(SECRET))
    whole = browser.cookie()
    assert browser.get("/me").status_code == 200
    assert len({half, whole}) == 2
    browser.client.set_cookie("rollcall", half)
    assert browser.get("/me").status_code == 303


def test_the_database_holds_no_token(app, browser, who):
    browser.sign_in(who)
    with system(app) as session:
        assert session.execute(select(WebSession.digest)).scalar_one() == (
            hashlib.sha256(browser.cookie().encode()).digest()
        )


def test_looking_at_the_sign_in_page_writes_nothing(app, browser):
    browser.get("/login")
    assert rows(app) == 0


@pytest.mark.parametrize(
    ("clock", "over"),
    [
        ({"seen_at": timedelta(minutes=14)}, False),
        ({"seen_at": timedelta(minutes=16)}, True),
        ({"created_at": timedelta(hours=7, minutes=59)}, False),
        ({"created_at": timedelta(hours=8, minutes=1)}, True),
    ],
)
def test_an_idle_or_old_session_ends(app, browser, who, clock, over):
    browser.sign_in(who)
    age(app, **clock)
    assert browser.get("/me").status_code == (303 if over else 200)
    assert rows(app) == (0 if over else 1)


def test_a_half_open_session_ends_soon(database):
    app = app_of(database)
    with system(app) as session:
        who = person(session, app, secret=SECRET)
    browser = Browser(app)
    browser.sign_in(who)
    age(app, created_at=timedelta(minutes=11))
    assert browser.post("/login/second", code=code_of(SECRET)).status_code in (400, 401)


def test_that_it_was_used_is_written_once_a_minute(app, browser, who):
    browser.sign_in(who)

    def seen() -> datetime:
        with system(app) as session:
            return session.execute(select(WebSession.seen_at)).scalar_one()

    first = seen()
    browser.get("/me")
    assert seen() == first
    age(app, seen_at=timedelta(seconds=61))
    browser.get("/me")
    assert datetime.now(UTC) - seen() < timedelta(seconds=30)


def test_signing_out_ends_it_also_for_a_copy_of_the_cookie(app, browser, who):
    browser.sign_in(who)
    stolen = browser.cookie()
    assert browser.post("/logout").location == "/login"
    browser.client.set_cookie("rollcall", stolen)
    assert browser.get("/me").status_code == 303


ENDINGS = {
    "disabled": lambda session, at, who: rules.disable(session, who),
    "password reset": lambda session, at, who: rules.reset_password(session, at, CHEAP, who),
    "second factor reset": lambda session, at, who: rules.reset_second_factor(session, who),
    "another role": lambda session, at, who: rules.set_roles(session, who, ["leader"], ["officer"]),
    "agency switched off": lambda session, at, who: setattr(who.agency, "active", False),
}


@pytest.mark.parametrize("act", ENDINGS.values(), ids=list(ENDINGS))
def test_all_sessions_end_with_what_the_person_was(app, who, act):
    browsers = [Browser(app), Browser(app)]
    for each in browsers:
        each.sign_in(who)
    with app.test_request_context(), system(app) as session:
        act(session, app.config["ROLLCALL"], session.get_one(Account, who.id))
    for each in browsers:
        assert each.client.post("/me/language", data={"language": "en"}).status_code == 401
        assert each.get("/me").location == "/login?next=/me"


def test_an_own_new_password_ends_the_other_sessions_and_renews_this_one(app, browser, who):
    other = Browser(app)
    other.sign_in(who)
    browser.sign_in(who)
    browser.get("/me")
    before, new = browser.cookie(), "Seven lanterns-9 down"
    assert browser.post("/me/password", present=PASSWORD, new=new, again=new).status_code == 303
    assert browser.get("/me").status_code == 200
    assert browser.cookie() != before
    assert other.get("/me").status_code == 303


def test_a_person_sees_and_ends_the_own_sessions_only(app, browser, who):
    other, stranger = Browser(app), Browser(app)
    with system(app) as session:
        someone = person(session, app, "officer")
    stranger.sign_in(someone)
    other.sign_in(who)
    browser.sign_in(who)
    digest = {
        name: hashlib.sha256(each.cookie().encode()).hexdigest()
        for name, each in {"other": other, "stranger": stranger}.items()
    }
    page = browser.get("/me").text
    assert digest["other"] in page
    assert digest["stranger"] not in page
    assert browser.post(f"/me/sessions/{digest['stranger']}/end").status_code == 404
    browser.get("/me")
    assert browser.post(f"/me/sessions/{digest['other']}/end").status_code == 303
    assert (stranger.get("/me").status_code, other.get("/me").status_code) == (200, 303)


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/rounds/3?x=1", "/rounds/3?x=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/me\r\nX-Header: 1", "/"),
        ("/logout", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_goes_to_a_page_of_ours_or_home(app, browser, who, wanted, leads):
    assert browser.sign_in(who, next=wanted).location == leads


def test_a_request_without_identity_after_one_with_sees_no_rows(app, browser, who):
    """A3: nothing of a scope is left on the connection that the pool hands out next."""
    browser.sign_in(who)
    browser.get("/me")
    from service.db import Scope

    with transaction(app.config["ROLLCALL"].database_url, Scope()) as session:
        assert session.execute(text("select count(*) from account")).scalar_one() == 0
