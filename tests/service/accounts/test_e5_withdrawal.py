"""E5, G1: a right withdrawn is gone with the next request; every sign-in, refusal and change is written."""

from __future__ import annotations

from sqlalchemy import select, text

from service.audit.models import AuditEntry
from tests.web import PASSWORD, Browser, app_of, person, system


def entries(app) -> list[tuple[str, str, str]]:
    with system(app) as session:
        found = session.execute(select(AuditEntry).order_by(AuditEntry.number)).scalars()
        return [(each.actor, each.action, each.result) for each in found]


def test_a_role_taken_in_the_database_is_gone_with_the_next_request(app, browser):
    with system(app) as session:
        who = person(session, app, "system_admin")
    browser.sign_in(who)
    assert browser.get("/accounts").status_code == 200
    with system(app) as session:
        session.execute(text("delete from account_role where account_id = :id"), {"id": who.id})
    assert browser.get("/accounts").status_code == 403


def test_what_a_person_does_with_accounts_leaves_one_entry_each(app, browser):
    with system(app) as session:
        admin, clerk = person(session, app, "system_admin"), person(session, app, "clerk")
    browser.sign_in(admin)
    for act in ("disable", "enable", "unlock", "password"):
        browser.get(f"/accounts/{clerk.id}")
        browser.post(f"/accounts/{clerk.id}/{act}")
    browser.get("/me")
    browser.post("/me/language", language="en")
    browser.get("/me")
    new = "Seven lanterns-9 down"
    browser.post("/me/password", present=PASSWORD, new=new, again=new)
    browser.get("/me")
    browser.post("/me/password", present="wrong", new=new, again=new)
    browser.get("/rounds/new")
    browser.get("/me")
    browser.post("/logout")
    assert entries(app) == [
        (admin.login, "sign_in", "done"),
        (admin.login, "account.disable", "done"),
        (admin.login, "account.enable", "done"),
        (admin.login, "account.unlock", "done"),
        (admin.login, "account.reset", "done"),
        (admin.login, "account.language", "done"),
        (admin.login, "password.change", "done"),
        (admin.login, "self.use", "refused"),
        (admin.login, "round.edit", "refused"),
        (admin.login, "sign_out", "done"),
    ]


def test_no_entry_holds_a_password_a_code_or_a_name(app, browser):
    with system(app) as session:
        who = person(session, app, "officer", name="王小芳")
    browser.sign_in(who, "a-wrong-password")
    browser.sign_in(who)
    browser.get("/me")
    browser.post("/me/password", present=PASSWORD, new="Seven lanterns-9 down", again="Seven lanterns-9 down")
    with system(app) as session:
        dump = session.execute(text("select json_agg(t)::text from audit_entry t")).scalar_one()
    for secret in ("a-wrong-password", PASSWORD, "Seven lanterns-9 down", "王小芳", browser.cookie()):
        assert secret not in dump


def test_if_the_entry_cannot_be_written_nothing_was_done(app, browser, database):
    """G2: the audit's head is gone; a new language and a sign-in are undone with the entry that failed."""
    from sqlalchemy import create_engine

    with system(app) as session:
        who = person(session, app, "officer")
    browser.sign_in(who)
    browser.get("/me")
    owner = create_engine(database.owner_url)
    with owner.begin() as connection:
        connection.execute(text("delete from audit_head"))
    owner.dispose()
    assert browser.post("/me/language", language="en").status_code == 500
    assert Browser(app).sign_in(who).status_code == 500
    with system(app) as session:
        assert session.execute(text("select language from account")).scalars().all() == ["zh"]
        assert session.execute(text("select count(*) from web_session")).scalar_one() == 1


def test_g1_what_leaves_no_entry_is_undone(database):
    """Every route is held to it, in every test that uses one: nobody has to remember."""
    from service.accounts.guard import db, identity, needs
    from service.accounts.models import Account

    app = app_of(database)
    browser = Browser(app)

    @app.post("/quiet")
    @needs("self.use")
    def quiet() -> str:
        db().get_one(Account, identity().account_id).language = "en"
        return "done"

    with system(app) as session:
        who = person(session, app, "officer")
    browser.sign_in(who)
    browser.get("/me")
    assert browser.post("/quiet").status_code == 500
    with system(app) as session:
        assert session.execute(text("select language from account")).scalars().all() == ["zh"]
    assert entries(app) == [(who.login, "sign_in", "done")]
