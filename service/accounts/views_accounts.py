"""Pages of the administrators: who has an account, what they may do, and how they get in again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from schemas.permission import ROLES
from service.accounts import rules, sign_in_limits
from service.accounts.blueprint import hasher, pages
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.models import Account
from service.accounts.rules import Draft
from service.accounts.sign_in import Answer
from service.agencies import rules as agency_rules
from service.errors import NotFoundError, ServiceError
from service.navigation import Place
from service.numbers import MOST_ID

PLACES = [Place(80, "账号", "accounts.accounts", "users", "account.view")]
PAGE = 50


@pages.get("/accounts")
@needs("account.view")
def accounts() -> Answer:
    """Who has an account."""
    words, after = request.args.get("q", "")[:60], max(0, request.args.get("after", 0, int))
    found = list(rules.listed(db(), words, min(after, MOST_ID), PAGE + 1))
    onward = (
        url_for("accounts.accounts", q=words or None, after=found[PAGE - 1].id) if len(found) > PAGE else None
    )
    return render_template(
        "accounts/accounts.html", accounts=found[:PAGE], words=words, onward=onward, roles=ROLES
    )


@pages.get("/accounts/new")
@needs("account.edit")
def new_account() -> Answer:
    """The form for an account."""
    return _new_form({})


@pages.post("/accounts/new")
@needs("account.edit")
def new_account_post() -> Answer:
    """Make an account and show its one-time password."""
    form = request.form
    draft = Draft(
        form.get("login", ""), form.get("name", ""), form.get("agency_id", 0, int), form.get("subject", "")
    )
    try:
        account, password = rules.create(db(), settings(), hasher(), draft)
    except ServiceError as error:
        return _new_form(form.to_dict(), error)
    audit("account.create", "account", account.id, agency=account.agency_id)
    return render_template("accounts/handed_out.html", account=account, password=password)


@pages.get("/accounts/<int:account_id>")
@needs("account.view")
def account(account_id: int) -> Answer:
    """One account."""
    found = db().get(Account, account_id) if account_id <= MOST_ID else None
    if found is None:
        raise NotFoundError
    return _account_page(found)


@pages.post("/accounts/<int:account_id>/disable")
@needs("account.edit")
def disable(account_id: int) -> Answer:
    """Switch an account off."""
    found = _other(account_id)
    rules.disable(db(), found)
    return _done("account.disable", found, _("账号已停用，已登录的会话全部退出。"))


@pages.post("/accounts/<int:account_id>/enable")
@needs("account.edit")
def enable(account_id: int) -> Answer:
    """Switch an account on."""
    found = _other(account_id)
    rules.enable(found)
    return _done("account.enable", found, _("账号已启用。"))


@pages.post("/accounts/<int:account_id>/unlock")
@needs("account.edit")
def unlock(account_id: int) -> Answer:
    """Forget failed sign-ins."""
    found = _other(account_id)
    rules.unlock(db(), settings(), found)
    return _done("account.unlock", found, _("已解除锁定。"))


@pages.post("/accounts/<int:account_id>/password")
@needs("account.edit")
def reset_password(account_id: int) -> Answer:
    """Hand out a new password, shown once."""
    found = _other(account_id)
    password = rules.reset_password(db(), settings(), hasher(), found)
    audit("account.reset", "account", found.id)
    return render_template("accounts/handed_out.html", account=found, password=password)


@pages.post("/accounts/<int:account_id>/factor")
@needs("role.edit")
def reset_factor(account_id: int) -> Answer:
    """Take a lost second factor away."""
    found = _other(account_id)
    rules.reset_second_factor(db(), found)
    return _done("second_factor.reset", found, _("第二因素已清除，下次登录时重新设置。"))


@pages.post("/accounts/<int:account_id>/roles")
@needs("role.edit")
def set_roles(account_id: int) -> Answer:
    """Give and take roles."""
    found = _other(account_id)
    before = sorted(each.role for each in found.roles)
    seen = [role for role in request.form.get("before", "").split(",") if role]
    try:
        # A part of its own: what was begun before a refusal is undone, the page can still be shown.
        with db().begin_nested():
            rules.set_roles(db(), found, request.form.getlist("roles"), seen)
    except ServiceError as error:
        return _account_page(found, error.status, roles_error=error.message)
    return _done(
        "role.edit",
        found,
        _("角色已修改，该账号需重新登录。"),
        before=before,
        after=sorted(request.form.getlist("roles")),
    )


def _other(account_id: int) -> Account:
    return rules.other(db(), account_id if account_id <= MOST_ID else 0, identity().account_id)


def _done(action: str, found: Account, said: str, **detail: list[str]) -> Answer:
    audit(action, "account", found.id, "", **detail)
    flash(said, "good")
    return redirect(url_for("accounts.account", account_id=found.id), 303)


def _account_page(found: Account, status: int = 200, **said: Any) -> tuple[str, int]:
    values = {
        "account": found,
        "held": sorted(each.role for each in found.roles),
        "roles": [role for role in ROLES.values() if not role.kinds or found.agency.kind in role.kinds],
        "locked": sign_in_limits.locked(db(), sign_in_limits.digest_of(settings(), found.login)),
        "own": found.id == identity().account_id,
    }
    return render_template("accounts/account.html", **values, **said), status


def _new_form(form: dict[str, str], error: ServiceError | None = None) -> tuple[str, int]:
    values = {
        "form": form,
        "agencies": [("", _("请选择")), *((each.id, each.name) for each in agency_rules.active(db()))],
        "oidc": settings().oidc_issuer,
        "errors": {str(error.details.get("field", "login")): error.message} if error else {},
    }
    return render_template("accounts/new_account.html", **values), error.status if error else 200
