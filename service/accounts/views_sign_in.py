"""Pages of signing in and out: password, second factor, first password, setting the second factor up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import format_time
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from schemas.permission import PUBLIC
from service.accounts import credentials, rate, second_factor, sessions, sign_in, sign_in_limits
from service.accounts.blueprint import hasher, kept_sessions, pages
from service.accounts.guard import audit, db, needs, settings
from service.accounts.models import Account
from service.accounts.sessions import OPEN, PASSWORD, browser
from service.accounts.sign_in import Answer
from service.db import SYSTEM, transaction
from service.errors import ForbiddenError, UnauthenticatedError


@pages.get("/login")
@needs(PUBLIC)
def login() -> Answer:
    """The form; who is signed in already goes on."""
    if browser().state == OPEN:
        return redirect(sign_in.inside(request.args.get("next", "")), 303)
    return _form("login", next=sign_in.inside(request.args.get("next", "")))


@pages.post("/login")
@needs(PUBLIC)
def login_post() -> Answer:
    """Compare login and password."""
    rate.slow_down()
    name, password = request.form.get("login", "")[:200], request.form.get("password", "")
    place = sign_in.place_of(name)
    checked = sign_in.check_password(settings(), hasher(), name, password, place, g.request_id)
    wanted = sign_in.inside(request.form.get("next", ""))
    if checked.until is not None:
        said = _(
            "失败次数过多，请在 %(time)s 之后再试。忘记密码请联系系统管理员。",
            time=format_time(checked.until, "HH:mm"),
        )
        return _form("login", 401, next=wanted, login=name, error=said)
    if not checked.account_id:
        said = _("登录名或密码不正确。请检查大小写和输入法。")
        return _form("login", 401, next=wanted, login=name, error=said)
    return sign_in.advance(db().get_one(Account, checked.account_id), {"next": wanted})


@pages.get("/login/second")
@needs(PUBLIC)
def second() -> Answer:
    """Ask for the code of the app."""
    _account_at("accounts.second")
    return _form("second")


@pages.post("/login/second")
@needs(PUBLIC)
def second_post() -> Answer:
    """Compare the code; a wrong one counts like a wrong password."""
    rate.slow_down()
    account = _account_at("accounts.second")
    at, place = settings(), sign_in.place_of(account.login)
    who = sign_in_limits.digest_of(at, account.login)
    with transaction(at.database_url, SYSTEM) as session:
        until = sign_in_limits.reserve(session, at, who, place)
        held = session.get_one(Account, account.id)
        good = until is None and second_factor.passes(session, at, held, request.form.get("code", "")[:60])
        if not good:
            why = "second_factor" if until is None else "locked"
            sign_in.refuse(session, at, held, why, place, g.request_id)
            until = until or sign_in_limits.failed(session, at, who, place)
        else:
            sign_in_limits.passed(session, who, place)
    if until is not None:
        sessions.end(db())
        flash(_("失败次数过多，请在 %(time)s 之后再试。", time=format_time(until, "HH:mm")), "bad")
        return redirect(url_for("accounts.login"), 303)
    if not good:
        said = _("验证码不正确或已用过。请等手机上出现新的验证码再输入。")
        return _form("second", 401, error=said)
    return sign_in.advance(account, {**_data(), "second": True})


@pages.get("/login/password")
@needs(PUBLIC)
def first_password() -> Answer:
    """Ask for a new password, where the present one was handed out or is old."""
    _account_at("accounts.first_password")
    return _form("first_password", rules=credentials.rules_of(settings()))


@pages.post("/login/password")
@needs(PUBLIC)
def first_password_post() -> Answer:
    """Take the new password and go on."""
    account = _account_at("accounts.first_password")
    new, again = request.form.get("new", ""), request.form.get("again", "")
    wrong = credentials.fault_of(settings(), hasher(), account, new, again)
    if wrong:
        return _form("first_password", 422, rules=credentials.rules_of(settings()), error=wrong)
    credentials.take(settings(), hasher(), account, new)
    sign_in.note(account, "password.change")
    sessions.end_all(db(), account.id, browser().digest)
    return sign_in.advance(account, _data())


@pages.get("/login/factor")
@needs(PUBLIC)
def enrol() -> Answer:
    """Show the secret for the app."""
    _account_at("accounts.enrol")
    return _form("enrol", secret=credentials.offered_secret())


@pages.get("/login/factor.svg")
@needs(PUBLIC)
def enrol_picture() -> Response:
    """The secret as a picture for the app's camera."""
    account = _account_at("accounts.enrol")
    return Response(
        second_factor.picture(account.login, credentials.offered_secret()), mimetype="image/svg+xml"
    )


@pages.post("/login/factor")
@needs(PUBLIC)
def enrol_post() -> Answer:
    """Compare the app's first code; then the session opens, and the recovery codes are shown."""
    rate.slow_down()
    account = _account_at("accounts.enrol")
    secret = credentials.offered_secret()
    step = second_factor.step_of(secret, request.form.get("code", "")[:20])
    if step is None:
        return _form(
            "enrol", 422, secret=secret, error=_("验证码不正确。请确认手机时间准确，再输入新的验证码。")
        )
    codes = second_factor.enrol(db(), settings(), account, secret, step)
    sign_in.note(account, "second_factor.enrol")
    data = _data()
    sign_in.come_in(account, {**data, "second": True})
    return sign_in.remembered(
        _page("recovery_codes", codes=codes, onward=sign_in.inside(data.get("next", ""))), account.login
    )


@pages.post("/logout")
@needs(PUBLIC)
def logout() -> Answer:
    """End the session."""
    if g.identity is not None:
        audit("sign_out")
    sessions.end(db())
    response = redirect(url_for("accounts.login"), 303)
    kept_sessions().forget(response)
    return response


def _account_at(endpoint: str) -> Account:
    """The account that has come as far as this page.

    Raises:
        UnauthenticatedError: nobody has, or too long ago. ForbiddenError: another step comes first.
    """
    current = browser()
    if current.state != PASSWORD:
        raise UnauthenticatedError
    account = db().get_one(Account, current.account_id)
    if sign_in.pending(settings(), account, dict(current), datetime.now(UTC)) != endpoint:
        raise ForbiddenError(_("请按顺序完成登录的各个步骤。"))
    return account


def _data() -> dict[str, Any]:
    """What is carried from one step to the next."""
    return {name: browser()[name] for name in ("next", "second", "oidc", "offered") if name in browser()}


def _form(page: str, status: int = 200, **values: Any) -> tuple[str, int]:
    return render_template(f"accounts/{page}.html", **values), status


def _page(page: str, **values: Any) -> AnyResponse:
    return Response(render_template(f"accounts/{page}.html", **values))
