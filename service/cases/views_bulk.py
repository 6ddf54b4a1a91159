"""Pages of giving many cases away, and passing one on to another township."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.cases import acts, bulk, shown
from service.cases.assigning import assign
from service.cases.blueprint import pages
from service.cases.children import Vault
from service.cases.clock import now, today
from service.cases.filters import Seen
from service.cases.listing import MOST_ID
from service.cases.passing import pass_on
from service.limits.rules import limits_of
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.rules import round_of
from service.runs.views_files import mark
from service.worksheets.receipts import make_receipt


@pages.post("/rounds/<int:round_id>/cases/assign")
@needs("case.assign")
def assign_many(round_id: int) -> ResponseReturnValue:
    """Show which cases would go to an agency and which not; with ``yes`` give them away, with a receipt."""
    of, who, said = round_of(db(), min(round_id, MOST_ID)), identity(), request.form
    limits = limits_of(db())
    seen = Seen(who.agency_id, today(), now(), limits)
    cases = bulk.chosen(db(), of.id, said, said.getlist("case"), seen)
    agency = bulk.target(db(), who, said.get("agency", ""))
    due = bulk.due_of(said.get("due", ""), limits.due("verify", today()))
    mine, others = bulk.own(cases, who)
    sure = said.get("yes") == "1"
    result = assign(db(), mine, agency, due, who, cipher_of(settings()), apply=sure)
    result.left += [(case, "不在您的辖区") for case in others]
    lines = bulk.lines(db(), Vault.of(settings()), of, result, agency, sight_of(who))
    if not sure:
        return render_template(
            "cases/assign.html",
            round=of,
            agency=agency,
            due=due,
            lines=lines,
            ids=[case.id for case in result.done],
            done=len(result.done),
            left=len(result.left),
            **shown.words(),
        )
    receipt = make_receipt(
        db(),
        settings(),
        who,
        round_id=of.id,
        kind="assign",
        lines=lines,
        note=f"{agency.name}，期限 {due}。{mark()}",
    )
    told = {"agency": agency.id, "receipt": receipt.id, "cases": [case.id for case in result.done]}
    audit("case.assign", "round", of.id, **told, left=receipt.left)
    flash(_("已分派 %(done)s 个，未分派 %(left)s 个。", done=receipt.done, left=receipt.left), "good")
    return redirect(url_for("worksheets.receipt", receipt_id=receipt.id), 303)


@pages.post("/cases/<int:case_id>/pass")
@needs("case.assign")
def pass_one(case_id: int) -> ResponseReturnValue:
    """Let a case lie in another township, whose people see it from then on."""
    case, said = acts.one(case_id), request.form
    where = pass_on(
        db(),
        case,
        identity(),
        cipher_of(settings()),
        version=acts.number(said, "version"),
        code=said.get("region", ""),
        note=said.get("note", ""),
    )
    audit("case.assign", "case", case.id, step="pass_on", region=where.code)
    flash(_("已转交%(name)s，请另行分派。", name=where.name), "good")
    return redirect(url_for("cases.show", case_id=case.id), 303)
