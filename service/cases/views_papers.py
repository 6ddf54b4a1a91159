"""What is put into a case on its page: visits and calls, the written report, evidence."""

from __future__ import annotations

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.cases import acts
from service.cases.blueprint import pages
from service.cases.children import Vault
from service.cases.files import KINDS as FILE_KINDS
from service.cases.models import Evidence
from service.cases.rules import part_of
from service.errors import ForbiddenError, NotFoundError
from service.numbers import MOST_ID
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of
from service.privacy.masking import sight_of
from service.uploads.incoming import streams_files


@pages.post("/cases/<int:case_id>/contacts")
@needs("case.verify")
@streams_files
def contact(case_id: int) -> ResponseReturnValue:
    """Put down a visit or call, maybe with a picture."""
    acts.add_contact(acts.one(case_id), request.form, request.files.get("file"))
    flash(_("已记录。"), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="contacts"), 303)


@pages.post("/cases/<int:case_id>/report")
@needs("case.verify")
def report(case_id: int) -> ResponseReturnValue:
    """Put down that the written report was handed in."""
    acts.report(acts.one(case_id), request.form)
    flash(_("已记录书面报告。"), "good")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@pages.post("/cases/<int:case_id>/evidence")
@needs("case.verify")
@streams_files
def evidence(case_id: int) -> ResponseReturnValue:
    """Put evidence in: it is stored already when this runs."""
    acts.add_evidence(acts.one(case_id), request.form, request.files.get("file"))
    flash(_("佐证已保存。"), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="evidence"), 303)


@pages.get("/cases/<int:case_id>/evidence/<int:evidence_id>")
@needs("case.view")
def evidence_file(case_id: int, evidence_id: int) -> ResponseReturnValue:
    """The file of a piece of evidence, as a download; never shown within the page."""
    case = acts.one(case_id)
    found = part_of(db(), case, Evidence, min(evidence_id, MOST_ID))
    sight = sight_of(identity())
    if sight.level("case_note") != "clear":
        raise ForbiddenError("您的角色不能查看佐证文件。")
    if not found.blob_id:
        raise NotFoundError("这份佐证只登记了编号，没有文件。")
    name = Vault.of(settings()).cipher.decrypt(found.file_name, "evidence", "file_name", found.id, "")
    try:
        source = blobs_of(settings()).open(found.blob_id)
    except BlobMissingError:
        raise NotFoundError("文件不在存储中。请告诉系统管理员。") from None
    audit("case.view", "case", case.id, evidence=found.id)
    kind = FILE_KINDS.get(name.rpartition(".")[2])
    mime = kind.mime if kind else "application/octet-stream"
    return send_file(source, mime, as_attachment=True, download_name=name, max_age=0, etag=False)


@pages.post("/cases/<int:case_id>/evidence/<int:evidence_id>/withdraw")
@needs("case.verify")
def withdraw(case_id: int, evidence_id: int) -> ResponseReturnValue:
    """Let a piece of evidence count no more."""
    acts.withdraw_evidence(acts.one(case_id), evidence_id, request.form)
    flash(_("佐证已撤回，仍可查看，不再作数。"), "good")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="evidence"), 303)
