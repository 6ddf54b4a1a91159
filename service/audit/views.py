"""Pages of the audit: the entries, newest first. Reading them is an act of its own."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from service.accounts.guard import audit, db, needs
from service.audit.models import AuditEntry
from service.navigation import Place

pages = APIBlueprint("audit", __name__, url_prefix="/audit", enable_openapi=False)
PLACES = (Place(90, "审计记录", "audit.entries", "history", "audit.view"),)
PAGE = 100
"""Entries on a page."""

RESULTS = {"done": "完成", "refused": "拒绝", "failed": "失败"}
FILTERS = ("actor", "action", "subject", "subject_id", "result")


@pages.get("/")
@needs("audit.view")
def entries() -> ResponseReturnValue:
    """Entries that fit the filters, the newest first, paged by number."""
    chosen = {name: request.args.get(name, "").strip() for name in FILTERS}
    before = request.args.get("before", type=int)
    query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(PAGE + 1)
    for name, value in chosen.items():
        if value:
            query = query.where(getattr(AuditEntry, name) == value)
    if before:
        query = query.where(AuditEntry.number < before)
    found = db().scalars(query).all()
    audit("audit.view", filters=sorted(name for name, value in chosen.items() if value))
    more = len(found) > PAGE
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    older = url_for("audit.entries", **kept, before=found[PAGE - 1].number) if more else ""
    newest = url_for("audit.entries", **kept) if before else ""
    return render_template(
        "audit/entries.html", entries=found[:PAGE], chosen=chosen, older=older, newest=newest, results=RESULTS
    )
