"""What every request passes: who is it, may they, in which transaction.

A view says with ``@needs("action")`` which action of ``schemas.permission`` it is; a view that says nothing
answers 403 (and fails a test). ``db()`` is the request's one transaction, in the scope that the action gives
this person; it is committed when the view has answered without an error.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from schemas.permission import ACTIONS, PUBLIC
from service.accounts.identity import Identity
from service.audit import tampering
from service.audit.chain import Act, Actor, record, silent, watch
from service.config import Settings
from service.db import SYSTEM, engine_of, enter, transaction
from service.errors import ForbiddenError, UnauthenticatedError
from service.privacy.ciphers import TamperedError

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
"""Methods of what changes something. Signing in, which is public, has its own entries and transactions."""


class UnrecordedError(Exception):
    """A view did something and did not call ``audit``: it is undone. A fault of ours, never of who asked."""


View = TypeVar("View", bound=Callable[..., Any])


def needs(action: str) -> Callable[[View], View]:
    """Declare the action that a view is; ``PUBLIC`` where nobody needs to be signed in."""
    if action != PUBLIC and action not in ACTIONS:
        raise KeyError(f"no such action in schemas.permission: {action}")

    def mark(view: View) -> View:
        view.needs = action  # type: ignore[attr-defined]
        return view

    return mark


def action_of(app: Flask, endpoint: str) -> str | None:
    """The action that an endpoint declares; None where it declares none."""
    view = app.view_functions[endpoint]
    return getattr(view, "needs", None)


def settings() -> Settings:
    """Of the app that answers."""
    found: Settings = current_app.config["ROLLCALL"]
    return found


def identity() -> Identity:
    """Who is signed in.

    Raises:
        UnauthenticatedError: nobody.
    """
    found: Identity | None = g.get("identity")
    if found is None:
        raise UnauthenticatedError("请先登录。")
    return found


def db() -> Session:
    """The request's transaction, opened when it is first asked for."""
    if "db" not in g:
        action = g.action
        scope = SYSTEM if action == PUBLIC else identity().scope(action)
        g.db = Session(engine_of(settings().database_url), expire_on_commit=False)
        watch(g.db)
        enter(g.db, scope)
    session: Session = g.db
    return session


def begin_again(action: str) -> Session:
    """Undo what the request has done and go on as for this action, to show the page once more.

    What is done from here on, the entry of what the page shows, is committed whatever the answer's status.
    """
    session = db()
    session.rollback()
    enter(session, identity().scope(action))
    g.keep = True
    return session


def audit(
    action: str, subject: str = "", subject_id: object = "", purpose: str = "", **detail: object
) -> None:
    """Add an entry about the signed-in person to the request's transaction."""
    act = Act(action, subject, subject_id, purpose, detail=detail)
    record(db(), settings().key("audit_key"), actor(), act)


def audit_apart(act: Act) -> None:
    """Add an entry in a transaction of its own: of what was refused, whose transaction is undone."""
    with transaction(settings().database_url, SYSTEM) as session:
        record(session, settings().key("audit_key"), actor(), act)


def tampered(error: TamperedError) -> None:
    """Have a value that is not what was stored entered in the audit, after the request's transaction."""
    g.tampered = error


def actor() -> Actor:
    """Who acts in this request, as far as is known."""
    who: Identity | None = g.get("identity")
    return who.actor(g.request_id) if who else Actor(request=g.request_id)


def install(app: Flask) -> None:
    """Put the guard before every view of the app, and the end of the transaction after it."""
    app.before_request(_enter)
    app.after_request(_leave)
    app.teardown_request(_give_up)


def _enter() -> None:
    g.request_id = str(uuid.uuid4())
    endpoint = request.endpoint
    if endpoint is None:
        g.action = PUBLIC
        return
    # Files of ours and of the libraries: no view that could declare anything.
    g.action = PUBLIC if endpoint == "static" else action_of(current_app, endpoint)
    current_app.extensions["rollcall.identify"]()
    if g.action == PUBLIC:
        return
    if g.action is None:
        raise ForbiddenError("这个页面没有登记权限，不能打开。请联系系统管理员。")
    who = identity()
    if not who.may(g.action):
        audit_apart(Act(g.action, "route", endpoint, result="refused"))
        who.scope(g.action)  # says why


def _leave(response: Response) -> Response:
    """Commit what an answered request did; what it could not do is undone."""
    session: Session | None = g.pop("db", None)
    if session is not None:
        try:
            if response.status_code < 400 or g.pop("keep", False):
                session.flush()
                if request.method in UNSAFE and g.action != PUBLIC and silent(session):
                    raise UnrecordedError(f"{request.endpoint} changed something and left no audit entry")
                session.commit()
            else:
                session.rollback()
        finally:
            session.close()
    found: TamperedError | None = g.pop("tampered", None)
    if found is not None:
        tampering.note(settings(), actor(), found)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def _give_up(error: BaseException | None) -> None:
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.rollback()
        session.close()
