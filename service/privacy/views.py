"""The page on which requests to see what is masked are granted or refused, by somebody else than who asks."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.codes import code_list
from service.accounts.guard import audit, audit_apart, db, identity, needs, settings
from service.accounts.models import Account
from service.agencies.models import Agency
from service.audit.chain import Act
from service.errors import ForbiddenError, InvalidError
from service.navigation import Place
from service.privacy.models import UnmaskRequest
from service.privacy.rules import decide, waiting

pages = APIBlueprint("privacy", __name__, enable_openapi=False)
PLACES = (Place(40, "查看申请", "privacy.requests", "eye", "unmask.approve"),)
DECIDED = 50
"""Requests shown of those that were decided last."""

DECISIONS = {"grant": True, "refuse": False}


@pages.get("/unmasking")
@needs("unmask.approve")
def requests() -> ResponseReturnValue:
    """What waits for a decision, and what was decided last."""
    session = db()
    decided = select(UnmaskRequest).where(UnmaskRequest.decided_at.is_not(None))
    query = decided.order_by(UnmaskRequest.decided_at.desc(), UnmaskRequest.id.desc()).limit(DECIDED)
    there, over = waiting(session, identity()), list(session.scalars(query))
    people = _people({each.account_id for each in (*there, *over)})
    return render_template(
        "privacy/requests.html",
        waiting=[_row(each, people) for each in there],
        decided=[_row(each, people) for each in over],
        minutes=settings().unmask_minutes,
    )


@pages.post("/unmasking/<int:number>/decide")
@needs("unmask.approve")
def decide_one(number: int) -> ResponseReturnValue:
    """Grant or refuse a request."""
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        raise InvalidError("请选择批准或不批准。")
    try:
        decide(db(), settings(), identity(), number, DECISIONS[decision], audit)
    except ForbiddenError:
        audit_apart(Act("unmask.approve", "unmask", number, result="refused"))
        raise
    flash(_("已批准，到期自动隐去。") if DECISIONS[decision] else _("已记为不批准。"), "good")
    return redirect(url_for("privacy.requests"), 303)


def _people(accounts: set[int]) -> dict[int, tuple[str, str]]:
    """Account -> name and agency."""
    query = select(Account.id, Account.name, Agency.name).join(Agency, Agency.id == Account.agency_id)
    return {row[0]: (row[1], row[2]) for row in db().execute(query.where(Account.id.in_(accounts)))}


def _row(asked: UnmaskRequest, people: dict[int, tuple[str, str]]) -> dict[str, Any]:
    """A request as it is shown: of whom it is says its number alone."""
    labels = {row["code"]: row["name"] for row in code_list("masking")}
    name, agency = people.get(asked.account_id, ("", ""))
    place, _slash, no = asked.subject_id.partition("/")
    url = ""
    if asked.subject == "child":
        # Of a case the number of the case, of a child in a run that of the run and its own.
        case = place == "case"
        url = url_for("cases.show", case_id=no) if case else url_for("runs.child", run_id=place, no=no)
    return {
        "id": asked.id,
        "name": name,
        "agency": agency,
        "fields": "、".join(_(labels[each]) for each in asked.fields),
        "reason": asked.reason,
        "granted": asked.state == "granted",
        "asked_at": asked.created_at,
        "decided_at": asked.decided_at,
        "views": asked.views,
        "subject": asked.subject_id,
        "url": url,
    }
