"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce; a person is (issuer, subject).

Never by e-mail or name, which the provider may give to another. It stands in for the password only: where the
second factor is on, ours is asked for as well.
"""

from __future__ import annotations

from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.oidc.core import CodeIDToken
from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from joserfc.errors import JoseError
from requests import RequestException
from sqlalchemy import select
from werkzeug.wrappers import Response

from schemas.permission import PUBLIC
from service.accounts import rate, sign_in
from service.accounts.blueprint import pages
from service.accounts.guard import audit_apart, db, needs, settings
from service.accounts.models import Account
from service.accounts.sessions import identity_of
from service.audit.chain import Act
from service.config import Settings
from service.errors import NotFoundError

ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Of the provider's signature, whatever it says it can: never ``none``, never a key that both sides know."""

LEEWAY_SECONDS = 60
_SECONDS = 10


class RefusedError(Exception):
    """The provider's answer cannot be trusted. The text is for the log, in English."""


def install(app: Flask, at: Settings) -> None:
    """Know the provider, where one is set."""
    app.jinja_env.globals["oidc_offered"] = bool(at.oidc_issuer)
    if not at.oidc_issuer:
        return
    provider = OAuth(app).register(
        "provider",
        client_id=at.oidc_client_id,
        client_secret=at.oidc_client_secret,
        server_metadata_url=at.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
        },
    )
    app.extensions["rollcall.oidc"] = provider


@pages.get("/login/oidc")
@needs(PUBLIC)
def oidc() -> Response:
    """Go to the provider."""
    rate.slow_down()
    provider = _provider()
    try:
        _metadata(provider)
        answer: Response = provider.authorize_redirect(url_for("accounts.oidc_back", _external=True))
    except (RefusedError, RequestException, OAuthError) as error:
        return _refused(error)
    return answer


@pages.get("/login/oidc/back")
@needs(PUBLIC)
def oidc_back() -> Response:
    """Come back from the provider: check everything that it says, then go on as after a password."""
    rate.slow_down()
    provider = _provider()
    try:
        subject = _subject(provider)
    except (
        RefusedError,
        RequestException,
        OAuthError,
        JoseError,
        ValueError,
        KeyError,
        RuntimeError,
    ) as error:
        return _refused(error)
    account = (
        db()
        .execute(select(Account).where(Account.issuer == settings().oidc_issuer, Account.subject == subject))
        .scalar_one_or_none()
    )
    if account is None or identity_of(account) is None:
        return _refused(RefusedError("no account of that subject"))
    return sign_in.advance(account, {"oidc": True})


def _subject(provider: Any) -> str:
    """Who the provider says this is.

    Raises:
        RefusedError, OAuthError, JoseError: any part of its answer is not as it must be.
    """
    _metadata(provider)
    claims = {
        "iss": {"essential": True, "value": settings().oidc_issuer},
        "aud": {"essential": True, "value": settings().oidc_client_id},
        "exp": {"essential": True},
        "nonce": {"essential": True},
    }
    if "error" in request.args or "state" not in request.args:
        raise RefusedError("the provider refused, or nobody asked it")
    token = provider.authorize_access_token(
        claims_options=claims, claims_cls=CodeIDToken, leeway=LEEWAY_SECONDS
    )
    said = token.get("userinfo")
    if not said or not isinstance(said.get("sub"), str) or not said["sub"]:
        raise RefusedError("no id token, or none that names a person")
    return str(said["sub"])


def _metadata(provider: Any) -> None:
    """Read what the provider says of itself, and hold it to our algorithms.

    Raises:
        RefusedError: it says that it is another.
    """
    metadata = provider.load_server_metadata()
    if metadata.get("issuer") != settings().oidc_issuer:
        raise RefusedError("the metadata name another issuer than ROLLCALL_OIDC_ISSUER")
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS


def _provider() -> Any:
    provider = current_app.extensions.get("rollcall.oidc")
    if provider is None:
        raise NotFoundError
    return provider


def _refused(error: Exception) -> Response:
    current_app.logger.warning(
        "request %s: sign-in by OpenID refused: %s", g.request_id, type(error).__name__
    )
    detail: dict[str, object] = {"why": "oidc", "error": type(error).__name__, "address": request.remote_addr}
    audit_apart(Act("sign_in", "account", result="refused", detail=detail))
    flash(_("统一身份认证没有成功。请重试，或用登录名和密码登录；仍不行请联系系统管理员。"), "bad")
    return redirect(url_for("accounts.login"), 303)
