"""Pages of giving many cases away, and passing one on to another township."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.cases import acts, bulk, shown
from service.cases.assigning import assign
from service.cases.blueprint import pages
from service.cases.children import Vault
from service.cases.filters import Seen
from service.cases.models import Case
from service.cases.passing import pass_on
from service.county_time import now, today
from service.limits.rules import limits_of
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.rounds.rules import round_of
from service.worksheets.models import Receipt
from service.worksheets.receipts import Line, make_receipt


@pages.post("/rounds/<int:round_id>/cases/assign")
@needs("case.assign")
def assign_many(round_id: int) -> ResponseReturnValue:
    """Show which cases would go to an agency and which not; with ``yes`` give them away, with a receipt."""
    of, said = round_of(db(), min(round_id, MOST_ID)), request.form
    seen = Seen(identity().agency_id, today(), now(), limits_of(db()))
    cases = bulk.chosen(db(), of.id, said, said.getlist("case"), seen)
    done = assign_cases(of, cases, said.get("agency", ""), said.get("due", ""), sure=said.get("yes") == "1")
    if done.receipt is None:
        return render_template(
            "cases/assign.html",
            round=of,
            agency=done.agency,
            due=done.due,
            lines=done.lines,
            ids=done.ids,
            done=len(done.ids),
            left=len(done.lines) - len(done.ids),
            **shown.words(),
        )
    receipt = done.receipt
    flash(_("已分派 %(done)s 个，未分派 %(left)s 个。", done=receipt.done, left=receipt.left), "good")
    return redirect(url_for("worksheets.receipt", receipt_id=receipt.id), 303)


@dataclass(frozen=True, slots=True)
class Given:
    """What an assignment did, or would do; ``receipt`` is None where nothing was done yet."""

    agency: Agency
    due: date
    lines: list[Line]
    ids: list[int]
    receipt: Receipt | None = None


def assign_cases(of: Round, cases: Sequence[Case], agency_id: str, due_text: str, *, sure: bool) -> Given:
    """Give cases to an agency, with a receipt and an audit entry; only look where it is not ``sure``."""
    who, limits = identity(), limits_of(db())
    agency = bulk.target(db(), who, agency_id)
    due = bulk.due_of(due_text, limits.due("verify", today()))
    mine, others = bulk.own(cases, who)
    result = assign(db(), mine, agency, due, who, cipher_of(settings()), apply=sure)
    result.left += [(case, "不在您的辖区") for case in others]
    lines = bulk.lines(db(), Vault.of(settings()), of, result, agency, sight_of(who))
    given = Given(agency, due, lines, [case.id for case in result.done])
    if not sure:
        return given
    note = f"{agency.name}，期限 {due}。{mark()}"
    receipt = make_receipt(db(), settings(), who, round_id=of.id, kind="assign", lines=lines, note=note)
    told: dict[str, Any] = {"agency": agency.id, "receipt": receipt.id, "cases": given.ids}
    audit("case.assign", "round", of.id, **told, left=receipt.left)
    return replace(given, receipt=receipt)


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
