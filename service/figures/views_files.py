"""Reports on their way out: with a purpose, a mark, and an entry in the audit."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from flask import request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from service.accounts.guard import audit, db, identity, needs
from service.accounts.taking import mark
from service.agencies.models import Region
from service.county_time import today
from service.errors import ForbiddenError, NotFoundError
from service.export.document import DOCX
from service.figures.blueprint import pages
from service.figures.dashboard import dashboard_of
from service.figures.matching_report import matching_report
from service.figures.published import sees_exact
from service.figures.report import Paper, report
from service.figures.rules import run_of
from service.numbers import MOST_ID
from service.rounds.models import Round
from service.rounds.rules import round_of
from service.runs.views_files import reason_of


@pages.post("/figures/<int:round_id>/report")
@needs("figure.view")
def quarterly(round_id: int) -> ResponseReturnValue:
    """The quarterly report: exact, or for the other agencies without small numbers."""
    purpose, wanted = reason_of(request.form), request.form.get("edition") == "exact"
    made, name = quarterly_of(round_of(db(), min(round_id, MOST_ID)), purpose, wanted=wanted)
    return send_file(BytesIO(made), DOCX, True, name, max_age=0)


def quarterly_of(of: Round, purpose: str, *, wanted: bool) -> tuple[bytes, str]:
    """The quarterly report and what it is called, entered in the audit; ``wanted``: exact, for who may.

    Raises:
        ForbiddenError: who asks does not see the whole county.
    """
    if identity().reach("figure.view") != "all":
        raise ForbiddenError("季度复核报告含全县数字，由教育局出具。")
    exact = sees_exact(identity()) and wanted
    told = dashboard_of(db(), of, identity(), today(), exact=exact)
    audit("figure.view", "round", of.id, purpose, file="quarterly.docx", exact=exact)
    name = f"季度复核报告-{of.name}{'' if exact else '-分送'}.docx"
    with force_locale("zh_Hans_CN"):  # whoever prints it, it is read in Chinese
        return report(told, paper_of(of)), name


@pages.post("/figures/<int:round_id>/matching-report")
@needs("run.view")
def matching(round_id: int) -> ResponseReturnValue:
    """The report of the matching that a round rests on."""
    of, purpose = round_of(db(), min(round_id, MOST_ID)), reason_of(request.form)
    run = run_of(db(), of)
    if run is None or run.finished_at is None:
        raise NotFoundError("本批次还没有完成的比对。")
    audit("run.view", "run", run.id, purpose, file="matching.docx")
    name = f"数据比对报告-{of.name}.docx"
    return send_file(BytesIO(matching_report(of, run, paper_of(of))), DOCX, True, name, max_age=0)


def paper_of(of: Round) -> Paper:
    """What stands on a report beside its figures."""
    region = db().get(Region, of.region_code)
    return Paper(region.name if region else "", identity().agency_name, datetime.now(UTC), mark())
