"""A person's own account: password, second factor, language, keys for programs, open sessions."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from schemas.permission import ACTIONS
from service.accounts import api_keys, credentials, rate, second_factor, sessions, sign_in, sign_in_limits
from service.accounts.blueprint import hasher, pages
from service.accounts.guard import audit, audit_apart, db, identity, needs, settings
from service.accounts.models import Account
from service.accounts.sessions import OPEN, browser
from service.accounts.sign_in import Answer
from service.audit.chain import Act
from service.db import SYSTEM, transaction
from service.errors import InvalidError, NotFoundError, ServiceError

LANGUAGES = ("zh", "en")


@pages.get("/me")
@needs("self.use")
def me() -> Answer:
    """The own account."""
    return _page()


@pages.post("/me/password")
@needs("self.use")
def change_password() -> Answer:
    """Take a new password: every other session ends, this one gets a new token."""
    account = _own()
    form = request.form
    if not _is_me(account, form.get("present", "")):
        return _page(422, password_error=_("现在的密码不正确。"))
    wrong = credentials.fault_of(settings(), hasher(), account, form.get("new", ""), form.get("again", ""))
    if wrong:
        return _page(422, password_error=wrong)
    credentials.take(settings(), hasher(), account, form["new"])
    _renew(account)
    audit("password.change", "account", account.id)
    flash(_("密码已修改，其他登录已全部退出。"), "good")
    return redirect(url_for("accounts.me"), 303)


@pages.post("/me/factor")
@needs("self.use")
def offer_factor() -> Answer:
    """Begin to set up another second factor; the present one stays until the new one works."""
    account = _own()
    if not _is_me(account, request.form.get("present", "")):
        return _page(422, factor_error=_("现在的密码不正确。"))
    browser()["offered"] = credentials.new_offer(account)
    return redirect(url_for("accounts.renew_factor"), 303)


@pages.get("/me/factor")
@needs("self.use")
def renew_factor() -> Answer:
    """Show the offered secret."""
    return _factor_form()


@pages.get("/me/factor.svg")
@needs("self.use")
def renew_factor_picture() -> Response:
    """The offered secret as a picture for the app's camera."""
    return Response(second_factor.picture(identity().login, _offered()), mimetype="image/svg+xml")


@pages.post("/me/factor/confirm")
@needs("self.use")
def confirm_factor() -> Answer:
    """Take the new second factor."""
    rate.slow_down()
    account, secret = _own(), _offered()
    step = second_factor.step_of(secret, request.form.get("code", "")[:20])
    if step is None:
        return _factor_form(422, error=_("验证码不正确。请确认手机时间准确，再输入新的验证码。"))
    codes = second_factor.enrol(db(), settings(), account, secret, step)
    _renew(account)
    audit("second_factor.enrol", "account", account.id)
    shown = render_template("accounts/recovery_codes.html", codes=codes, onward=url_for("accounts.me"))
    return Response(shown)


@pages.post("/me/language")
@needs("self.use")
def change_language() -> Answer:
    """Take the language of pages."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise InvalidError(_("没有这种语言。"), field="language")
    account = _own()
    account.language = chosen
    audit("account.language", "account", account.id, language=chosen)
    return redirect(url_for("accounts.me", lang=chosen), 303)  # the page's own switch remembers it here


@pages.post("/me/keys")
@needs("api_key.use")
def make_key() -> Answer:
    """Make a key and show it, once."""
    form = request.form
    try:
        key, text = api_keys.make(
            db(), identity(), form.get("name", ""), form.getlist("actions"), form.get("days", 0, int)
        )
    except ServiceError as error:
        return _page(error.status, key_error=error.message)
    audit(
        "api_key.make",
        "api_key",
        key.id,
        actions=list(key.actions),
        expires=key.expires_at.date().isoformat(),
    )
    return Response(render_template("accounts/new_key.html", key=key, text=text))


@pages.post("/me/keys/<int:key_id>/revoke")
@needs("api_key.use")
def revoke_key(key_id: int) -> Answer:
    """Make a key useless."""
    key = api_keys.revoke(db(), identity().account_id, key_id)
    audit("api_key.revoke", "api_key", key.id)
    flash(_("密钥已停用。"), "good")
    return redirect(url_for("accounts.me"), 303)


@pages.post("/me/sessions/<digest>/end")
@needs("self.use")
def end_session(digest: str) -> Answer:
    """End another session of the own account."""
    found = [each for each in sessions.of_account(db(), identity().account_id) if each.digest.hex() == digest]
    if not found:
        raise NotFoundError
    db().delete(found[0])
    audit("session.end", "account", identity().account_id)
    flash(_("已退出该处登录。"), "good")
    return redirect(url_for("accounts.me"), 303)


def _own() -> Account:
    return db().get_one(Account, identity().account_id)


def _is_me(account: Account, password: str) -> bool:
    """Whether this is the own password; wrong ones count as failed sign-ins, so that none is guessed here."""
    rate.slow_down()
    at, place = settings(), sign_in.place_of(account.login)
    who = sign_in_limits.digest_of(at, account.login)
    with transaction(at.database_url, SYSTEM) as session:
        refused = sign_in_limits.reserve(session, at, who, place) is not None
    right = not refused and credentials.is_of(at, hasher(), account, password)
    with transaction(at.database_url, SYSTEM) as session:
        if right:
            sign_in_limits.passed(session, who, place)
        elif not refused:
            sign_in_limits.failed(session, at, who, place)
    if not right:
        why = "locked" if refused else "password"
        audit_apart(Act("self.use", "account", account.id, result="refused", detail={"why": why}))
    return right


def _renew(account: Account) -> None:
    """Give this session a new token, as old as it was, and end the others."""
    current = browser()
    assert current.digest is not None
    since = next(
        each for each in sessions.of_account(db(), account.id) if each.digest == current.digest
    ).created_at
    sessions.start(db(), account, OPEN, {}, since)
    sessions.end_all(db(), account.id, browser().digest)


def _offered() -> str:
    if "offered" not in browser():
        raise NotFoundError(_("请先在“我的账号”里输入密码，再更换第二因素。"))
    return credentials.offered_secret()


def _factor_form(status: int = 200, error: str = "") -> tuple[str, int]:
    return render_template("accounts/factor.html", secret=_offered(), error=error), status


def _page(status: int = 200, **said: Any) -> tuple[str, int]:
    who = identity()
    values = {
        "account": _own(),
        "sessions": sessions.of_account(db(), who.account_id),
        "current": browser().digest,
        "keys": api_keys.of_account(db(), who.account_id) if who.may("api_key.use") else [],
        "works": api_keys.works,
        "offered": [(name, ACTIONS[name].label) for name in api_keys.offered(who)]
        if who.may("api_key.use")
        else [],
        "actions": ACTIONS,
        "longest": api_keys.LONGEST_DAYS,
        "rules": credentials.rules_of(settings()),
        "second_factor": settings().second_factor,
    }
    return render_template("accounts/me.html", **values, **said), status
