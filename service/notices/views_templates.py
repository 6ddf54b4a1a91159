"""Pages of what a bureau may change of its notices: templates with their versions, numbers and contacts."""

from __future__ import annotations

from io import BytesIO

from flask import flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.notice import NOTICES
from service.accounts.guard import audit, begin_again, db, identity, needs, settings
from service.agencies.models import Agency
from service.errors import InvalidError, NotFoundError
from service.export.document import DOCX
from service.notices import numbers, templates
from service.notices.blueprint import pages
from service.notices.fields import FIELDS
from service.notices.models import NoticeTemplate
from service.privacy.custody import blobs_of
from service.uploads.incoming import stored_file, streams_files

KIND = f"<any({','.join(NOTICES)}):kind>"


@pages.get("/notices/templates")
@needs("template.edit")
def all_templates() -> ResponseReturnValue:
    """Every kind with the version in use, those before it, and what a template may hold."""
    return _page()


def _page(wrong: str = "", at: str = "") -> str:
    in_use, there = templates.in_use(db()), templates.versions(db())
    return render_template(
        "notices/templates.html",
        kinds=[
            {
                "name": kind.name,
                "label": kind.label,
                "source": kind.source,
                "in_use": in_use.get(kind.name),
                "versions": [each for each in there if each.kind == kind.name],
            }
            for kind in NOTICES.values()
        ],
        fields=list(FIELDS.values()),
        wrong=wrong,
        at=at,
    )


@pages.post(f"/notices/templates/{KIND}")
@needs("template.edit")
@streams_files
def add_template(kind: str) -> ResponseReturnValue:
    """Put in a new version: the file is stored already, and goes again where it cannot be used."""
    try:
        streamed, stored, _name = stored_file(request.files.get("file"))
        made = templates.add(db(), settings(), kind, stored, identity().account_id)
    except InvalidError as error:
        begin_again("template.edit")
        return make_response(_page(_(error.message), kind)), 422
    streamed.keep_with(db())
    audit("template.edit", "template", made.id, kind=kind, version=made.no, sha256=made.sha256)
    flash(_("新模板已启用，版本 %(no)s。原有版本保留，已制发的文书不变。", no=made.no), "good")
    return redirect(url_for("notices.all_templates"), 303)


@pages.get(f"/notices/templates/{KIND}/<int:no>")
@needs("template.edit")
def template_file(kind: str, no: int) -> ResponseReturnValue:
    """The file of a version; 0 is ours, to be changed in Word and put in as a version of the bureau's own."""
    version = None
    if no:
        found = [each for each in templates.versions(db()) if (each.kind, each.no) == (kind, no)]
        if not found:
            raise NotFoundError("没有这个版本的模板。")
        version = found[0]
    data = templates.bytes_of(blobs_of(settings()), kind, version)
    name = f"{NOTICES[kind].label}模板-{f'版本{no}' if no else '系统自带'}.docx"
    return send_file(BytesIO(data), DOCX, as_attachment=True, download_name=name, max_age=0, etag=False)


@pages.post("/notices/templates/<int:template_id>/withdraw")
@needs("template.edit")
def withdraw_template(template_id: int) -> ResponseReturnValue:
    """Use a version no longer."""
    found: NoticeTemplate = templates.withdraw(db(), template_id)
    audit("template.edit", "template", found.id, kind=found.kind, version=found.no, step="withdraw")
    flash(_("这个版本已停用。"), "good")
    return redirect(url_for("notices.all_templates"), 303)


@pages.get("/notices/letterhead")
@needs("notice.issue")
def letterhead() -> ResponseReturnValue:
    """What the person's agency numbers its notices under, and whom a reader may call."""
    return _letterhead("")


def _letterhead(wrong: str) -> str:
    agency = db().get_one(Agency, identity().agency_id)
    head = numbers.letterhead_of(db(), agency)
    said = request.form
    return render_template(
        "notices/letterhead.html",
        agency=agency,
        word=said.get("word", head.word),
        contact=said.get("contact", head.contact),
        telephone=said.get("telephone", head.telephone),
        wrong=wrong,
    )


@pages.post("/notices/letterhead")
@needs("notice.issue")
def save_letterhead() -> ResponseReturnValue:
    """Change it for the notices to come."""
    said, agency_id = request.form, identity().agency_id
    try:
        numbers.save_letterhead(
            db(), agency_id, said.get("word", ""), said.get("contact", ""), said.get("telephone", "")
        )
    except InvalidError as error:
        return _letterhead(_(error.message)), 422
    audit("notice.issue", "agency", agency_id, step="letterhead")
    flash(_("已保存，以后制发的文书按此编号。"), "good")
    return redirect(url_for("notices.letterhead"), 303)
