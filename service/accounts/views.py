"""What accounts bring into the app: sessions, form tokens, limits of rate, and the pages."""

from __future__ import annotations

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect

from service import answers
from service.accounts import oidc, rate, views_accounts, views_own, views_sign_in
from service.accounts.api_keys import identity_by
from service.accounts.blueprint import pages
from service.accounts.passwords import Passwords
from service.accounts.sessions import DatabaseSessions, identify
from service.accounts.views_accounts import PLACES
from service.config import Settings
from service.errors import InvalidError, UnauthenticatedError

__all__ = ["PLACES", "install", "pages", "views_accounts", "views_own", "views_sign_in"]

HSTS = "max-age=31536000; includeSubDomains"


def install(app: Flask) -> None:
    """Let every request know who sends it, and let no other site's form be one of ours."""
    settings: Settings = app.config["ROLLCALL"]
    sessions = DatabaseSessions(settings)
    app.session_interface = sessions
    app.extensions["rollcall.passwords"] = Passwords()
    app.extensions["rollcall.identify"] = lambda: identify(
        sessions, lambda given: identity_by(settings, given)
    )
    # The token lives as long as its session, so that a form left open over lunch can be sent.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    protection = CSRFProtect(app)
    app.before_request(lambda: _check_form(protection))
    app.register_error_handler(UnauthenticatedError, _to_sign_in)
    rate.install(app, settings)
    oidc.install(app, settings)
    if settings.secure_cookies:
        app.after_request(_https_only)

    @app.context_processor
    def person() -> dict[str, object]:
        return {"account_url": url_for("accounts.me"), "sign_out_url": url_for("accounts.logout")}


def _check_form(protection: CSRFProtect) -> None:
    """Refuse what another site's page may have sent; a program shows its key and has no cookies to abuse."""
    who = g.get("identity")
    if request.endpoint is None or (who is not None and who.machine):
        return
    try:
        protection.protect()
    except CSRFError:
        raise InvalidError(_("页面已过期，没有提交。请刷新页面后重新填写。")) from None


def _to_sign_in(error: UnauthenticatedError) -> ResponseReturnValue:
    """Lead a person to the sign-in page and back; a program is told."""
    if answers.of_program() or request.method not in ("GET", "HEAD"):
        return answers.answer(error.status, error.code, error.message, {})
    wanted = request.full_path.rstrip("?")
    target = url_for("accounts.login", next=wanted if wanted != "/" else None)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _https_only(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
