"""Pages of what is printed: the form of one child, the summary, the ledger of approvals."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path

from apiflask import APIBlueprint
from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.cases.rules import number_of
from service.county_time import now, today
from service.export.document import DOCX
from service.plans.subject import look_at
from service.prints.approvals import approvals_of, write_approvals
from service.prints.check_form import TITLE, check_form
from service.prints.facts import facts_of
from service.prints.summary import summary_of, write_summary
from service.privacy.masking import sight_of
from service.rounds.rules import round_of, rounds
from service.runs.views_files import XLSX, reason_of

pages = APIBlueprint("prints", __name__, enable_openapi=False)


@pages.get("/prints")
@needs("case.export")
def index() -> ResponseReturnValue:
    """What can be printed of a round."""
    there = rounds(db())
    return render_template("prints/index.html", rounds_there=[(each.id, each.name) for each in there])


@pages.get("/cases/<int:case_id>/print")
@needs("case.export")
def one(case_id: int) -> ResponseReturnValue:
    """The form of one child, once it is said what for."""
    return render_template("prints/one.html", child=look_at(case_id).head())


@pages.post("/cases/<int:case_id>/print")
@needs("case.export")
def print_one(case_id: int) -> ResponseReturnValue:
    """The form of one child as a .docx, masked for this person."""
    purpose, subject = reason_of(request.form), look_at(case_id, entered=False)
    facts = facts_of(db(), settings(), subject)
    number = number_of(subject.round, subject.case)
    data = check_form(number, subject.round.name, facts, now(), mark())
    unmasked = sorted(subject.sight.unmasked)
    audit("case.export", "case", case_id, purpose, what="check_form", unmasked=unmasked)
    return send_file(BytesIO(data), DOCX, True, f"{TITLE}-{number}.docx", max_age=0, etag=False)


@pages.post("/prints/<any(summary,approvals):what>")
@needs("case.export")
def print_round(what: str) -> ResponseReturnValue:
    """A workbook of a round, as far as the person's region goes."""
    purpose = reason_of(request.form)
    of = round_of(db(), request.form.get("round", 0, int))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        if what == "summary":
            rows = summary_of(db(), of.id)
            write_summary(path, of.name, rows, now(), mark())
            name, count = "核查结果汇总表", len(rows)
        else:
            found = approvals_of(db(), settings(), of.id)
            write_approvals(path, of.name, found, sight_of(identity()), today(), now(), mark())
            name, count = "延缓入学休学送教审批台账", len(found)
        audit("case.export", "round", of.id, purpose, what=what, rows=count)
        # Opened before the folder goes: what is sent is read from the open file.
        return send_file(path.open("rb"), XLSX, True, f"{name}-{of.name}.xlsx", max_age=0)
