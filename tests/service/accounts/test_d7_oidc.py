"""D7: OpenID Connect with a provider that listens on this machine and lies in every way that matters."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwk, jwt
from sqlalchemy import select

from service.accounts.models import WebSession
from service.audit.models import AuditEntry
from tests.web import SECRET, Browser, app_of, code_of, person, system

CLIENT = "rollcall-county"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Provider:
    """An OpenID provider: what it says in its id token is the true answer with ``lie`` laid over it."""

    key: jwk.RSAKey = field(default_factory=lambda: KEY)
    signs_with: Any = None
    algorithm: str = "RS256"
    lie: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""
    challenge: str = ""
    nonce: str = ""
    answers: list[dict[str, list[str]]] = field(default_factory=list)

    def describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
            **self.metadata,
        }

    def tokens(self, form: dict[str, list[str]]) -> dict[str, Any]:
        self.answers.append(form)
        verifier = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == self.challenge
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "u-1001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "email": "someone@example.cn",
            **self.lie,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            head, body = (
                base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
            )
            return {"access_token": "a", "token_type": "Bearer", "id_token": f"{head}.{body}."}
        header = {"alg": self.algorithm, "kid": "one"}
        token = jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.algorithm])
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    told = Provider()

    class Answering(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _say(self, what: dict[str, Any]) -> None:
            body = json.dumps(what).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            keys = {"keys": [told.key.as_dict(private=False)]}
            self._say(keys if self.path == "/keys" else told.describe())

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(told.tokens(parse_qs(form)))

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        told.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def app(database, provider):
    return app_of(database, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret="x" * 20)


@pytest.fixture
def who(app, provider):
    with system(app) as session:
        return person(session, app, "officer", issuer=provider.issuer, subject="u-1001")


def there(browser: Browser, provider: Provider) -> dict[str, str]:
    """Go to the provider; what it was asked."""
    leaves = urlsplit(browser.get("/login/oidc").location)
    asked = {name: values[0] for name, values in parse_qs(leaves.query).items()}
    provider.challenge, provider.nonce = asked["code_challenge"], asked["nonce"]
    return asked


def back(browser: Browser, provider: Provider, **changes: str):
    asked = there(browser, provider)
    return browser.get("/login/oidc/back", query_string={"code": "c", "state": asked["state"], **changes})


def signed_in(app) -> int:
    with system(app) as session:
        return len(session.execute(select(WebSession)).all())


def test_a_person_comes_in_by_issuer_and_subject(app, provider, who):
    browser = Browser(app)
    asked = there(browser, provider)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    before = browser.cookie()
    answer = browser.get("/login/oidc/back", query_string={"code": "c", "state": asked["state"]})
    assert answer.location == "/"
    assert browser.cookie() != before
    assert browser.get("/me").status_code == 200


def test_the_second_factor_is_asked_for_here_too(app, provider):
    with system(app) as session:
        person(session, app, "officer", secret=SECRET, issuer=provider.issuer, subject="u-1001")
    browser = Browser(app)
    assert back(browser, provider).location == "/login/second"
    browser.get("/login/second")
    assert browser.post("/login/second", code=code_of(SECRET)).location == "/"


LIES = {
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "a nonce of before": {"nonce": "of-an-earlier-sign-in"},
    "no nonce": {"nonce": None},
    "nonce said to be unsupported": {"nonce": None, "nonce_supported": False},
    "expired": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200},
    "no expiry": {"exp": None},
    "not yet valid": {"nbf": int(time.time()) + 3600},
    "nobody": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 1001},
    "somebody we do not know": {"sub": "u-1002"},
    "the e-mail of a person": {"sub": "someone@example.cn"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_token_that_is_not_for_this_sign_in_is_refused(app, provider, who, lie):
    provider.lie = lie
    browser = Browser(app)
    assert back(browser, provider).location == "/login"
    assert provider.answers, "the provider was asked"
    assert signed_in(app) == 0
    with system(app) as session:
        entry = session.execute(select(AuditEntry)).scalar_one()
    assert (entry.action, entry.result, entry.detail["why"]) == ("sign_in", "refused", "oidc")


def test_a_token_without_a_signature_is_refused(app, provider, who):
    provider.algorithm = "none"
    assert back(Browser(app), provider).location == "/login"
    assert signed_in(app) == 0


def test_a_token_under_another_key_is_refused(app, provider, who):
    provider.signs_with = OTHER_KEY
    assert back(Browser(app), provider).location == "/login"
    assert signed_in(app) == 0


def test_a_token_under_the_public_key_as_if_it_were_a_shared_one_is_refused(app, provider, who):
    provider.algorithm, provider.signs_with = "HS256", jwk.OctKey.import_key("x" * 32)
    assert back(Browser(app), provider).location == "/login"
    assert signed_in(app) == 0


def test_metadata_of_another_issuer_are_refused(app, provider, who):
    provider.metadata = {"issuer": "https://elsewhere.example"}
    assert Browser(app).get("/login/oidc").location == "/login"


def test_a_state_that_this_browser_did_not_ask_with_is_refused(app, provider, who):
    victim, attacker = Browser(app), Browser(app)
    state = there(attacker, provider)["state"]
    assert victim.get("/login/oidc/back", query_string={"code": "c", "state": state}).location == "/login"
    assert back(victim, provider, state="made-up").location == "/login"
    assert victim.get("/login/oidc/back", query_string={"code": "c"}).location == "/login"
    assert signed_in(app) == 0


def test_an_answer_is_good_once(app, provider, who):
    browser = Browser(app)
    state = there(browser, provider)["state"]
    answer = {"code": "c", "state": state}
    assert browser.get("/login/oidc/back", query_string=answer).location == "/"
    browser.get("/me")
    browser.post("/logout")
    assert browser.get("/login/oidc/back", query_string=answer).location == "/login"


def test_a_disabled_person_stays_out(app, provider):
    from datetime import UTC, datetime

    with system(app) as session:
        person(session, app, issuer=provider.issuer, subject="u-1001", disabled_at=datetime.now(UTC))
    assert back(Browser(app), provider).location == "/login"
    assert signed_in(app) == 0


def test_a_provider_that_does_not_answer_is_said(database):
    app = app_of(database, oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT)
    browser = Browser(app)
    assert browser.get("/login/oidc").location == "/login"
    assert "统一身份认证没有成功" in browser.get("/login").text


def test_without_a_provider_there_is_no_such_page(database):
    app = app_of(database)
    assert Browser(app).get("/login/oidc").status_code == 404
    assert "oidc" not in Browser(app).get("/login").text
