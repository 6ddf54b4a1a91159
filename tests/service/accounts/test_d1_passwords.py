"""D1: passwords count whole, are kept as argon2id under a seal, and are renewed when the costs grow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from service.accounts import passwords, sealing
from service.accounts.models import Account
from service.accounts.passwords import Passwords, fault
from service.privacy.ciphers import TamperedError
from service.privacy.custody import blobs_of, ring_of, store_of
from service.privacy.keys import FIELD
from service.privacy.rotation import Rotation
from tests.web import CHEAP, PASSWORD, SECRET, Browser, app_of, code_of, person, settings_of, system

LONG = "河" * 100 + "x" * 100


def test_a_password_counts_to_its_last_character():
    hashed = CHEAP.hash(LONG)
    assert CHEAP.matches(hashed, LONG)
    assert not CHEAP.matches(hashed, LONG[:-1])
    assert not CHEAP.matches(hashed, LONG[:-1] + "y")


def test_the_costs_are_those_that_the_standard_recommends_and_take_their_time():
    hashed = Passwords().hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    start = perf_counter()
    assert Passwords().matches(hashed, PASSWORD)
    assert perf_counter() - start > 0.05


def test_a_hash_with_other_costs_is_renewed_at_the_next_sign_in(app, browser):
    old = Passwords(time_cost=2, memory_kib=16, lanes=1).hash(PASSWORD)
    with system(app) as session:
        who = person(session, app)
        who.password_sealed = sealing.seal(app.config["ROLLCALL"], "password_sealed", who.id, old)
    assert browser.sign_in(who).status_code == 303
    with system(app) as session:
        held = session.get_one(Account, who.id)
        assert "m=8,t=1" in sealing.unseal(
            app.config["ROLLCALL"], "password_sealed", who.id, held.password_sealed
        )
    assert browser.sign_in(who).status_code == 303


def test_the_database_holds_no_hash_that_could_be_tried_and_none_fits_another_account(app):
    at = app.config["ROLLCALL"]
    with system(app) as session:
        one, other = person(session, app), person(session, app)
    assert b"argon2" not in one.password_sealed
    with pytest.raises(TamperedError):
        sealing.unseal(at, "password_sealed", other.id, one.password_sealed)
    with pytest.raises(TamperedError):
        sealing.unseal(at, "totp_sealed", one.id, one.password_sealed)


@pytest.mark.parametrize("profile", ["aes", "sm"])
def test_people_sign_in_before_and_after_the_keys_change(database, profile):
    app = app_of(database, crypto_profile=profile)
    at = app.config["ROLLCALL"]
    with system(app) as session:
        who = person(session, app, secret=SECRET)
    rotation = Rotation(at.database_url, ring_of(at), blobs_of(at), patience=0)
    rotation.begin(store_of(at), FIELD, "sm" if profile == "aes" else "aes")
    rotation.advance()
    with system(app) as session:
        assert session.get_one(Account, who.id).password_sealed != who.password_sealed
    browser = Browser(app)
    assert browser.sign_in(who).location == "/login/second"
    assert browser.post("/login/second", code=code_of(SECRET)).location == "/"


REFUSED = {
    "too short": "Ab1!Ab1!xyz",
    "one kind of character": "correcthorsebattery",
    "two kinds": "correcthorse12batteries",
    "holds the login": "xy-ZHANGSAN-77q",
    "a common word and a year": "Password2026!",
    "letters that look like it": "P@ssw0rd!2026",
    "a run of keys": "Qwertyuiop[]123",
    "numbers in a row": "Aa!1234567890",
    "the same again": "Aa1!Aa1!Aa1!Aa1!",
    "our own name": "Rollcall@2026#",
    "pinyin that everybody takes": "Woaini1314520!!",
    "too long": "Ab1!" * 251,
}
ACCEPTED = {
    "words that have nothing to do with each other": "Tall-river 7 lanterns",
    "chinese": "青石桥Lantern7下的水",
    "random": "x9$Kq2-vLm7&pT",
    "1000 characters": "Ab1!xq" * 160,
}


@pytest.mark.parametrize("password", REFUSED.values(), ids=list(REFUSED))
def test_a_weak_password_is_refused_with_a_reason(app, database, password):
    with app.test_request_context():
        assert str(fault(settings_of(database), password, "zhangsan") or "")


@pytest.mark.parametrize("password", ACCEPTED.values(), ids=list(ACCEPTED))
def test_a_good_password_is_taken(app, database, password):
    with app.test_request_context():
        assert fault(settings_of(database), password, "zhangsan") is None


def test_what_the_two_standards_disagree_about_is_a_setting(app, database):
    """OWASP ASVS 6.2.5 and 6.2.10 forbid what GB/T 22239 asks for."""
    owasp = settings_of(database, password_kinds=1, password_days=0)
    old = datetime.now(UTC) - timedelta(days=181)
    with app.test_request_context():
        assert fault(owasp, "correct horse battery", "x") is None
    assert not passwords.expired(owasp, old, datetime.now(UTC))
    assert passwords.expired(settings_of(database), old, datetime.now(UTC))


def test_an_old_password_is_changed_before_anything_else(app, browser):
    with system(app) as session:
        who = person(session, app, "officer", password_changed_at=datetime.now(UTC) - timedelta(days=181))
    assert browser.sign_in(who).location == "/login/password"
    assert browser.get("/me").status_code == 303
    assert browser.post("/login/password", new=PASSWORD, again=PASSWORD).status_code == 422
    new = "Seven lanterns-9 down"
    assert browser.post("/login/password", new=new, again=new).location == "/"
    assert browser.get("/me").status_code == 200
    assert browser.sign_in(who).status_code == 401
    assert browser.sign_in(who, new).status_code == 303
