"""D8: keys for programs: shown once, of no use to who copies the database, narrow, ending."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from service.accounts.models import Account, ApiKey
from service.agencies.models import Agency
from service.audit.models import AuditEntry
from tests import factories
from tests.web import Browser, person, system

JSON = {"name": "每周报送", "actions": ["list.view"], "days": 30}


@pytest.fixture
def clerk(app):
    with system(app) as session:
        return person(session, app, "clerk", of=factories.agency(session, "police"))


@pytest.fixture
def at_work(app, clerk):
    browser = Browser(app)
    browser.sign_in(clerk)
    browser.get("/me")
    return browser


@pytest.fixture
def key(at_work):
    return made(at_work)["key"]


def made(browser: Browser, **changes) -> dict:
    answer = browser.client.post(
        "/api/v1/keys", json={**JSON, **changes}, headers={"X-CSRFToken": browser.token}
    )
    assert answer.status_code == 201, answer.text
    return answer.json


def ask(app, key: str, path: str = "/api/v1/me", method: str = "GET", **options):
    return app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {key}"}, **options)


def test_a_key_acts_as_its_person_within_its_actions(app, clerk, key):
    said = ask(app, key).json
    assert (said["login"], said["roles"]) == (clerk.login, ["clerk"])
    assert said["actions"] == ["self.use", "api_key.use", "list.view"]


def test_the_page_shows_a_new_key_once(app, at_work):
    shown = at_work.post("/me/keys", name="报送", actions=["list.view"], days="30").text
    text_of_key = shown[shown.index("rc_") :].split("<")[0]
    assert ask(app, text_of_key).status_code == 200
    page = at_work.get("/me").text
    assert text_of_key[:15] in page
    assert text_of_key not in page


def test_a_copy_of_the_database_signs_nobody_in(app, key):
    with system(app) as session:
        row = session.execute(select(ApiKey)).scalar_one()
        dump = session.execute(text("select json_agg(t)::text from api_key t")).scalar_one()
    assert key.split("_", 2)[2] not in dump
    for guess in (row.digest.hex(), row.prefix, "", "x" * 43):
        assert ask(app, f"rc_{row.prefix}_{guess}").status_code == 401


WRONG = {
    "another secret": lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
    "shorter": lambda key: key[:-1],
    "longer": lambda key: key + "A",
    "without its head": lambda key: key.removeprefix("rc_"),
    "nothing": lambda key: "",
    "a zero byte": lambda key: "rc_\x01_x",
    "not ascii": lambda key: "rc_密钥_密钥",
    "a very long one": lambda key: "rc_" + "a" * 10_000,
}


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_what_is_no_key_is_nobody(app, key, change):
    answer = app.test_client().get(
        "/api/v1/me", headers={"Authorization": f"Bearer {change(key)}".encode().decode("latin-1")}
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthenticated")


def test_another_scheme_is_nobody(app, key):
    assert app.test_client().get("/api/v1/me", headers={"Authorization": f"Basic {key}"}).status_code == 401


ENDS = {
    "expired": update(ApiKey).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)),
    "revoked": update(ApiKey).values(revoked_at=datetime.now(UTC)),
    "its person is disabled": update(Account).values(disabled_at=datetime.now(UTC)),
    "its agency is switched off": update(Agency).values(active=False),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_a_key_ends_at_once(app, key, end):
    assert ask(app, key).status_code == 200
    with system(app) as session:
        session.execute(end)
    assert ask(app, key).status_code == 401


def test_a_key_stays_with_the_agency_it_was_made_for(app, clerk, key):
    with system(app) as session:
        session.get_one(Account, clerk.id).agency_id = factories.agency(session, "civil_affairs").id
    assert ask(app, key).status_code == 401


def test_a_role_taken_away_is_taken_from_the_key(app, clerk, key):
    with system(app) as session:
        session.execute(text("delete from account_role"))
    assert ask(app, key).status_code == 403


def test_a_key_opens_no_page_and_a_cookie_beside_it_counts_for_nothing(app, key, at_work):
    assert ask(app, key, "/me").status_code == 303
    answer = at_work.client.get("/api/v1/me", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_a_program_needs_no_form_token_and_a_browser_does(app, key, at_work):
    number = ask(app, key, "/api/v1/keys").json[0]["id"]
    assert at_work.client.delete(f"/api/v1/keys/{number}").status_code == 400
    assert ask(app, key, f"/api/v1/keys/{number}", "DELETE").status_code == 204
    assert ask(app, key).status_code == 401


def test_a_key_makes_no_key(app, key):
    assert ask(app, key, "/api/v1/keys", "POST", json=JSON).status_code == 403


def test_nobody_gives_a_key_more_than_the_own_rights(at_work):
    headers = {"X-CSRFToken": at_work.token}
    for actions in (["run.start"], ["child.view"], ["account.edit"], ["no.such"], []):
        answer = at_work.client.post("/api/v1/keys", json={**JSON, "actions": actions}, headers=headers)
        assert answer.status_code in (400, 422), actions
    for days in (0, 366, "30", None):
        answer = at_work.client.post("/api/v1/keys", json={**JSON, "days": days}, headers=headers)
        assert answer.status_code == 422, days


def test_keys_of_others_are_not_there(app, at_work, key):
    with system(app) as session:
        other = factories.api_key(
            session, person(session, app, "clerk", of=factories.agency(session, "police"))
        )
    assert other.id not in [each["id"] for each in ask(app, key, "/api/v1/keys").json]
    assert ask(app, key, f"/api/v1/keys/{other.id}", "DELETE").status_code == 404


def test_its_making_and_its_end_are_written_and_its_last_use_is_known(app, at_work, key):
    number = ask(app, key, "/api/v1/keys").json[0]["id"]
    ask(app, key, f"/api/v1/keys/{number}", "DELETE")
    with system(app) as session:
        acts = session.execute(select(AuditEntry.action).order_by(AuditEntry.number)).scalars().all()
        assert session.get_one(ApiKey, number).used_at is not None
    assert acts == ["sign_in", "api_key.make", "api_key.revoke"]
