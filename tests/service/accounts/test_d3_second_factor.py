"""D3: the second factor: set up at the first sign-in, no code good twice, recovery codes once each."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from service.accounts import second_factor
from service.accounts.models import Account, RecoveryCode
from service.accounts.rules import hand_out
from tests import factories
from tests.web import CHEAP, PASSWORD, SECRET, Browser, code_of, kept_app, person, system

CODE = re.compile(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>")


@pytest.fixture
def app(database):
    return kept_app(database, second_factor=True)


@pytest.fixture
def who(app):
    with system(app) as session:
        return person(session, app, "officer", secret=SECRET)


def test_without_the_code_nothing_is_open(app, browser, who):
    assert browser.sign_in(who).location == "/login/second"
    assert browser.get("/me").location == "/login?next=/me"
    for path in ("/login/password", "/login/factor", "/login/factor.svg"):
        assert browser.get(path).status_code == 403


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_clock_may_be_half_a_minute_off(app, browser, who, steps, status):
    browser.sign_in(who)
    assert browser.post("/login/second", code=code_of(SECRET, steps)).status_code == status


def test_a_code_is_good_once(app, browser, who):
    code = code_of(SECRET)
    browser.sign_in(who)
    assert browser.post("/login/second", code=code).status_code == 303
    other = Browser(app)
    other.sign_in(who)
    assert other.post("/login/second", code=code).status_code == 401
    assert other.post("/login/second", code=code_of(SECRET, -1)).status_code == 401, "nor is one before it"
    assert other.post("/login/second", code=code_of(SECRET, 1)).status_code == 303


def test_of_many_that_send_one_code_at_once_one_comes_in(app, who):
    browsers = [Browser(app) for _ in range(6)]
    for each in browsers:
        each.sign_in(who)
    code = code_of(SECRET)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda each: each.post("/login/second", code=code).location, browsers))
    assert answers.count("/") == 1


def test_codes_cannot_be_guessed_by_signing_in_again_and_again(app, browser, who):
    for _ in range(5):
        browser.sign_in(who)
        last = browser.post("/login/second", code="000000")
    assert last.location == "/login"
    assert "失败次数过多" in browser.sign_in(who).text


def first_sign_in(app, browser: Browser) -> tuple[Account, str, list[str]]:
    """As a new person: one-time password, own password, app; the account, its secret, its codes."""
    at = app.config["ROLLCALL"]
    with system(app) as session:
        who = factories.account(session, "officer")
        handed = hand_out(at, CHEAP, who)
    assert browser.sign_in(who, handed).location == "/login/password"
    assert browser.post("/login/password", new=PASSWORD, again=PASSWORD).location == "/login/factor"
    page = browser.get("/login/factor").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    picture = browser.get("/login/factor.svg")
    assert (picture.mimetype, picture.text.count("<svg")) == ("image/svg+xml", 1)
    assert browser.post("/login/factor", code="000000").status_code == 422
    assert secret in browser.get("/login/factor").text, "a mistyped code makes no other secret"
    shown = browser.post("/login/factor", code=code_of(secret))
    return who, secret, CODE.findall(shown.text)


def test_a_new_person_chooses_a_password_and_sets_the_app_up_before_anything_opens(app, browser):
    who, secret, codes = first_sign_in(app, browser)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert browser.get("/me").status_code == 200
    with system(app) as session:
        held = session.get_one(Account, who.id)
        assert secret.encode() not in held.totp_sealed
        assert not held.must_change_password
        dump = session.execute(text("select json_agg(t)::text from web_session t")).scalar_one()
    assert secret not in dump


def test_recovery_codes_stand_in_once_each_and_lie_hashed(app, browser):
    who, _, codes = first_sign_in(app, browser)
    with system(app) as session:
        digests = session.execute(select(RecoveryCode.digest)).scalars().all()
    assert not {code.replace("-", "").encode() for code in codes} & set(digests)
    for code, good in ((codes[0], True), (codes[0], False), (codes[1].upper().replace("-", " "), True)):
        other = Browser(app)
        other.sign_in(who)
        assert (other.post("/login/second", code=code).location == "/") is good


def test_another_persons_recovery_code_opens_nothing(app, browser, who):
    _, _, codes = first_sign_in(app, browser)
    other = Browser(app)
    other.sign_in(who)
    assert other.post("/login/second", code=codes[0]).status_code == 401


def test_another_app_needs_the_password_and_the_old_one_works_until_the_new_one_did(app, browser, who):
    browser.sign_in(who)
    browser.post("/login/second", code=code_of(SECRET, -1))
    browser.get("/me")
    assert browser.get("/me/factor").status_code == 404
    browser.get("/me")
    assert browser.post("/me/factor", present="wrong").status_code == 422
    assert browser.post("/me/factor", present=PASSWORD).location == "/me/factor"
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", browser.get("/me/factor").text)[1]
    assert browser.get("/me/factor.svg").status_code == 200
    other = Browser(app)
    other.sign_in(who)
    assert other.post("/login/second", code=code_of(SECRET)).location == "/"
    shown = browser.post("/me/factor/confirm", code=code_of(secret))
    assert len(CODE.findall(shown.text)) == second_factor.RECOVERY_CODES
    assert browser.get("/me").status_code == 200
    assert other.get("/me").status_code == 303, "other sessions end"
    other.sign_in(who)
    assert other.post("/login/second", code=code_of(SECRET, 1)).status_code == 401
    assert other.post("/login/second", code=code_of(secret, 1)).location == "/"
