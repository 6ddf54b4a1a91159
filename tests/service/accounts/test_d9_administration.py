"""D9, E4, A10: no default account; administrators hand out passwords but choose none; roles kept apart."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from schemas.permission import ADMINISTRATORS, EXCLUSIVE, ROLES
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency
from service.audit.models import AuditEntry
from service.cli import main
from service.config import Settings
from service.db import Scope, transaction
from tests import factories
from tests.web import PASSWORD, Browser, app_of, person, settings_of, system

HANDED = re.compile(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{5}")


@pytest.fixture
def system_admin(app):
    return at_work(app, "system_admin")


@pytest.fixture
def security_admin(app):
    return at_work(app, "security_admin")


def at_work(app, role: str) -> Browser:
    with system(app) as session:
        who = person(session, app, role)
    browser = Browser(app)
    browser.sign_in(who)
    browser.get("/me")
    return browser


@pytest.fixture
def clerk(app):
    with system(app) as session:
        return person(session, app, "clerk", of=factories.agency(session, "police"))


def held(app, account_id: int) -> set[str]:
    with system(app) as session:
        return set(session.execute(select(AccountRole.role).filter_by(account_id=account_id)).scalars())


def environment(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "BROKER_URL": "redis://127.0.0.1:1/0",
        "ROLLCALL_SECRET_KEY": settings.secret_key,
        "ROLLCALL_MASTER_KEY": settings.master_key,
        "ROLLCALL_AUDIT_KEY": settings.audit_key,
    }


def run(database, *words: str):
    return CliRunner(env=environment(settings_of(database))).invoke(main, ["admin", *words])


def test_a_fresh_database_has_no_account(app):
    with system(app) as session:
        assert session.execute(select(func.count()).select_from(Account)).scalar_one() == 0
    for login in ("admin", "root", "administrator", "test"):
        assert Browser(app).sign_in(login, login).status_code == 401


def test_the_first_administrator_is_made_on_the_machine_and_chooses_the_own_password(database):
    told = run(database, "create", "--login", "root", "--agency", "青禾县教育局", "--region", "659999")
    assert told.exit_code == 0, told.output
    handed = HANDED.search(told.output)[0]
    app = app_of(database)
    browser = Browser(app)
    assert browser.sign_in("root", handed).location == "/login/password"
    assert browser.post("/login/password", new=PASSWORD, again=PASSWORD).status_code == 303
    assert browser.get("/accounts").status_code == 200
    assert browser.sign_in("ROOT", handed).status_code == 401, "it served once"
    with system(app) as session:
        acts = session.execute(select(AuditEntry.action).order_by(AuditEntry.number)).scalars().all()
    assert acts[:3] == ["account.create", "password.change", "sign_in"]


def test_the_machine_lets_an_administrator_in_again_and_refuses_what_is_wrong(database):
    run(database, "create", "--login", "root", "--agency", "教育局", "--region", "659999")
    told = run(database, "reset", "root", "--factor")
    assert HANDED.search(told.output), told.output
    assert run(database, "unlock", "root").exit_code == 0
    for words in (
        ("reset", "nobody"),
        ("create", "--login", "root", "--agency", "教育局"),
        ("create", "--login", "1", "--agency", "教育局"),
        ("create", "--login", "two", "--agency", "教育局", "--role", "officer", "--role", "system_admin"),
        ("create", "--login", "two", "--agency", "教育局", "--role", "verifier"),
        ("create", "--login", "two", "--agency", "新单位", "--region", "12"),
    ):
        told = run(database, *words)
        assert told.exit_code in (1, 2), words
        assert told.stderr.strip(), words
        assert "Traceback" not in told.output
    with system(app_of(database)) as session:
        assert session.execute(select(Account.login)).scalars().all() == ["root"]


def test_an_account_is_made_without_roles_and_its_password_is_shown_once(app, system_admin, clerk):
    form = {
        "login": "wang.fang",
        "name": "王芳",
        "agency_id": clerk.agency_id,
        "password": "Chosen-by-admin-1",
    }
    system_admin.get("/accounts/new")
    shown = system_admin.post("/accounts/new", **form)
    handed = HANDED.search(shown.text)[0]
    with system(app) as session:
        made = session.execute(select(Account).filter_by(login="wang.fang")).scalar_one()
        assert made.must_change_password
        assert made.roles == []
    assert handed not in system_admin.get(f"/accounts/{made.id}").text
    browser = Browser(app)
    assert browser.sign_in("wang.fang", "Chosen-by-admin-1").status_code == 401
    assert browser.sign_in("wang.fang", handed).location == "/login/password"


def test_a_reset_ends_what_was_open_and_the_old_password(app, system_admin, clerk):
    browser = Browser(app)
    browser.sign_in(clerk)
    handed = HANDED.search(system_admin.post(f"/accounts/{clerk.id}/password").text)[0]
    assert browser.get("/me").status_code == 303
    assert browser.sign_in(clerk).status_code == 401
    assert browser.sign_in(clerk, handed).location == "/login/password"


def test_a_handed_out_password_lapses(app, system_admin, clerk):
    handed = HANDED.search(system_admin.post(f"/accounts/{clerk.id}/password").text)[0]
    with system(app) as session:
        session.execute(
            text("update account set password_changed_at = now() - interval '8 days' where id = :id"),
            {"id": clerk.id},
        )
    assert Browser(app).sign_in(clerk, handed).status_code == 401


def test_what_is_wrong_with_a_new_account_is_said_and_nothing_is_made(app, system_admin, clerk):
    good = {"login": "wang.fang", "name": "王芳", "agency_id": clerk.agency_id}
    for wrong in (
        {"login": "a b"},
        {"login": ""},
        {"name": ""},
        {"agency_id": 0},
        {"agency_id": "x"},
        {"login": clerk.login.upper()},
        {"name": "王" * 61},
    ):
        system_admin.get("/accounts/new")
        answer = system_admin.post("/accounts/new", **{**good, **wrong})
        assert answer.status_code in (400, 409), wrong
        assert 'class="error"' in answer.text, wrong
    with system(app) as session:
        assert session.execute(select(func.count()).select_from(Account)).scalar_one() == 2


@pytest.mark.parametrize("pair", EXCLUSIVE, ids=lambda pair: "+".join(sorted(pair)))
def test_roles_that_exclude_each_other_are_refused_by_the_rule_and_by_the_database(app, security_admin, pair):
    one, other = sorted(pair)
    with system(app) as session:
        who = factories.account(session, one, of=factories.agency(session, "education"))
    answer = security_admin.post(f"/accounts/{who.id}/roles", roles=[one, other], before=one)
    assert answer.status_code == 400
    assert held(app, who.id) == {one}
    with pytest.raises(IntegrityError, match="exclude"), system(app) as session:
        session.add(AccountRole(account_id=who.id, role=other))


def test_two_grants_at_once_do_not_slip_past_each_other(app):
    with system(app) as session:
        people = [factories.account(session) for _ in range(8)]

    def grant(wanted: tuple[int, str]) -> None:
        try:
            with system(app) as session:
                session.add(AccountRole(account_id=wanted[0], role=wanted[1]))
        except IntegrityError:
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(grant, [(who.id, role) for who in people for role in ADMINISTRATORS]))
    assert [len(held(app, who.id)) for who in people] == [1] * 8


def test_roles_are_given_and_taken_and_the_person_signs_in_anew(app, security_admin, clerk):
    browser = Browser(app)
    browser.sign_in(clerk)
    answer = security_admin.post(f"/accounts/{clerk.id}/roles", roles=["member"], before="clerk")
    assert answer.status_code == 303
    assert held(app, clerk.id) == {"member"}
    assert browser.get("/me").status_code == 303
    security_admin.get("/me")
    assert security_admin.post(f"/accounts/{clerk.id}/roles", before="member").status_code == 303
    assert held(app, clerk.id) == set()
    with system(app) as session:
        entry = session.execute(select(AuditEntry).filter_by(action="role.edit").limit(1)).scalar_one()
    assert entry.detail == {"before": ["clerk"], "after": ["member"]}


def test_of_two_who_change_the_same_roles_the_second_is_told(app, security_admin, clerk):
    security_admin.post(f"/accounts/{clerk.id}/roles", roles=["clerk", "member"], before="clerk")
    security_admin.get("/me")
    answer = security_admin.post(f"/accounts/{clerk.id}/roles", roles=["clerk", "auditor"], before="clerk")
    assert answer.status_code == 409
    assert held(app, clerk.id) == {"clerk", "member"}


@pytest.mark.parametrize("roles", [["verifier"], ["officer"], ["no_such_role"]])
def test_a_role_is_only_for_its_kinds_of_agency(app, security_admin, clerk, roles):
    assert security_admin.post(f"/accounts/{clerk.id}/roles", roles=roles, before="clerk").status_code == 400
    assert held(app, clerk.id) == {"clerk"}


def test_nobody_changes_the_own_account_or_roles(app):
    for role, acts in (
        ("system_admin", ("disable", "password", "unlock")),
        ("security_admin", ("roles", "factor")),
    ):
        browser = at_work(app, role)
        with system(app) as session:
            own = session.execute(select(func.max(Account.id))).scalar_one()
        for act in acts:
            browser.get("/me")
            assert (
                browser.post(f"/accounts/{own}/{act}", roles=["auditor"], before=role).status_code == 403
            ), act
        url = app.config["ROLLCALL"].database_url
        with (
            pytest.raises(IntegrityError, match="own roles"),
            transaction(url, Scope("all", own, 1)) as session,
        ):
            session.execute(text("delete from account_role where account_id = :own"), {"own": own})


def test_the_last_administrator_of_a_kind_stays(app, system_admin, security_admin):
    with system(app) as session:
        second = person(session, app, "system_admin")
        first = session.execute(select(func.min(Account.id))).scalar_one()
        lone = session.execute(select(AccountRole.account_id).filter_by(role="security_admin")).scalar_one()
    assert system_admin.post(f"/accounts/{lone}/disable").status_code == 409
    assert system_admin.post(f"/accounts/{second.id}/disable").status_code in (303, 400)
    system_admin.get("/me")
    assert system_admin.post(f"/accounts/{second.id}/disable").status_code == 303
    assert security_admin.post(f"/accounts/{first}/roles", before="system_admin").status_code == 409
    assert held(app, first) == {"system_admin"}


def test_who_hands_out_passwords_gives_no_roles_and_sees_no_second_factor(
    app, system_admin, security_admin, clerk
):
    for path in ("roles", "factor"):
        assert system_admin.post(f"/accounts/{clerk.id}/{path}", roles=["auditor"]).status_code == 403
    for path in ("password", "disable", "enable", "unlock"):
        assert security_admin.post(f"/accounts/{clerk.id}/{path}").status_code == 403


def test_an_administrator_of_the_audit_sees_no_personal_data(app):
    """E4."""
    from schemas.permission import ACTIONS, reach_of

    allowed = {action for action in ACTIONS if reach_of(["audit_admin"], action)}
    assert allowed == {"self.use", "audit.view", "audit.verify"}


def test_no_form_binds_what_it_does_not_show(app, system_admin, clerk):
    """A10: every column of the model is posted to every form; only what the form asks for changes."""
    columns = {column.key for column in Account.__table__.columns}
    forged = dict.fromkeys(columns, "1") | {"agency_id": "1", "disabled_at": "2020-01-01", "roles": "auditor"}
    with system(app) as session:
        before = dict(session.execute(select(Account.__table__).filter_by(id=clerk.id)).mappings().one())
    browser = Browser(app)
    browser.sign_in(clerk)
    for path in ("/me/language", "/me/password", "/me/factor", "/me/factor/confirm", "/me/keys"):
        browser.get("/me")
        browser.post(path, **{**forged, "language": "en"})
    system_admin.post(f"/accounts/{clerk.id}/unlock", **forged)
    system_admin.get("/me")
    system_admin.post(f"/accounts/{clerk.id}/enable", **forged)
    with system(app) as session:
        after = dict(session.execute(select(Account.__table__).filter_by(id=clerk.id)).mappings().one())
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"language", "version"}
    assert after["version"] == before["version"] + 1
    assert held(app, clerk.id) == {"clerk"}


def test_agencies_and_regions_are_added_renamed_and_switched_off(app, system_admin, clerk):
    form = {"name": "南山镇人民政府", "kind": "township", "region_code": "659999101"}
    steps = [
        ("/agencies", form, 400),
        ("/regions", {"code": "659999101001", "name": "河西村"}, 400),
        ("/regions", {"code": "65999", "name": "南山镇"}, 400),
        ("/regions", {"code": "659999101", "name": ""}, 400),
        ("/regions", {"code": "659999101", "name": "南山镇"}, 303),
        ("/regions", {"code": "659999101", "name": "南山镇"}, 409),
        ("/regions/659999101/name", {"name": "南山乡"}, 303),
        ("/regions/659998/name", {"name": "别处"}, 404),
        ("/agencies", {**form, "kind": "bank"}, 400),
        ("/agencies", form, 303),
        ("/agencies", form, 409),
        (f"/agencies/{clerk.agency_id}/name", {"name": "青禾县公安局"}, 303),
        ("/agencies/99999/name", {"name": "没有"}, 404),
    ]
    for path, sent, status in steps:
        system_admin.get("/agencies")
        assert system_admin.post(path, **sent).status_code == status, (path, sent)
    browser = Browser(app)
    browser.sign_in(clerk)
    system_admin.get("/agencies")
    assert system_admin.post(f"/agencies/{clerk.agency_id}/active").status_code == 303
    assert browser.get("/me").status_code == 303
    assert browser.sign_in(clerk).status_code == 401
    system_admin.get("/agencies")
    assert system_admin.post(f"/agencies/{clerk.agency_id}/active", active="1").status_code == 303
    assert browser.sign_in(clerk).status_code == 303
    with system(app) as session:
        assert session.get_one(Agency, clerk.agency_id).name == "青禾县公安局"
        own = session.execute(
            select(Account.agency_id).join(AccountRole).filter_by(role="system_admin")
        ).scalar_one()
    system_admin.get("/agencies")
    assert system_admin.post(f"/agencies/{own}/active").status_code == 409


def test_every_role_has_a_name_in_both_languages():
    assert all(role.label and role.english for role in ROLES.values())
