"""The page of time limits: everybody who works with cases reads it, the bureau's officer sets them."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.limits import UNITS
from service.accounts.guard import audit, db, identity, needs
from service.limits.rules import held, set_limit

pages = APIBlueprint("limits", __name__, enable_openapi=False)


@pages.get("/limits")
@needs("case.view")
def show() -> ResponseReturnValue:
    """Every limit with the document behind it."""
    return render_template(
        "limits/show.html", held=held(db()), units=UNITS, may_set=identity().may("round.edit")
    )


@pages.post("/limits/<word>")
@needs("round.edit")
def change(word: str) -> ResponseReturnValue:
    """Set one limit."""
    said = request.form
    amount = set_limit(db(), word, said.get("amount", ""), said.get("source", ""), identity().account_id)
    audit("limit.set", "limit", word, amount=amount)
    flash(_("时限已保存，从现在起分派、发出的按新的时限。"), "good")
    return redirect(url_for("limits.show"), 303)
