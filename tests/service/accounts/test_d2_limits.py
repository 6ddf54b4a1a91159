"""D2: guessing is slowed, then locked, by person, place and all together; nobody can lock another out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import process_time

import pytest
from sqlalchemy import select, text

from service.accounts import sealing
from service.accounts.models import SignInCount
from service.accounts.passwords import Passwords
from service.audit.models import AuditEntry
from tests.web import PASSWORD, Browser, app_of, person, system


@pytest.fixture
def who(app):
    with system(app) as session:
        return person(session, app, "system_admin", login="root-of-county")


def come_from(browser: Browser, address: str) -> Browser:
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def fail(browser: Browser, login: str, times: int) -> str:
    """Fail so often; the page of the last time without what changes with every page."""
    for _ in range(times):
        page = browser.sign_in(login, "wrong password").text
    return page[page.index("<h1") : page.index("<form")]


@pytest.mark.parametrize("login", ["root-of-county", "nobody-there"])
def test_after_five_failures_even_the_right_password_waits(app, browser, who, login):
    fail(browser, login, 5)
    answer = browser.sign_in(login)
    assert answer.status_code == 401
    assert "失败次数过多" in answer.text


def test_who_does_not_exist_is_answered_like_who_does(app, browser, who):
    other = come_from(Browser(app), "10.0.0.2")
    for times in (1, 3, 1, 2):
        assert fail(browser, "nobody-there", times) == fail(other, who.login, times)


def time_of_nobody(app, login: str) -> float:
    """How much longer an unknown login is worked on than a known one: the quotient of the least times.

    Processor time, taken in turns: whatever else the machine does adds to neither.
    """
    browser, taken = Browser(app), {login: [], "nobody-there": []}
    browser.get("/login")
    for _ in range(6):
        for each, times in taken.items():
            start = process_time()
            browser.post("/login", login=each, password="wrong password")
            times.append(process_time() - start)
    known, unknown = map(min, taken.values())
    return unknown / known


def test_who_does_not_exist_is_answered_as_slowly(database, monkeypatch):
    """The hash is most of the work here, so that a comparison that is left out shows as a factor."""
    app = app_of(database, login_failures=10_000)
    hasher = app.extensions["rollcall.passwords"] = Passwords(time_cost=3, memory_kib=16_384, lanes=1)
    with system(app) as session:
        who = person(session, app)
        sealed = sealing.seal(app.config["ROLLCALL"], "password_sealed", who.id, hasher.hash(PASSWORD))
        who.password_sealed = sealed
    assert 0.7 < time_of_nobody(app, who.login) < 1.4
    matches = hasher.matches
    monkeypatch.setattr(
        hasher, "matches", lambda hashed, given: hashed is not None and matches(hashed, given)
    )
    assert time_of_nobody(app, who.login) < 0.6, "what is left out would not be noticed"


def test_the_lock_is_of_the_place_that_failed(app, browser, who):
    fail(come_from(browser, "10.0.0.2"), who.login, 6)
    assert come_from(Browser(app), "10.0.0.3").sign_in(who).status_code == 303


def test_a_device_that_signed_in_before_stays_open_behind_the_same_address(app, browser, who):
    browser.sign_in(who)
    browser.post("/logout")
    fail(Browser(app), who.login, 6)
    assert browser.sign_in(who).status_code == 303


def test_guessing_from_everywhere_locks_everywhere_but_known_devices(app, browser, who):
    browser.sign_in(who)
    browser.post("/logout")
    for number in range(17):
        fail(come_from(Browser(app), f"10.0.1.{number}"), who.login, 3)
    assert come_from(Browser(app), "10.0.2.1").sign_in(who).status_code == 401
    assert browser.sign_in(who).status_code == 303


def test_another_persons_device_opens_nothing(app, browser, who):
    with system(app) as session:
        other = person(session, app)
    browser.sign_in(other)
    browser.post("/logout")
    fail(Browser(app), who.login, 6)
    assert browser.sign_in(who).status_code == 401


def test_a_lock_ends_by_itself_and_a_sign_in_clears_what_was_counted(app, browser, who):
    fail(browser, who.login, 6)
    with system(app) as session:
        session.execute(text("update sign_in_count set locked_until = now() - interval '1 second'"))
    fail(browser, who.login, 4)
    assert browser.sign_in(who).status_code == 303
    with system(app) as session:
        assert session.execute(select(SignInCount)).first() is None


def test_many_at_once_gain_nothing(app, who):
    """All forty ask before one was answered: no more than five are compared."""

    def attempt(_: int) -> str:
        browser = Browser(app)
        browser.get("/login")
        return browser.post("/login", login=who.login, password="wrong password").text

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(attempt, range(40)))
    with system(app) as session:
        why = session.execute(select(AuditEntry.detail["why"].astext)).scalars().all()
    assert why.count("password") <= 5
    assert len(said) == why.count("password") + why.count("locked") == 40


def test_ten_thousand_attempts_are_stopped_long_before(database, broker_url):
    app = app_of(database, broker_url=broker_url, limited=True)
    browser = Browser(app)
    browser.get("/login")
    answers = [browser.post("/login", login=f"x{n}", password="p").status_code for n in range(45)]
    assert set(answers[:30]) == {401}
    assert set(answers[30:]) == {429}
    again = Browser(app_of(database, broker_url=broker_url, limited=True))
    again.get("/login")
    assert again.post("/login", login="x", password="p").status_code == 429, "another process counts anew"


def test_all_addresses_together_are_limited(database, broker_url):
    app = app_of(database, broker_url=broker_url, limited=True)
    browser, answers = Browser(app), []
    browser.get("/login")
    for number in range(130):
        come_from(browser, f"10.1.{number}.1")
        answers.append(browser.post("/login", login="x", password="p").status_code)
    assert answers[:120] == [401] * 120
    assert answers[-1] == 429


def test_without_the_broker_signing_in_goes_on_and_is_still_limited(database):
    app = app_of(database, broker_url="redis://127.0.0.1:1/0", limited=True)
    browser = Browser(app)
    browser.get("/login")
    answers = [browser.post("/login", login="x", password="p").status_code for _ in range(32)]
    assert answers[:30] == [401] * 30
    assert answers[-1] == 429


def test_what_was_typed_as_a_login_is_not_written_down(app, browser, who):
    browser.sign_in("My-real-password-1", "x")
    browser.sign_in(who, PASSWORD + "x")
    with system(app) as session:
        entries = session.execute(select(AuditEntry).order_by(AuditEntry.number)).scalars().all()
        dump = session.execute(text("select json_agg(t)::text from sign_in_count t")).scalar_one()
    assert [(each.actor, each.result, each.detail["why"]) for each in entries] == [
        ("", "refused", "unknown"),
        (who.login, "refused", "password"),
    ]
    assert "real-password" not in dump
    assert "real-password" not in str([each.detail for each in entries])


def test_counts_of_long_ago_are_forgotten(app, browser, who):
    browser.sign_in("nobody-there", "x")
    with system(app) as session:
        session.execute(text("update sign_in_count set seen_at = now() - :day"), {"day": timedelta(days=2)})
    browser.sign_in(who)
    with system(app) as session:
        assert session.execute(select(SignInCount)).first() is None
