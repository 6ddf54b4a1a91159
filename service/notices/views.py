"""Pages of the notices of one case: the ladder, issuing, delivery, the documents."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.codes import code_list
from schemas.notice import NOTICES, obstacle
from service.accounts.guard import audit, begin_again, db, identity, needs, settings
from service.agencies.models import Agency
from service.cases.rules import case_of
from service.county_time import today
from service.errors import ConflictError, InvalidError, NotFoundError
from service.export.document import DOCX
from service.navigation import Place
from service.notices import delivery, rules, shown, views_batch, views_templates
from service.notices.asked import wanted_of
from service.notices.blueprint import pages
from service.plans.subject import look_at
from service.plans.views import day_of
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of, cipher_of

__all__ = ["PLACES", "pages", "views_batch", "views_templates"]

PLACES = (Place(36, "文书", "notices.index", "gavel", "case.view", ("/cases/<int:case_id>/notices",)),)


@pages.get("/cases/<int:case_id>/notices")
@needs("case.view")
def of_case(case_id: int) -> ResponseReturnValue:
    """The notices about a child, and the next step of the ladder."""
    return _page(case_id)


def _page(case_id: int, wrong: str = "") -> str:
    subject = look_at(case_id)
    case, who = subject.case, identity()
    there = rules.notices_of(db(), [case.child_id])[case.child_id]
    given = rules.given_of(db(), [case.child_id])[case.child_id]
    texts = shown.texts(there, cipher_of(settings()), subject.sight)
    agencies = dict(db().execute(select(Agency.id, Agency.name)).all())
    may = who.may("notice.issue") and not subject.frozen
    reach = who.reach("notice.issue")
    rows = [shown.row(each, today(), agencies) | texts[each.id] for each in there]
    for row in rows:
        own = may and (reach == "all" or row["agency_id"] == who.agency_id)
        row["may_serve"] = own and row["state"] == "issued"
        row["may_withdraw"] = own and row["state"] != "withdrawn"
    allowed = [
        kind
        for kind in NOTICES.values()
        if may and not obstacle(kind, given, who.agency_kind, case.state, today())
    ]
    return render_template(
        "notices/case.html",
        child=subject.head(),
        rows=list(reversed(rows)),
        steps=shown.ladder(given, who.agency_kind, case.state, today()),
        allowed=allowed,
        may=may,
        may_open=who.may("notice.issue"),
        ways_of=[(row["code"], row["name"]) for row in code_list("delivery")],
        said=request.form,
        wrong=wrong,
        today=today(),
    )


@pages.post("/cases/<int:case_id>/notices")
@needs("notice.issue")
def issue(case_id: int) -> ResponseReturnValue:
    """Issue a notice by the person's own agency."""
    case = case_of(db(), case_id)
    try:
        made = rules.issue(
            db(),
            settings(),
            identity(),
            case,
            wanted_of(request.form),
            today(),
            request.form.get("version", type=int),
        )
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    audit("notice.issue", "case", case.id, notice=made.id, kind=made.kind, number=made.number, step="issue")
    flash(_("已编号 %(number)s。请下载打印、盖章、送达，然后登记送达日期。", number=made.number), "good")
    return _back(case_id)


def _again(case_id: int, wrong: str, status: int) -> ResponseReturnValue:
    """The page with what was filled in; nothing was changed."""
    begin_again("notice.issue")
    return _page(case_id, _(wrong)), status


def _back(case_id: int) -> ResponseReturnValue:
    return redirect(url_for("notices.of_case", case_id=case_id), 303)


@pages.post("/notices/<int:notice_id>/served")
@needs("notice.issue")
def serve(notice_id: int) -> ResponseReturnValue:
    """Record the delivery of a notice."""
    notice, said = rules.notice_of(db(), notice_id), request.form
    try:
        day = day_of(said, "day", "送达日期")
        how, to = said.get("how", ""), said.get("to", "")
        delivery.serve(db(), settings(), identity(), notice, day, how, to, today())
    except InvalidError as error:
        return _again(notice.case_id, error.message, 422)
    audit("notice.issue", "notice", notice.id, number=notice.number, step="serve")
    flash(_("送达已登记。"), "good")
    return _back(notice.case_id)


@pages.post("/notices/<int:notice_id>/withdraw")
@needs("notice.issue")
def withdraw(notice_id: int) -> ResponseReturnValue:
    """Withdraw a notice."""
    notice = rules.notice_of(db(), notice_id)
    try:
        delivery.withdraw(db(), settings(), identity(), notice, request.form.get("why", ""))
    except (InvalidError, ConflictError) as error:
        return _again(notice.case_id, error.message, 422 if isinstance(error, InvalidError) else 409)
    audit("notice.issue", "notice", notice.id, number=notice.number, step="withdraw")
    flash(_("文书已撤销，文号保留。"), "good")
    return _back(notice.case_id)


@pages.get("/notices/<int:notice_id>/file")
@needs("notice.issue")
def document(notice_id: int) -> ResponseReturnValue:
    """The document as it was issued, decrypted on its way."""
    notice = rules.notice_of(db(), notice_id)
    try:
        source = blobs_of(settings()).open(notice.blob_id)
    except BlobMissingError:
        raise NotFoundError("文件不在存储中。请告诉系统管理员。") from None
    audit("notice.issue", "notice", notice.id, number=notice.number, step="download")
    name = f"{NOTICES[notice.kind].label}-{notice.number}.docx"
    return send_file(source, DOCX, as_attachment=True, download_name=name, max_age=0, etag=False)
