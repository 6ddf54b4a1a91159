"""The pages of accounts, to which the ``views_*`` modules add theirs."""

from __future__ import annotations

from flask import Blueprint, current_app

from service.accounts.passwords import Passwords
from service.accounts.sessions import DatabaseSessions

pages = Blueprint("accounts", __name__)


def hasher() -> Passwords:
    """Hashes with the costs of this app."""
    found: Passwords = current_app.extensions["rollcall.passwords"]
    return found


def kept_sessions() -> DatabaseSessions:
    """The sessions of this app."""
    found = current_app.session_interface
    assert isinstance(found, DatabaseSessions)
    return found
