"""How often addresses, and all together, may try to sign in. Counted in the broker, so for all processes."""

from __future__ import annotations

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from service.config import Settings

FROM_ONE_ADDRESS = "30 per minute; 300 per hour"
"""An office behind one address signs in within these; a guesser gets 300 tries an hour, over all logins."""

ALL_TOGETHER = "120 per minute"
"""At half a second of computing each, sign-ins take at most one processor core."""


def install(app: Flask, settings: Settings) -> None:
    """Keep the counts in the broker; while it is away, in this process."""
    app.extensions["rollcall.limiter"] = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.broker_url or "memory://",
        storage_options={"socket_connect_timeout": 2} if settings.broker_url else {},
        in_memory_fallback_enabled=True,
        key_prefix="rollcall",
    )


def slow_down() -> None:
    """Count this request among the tries to sign in; past the limit it is answered 429."""
    limiter: Limiter = current_app.extensions["rollcall.limiter"]
    with (
        limiter.limit(FROM_ONE_ADDRESS, scope="sign-in"),
        limiter.limit(ALL_TOGETHER, key_func=lambda: "everybody", scope="sign-in"),
    ):
        pass
