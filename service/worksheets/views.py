"""Pages of worksheets: taken out, sent back, looked at as changes, taken; and the receipts."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.cases.listing import targets
from service.errors import NotFoundError, ServiceError
from service.numbers import MOST_ID
from service.privacy.blobs import BlobMissingError
from service.privacy.custody import blobs_of
from service.rounds.models import Round
from service.rounds.rules import round_of
from service.runs.views_files import XLSX, reason_of
from service.uploads.incoming import streams_files
from service.worksheets import acts
from service.worksheets.receipts import TITLES, receipt_of, receipts
from service.worksheets.taking import MINE, THEIRS

pages = APIBlueprint("worksheets", __name__, enable_openapi=False)
TONES = {"change": "good", "conflict": "warn", "wrong": "bad", "none": "neutral"}
WORDS = {"change": "改动", "conflict": "冲突", "wrong": "有误", "none": "未填"}


@pages.get("/rounds/<int:round_id>/worksheet")
@needs("case.export")
def index(round_id: int) -> ResponseReturnValue:
    """Take a worksheet out, send one back, and see the receipts."""
    return _index(round_of(db(), min(round_id, MOST_ID)), "")


def _index(of: Round, wrong: str) -> str:
    who = identity()
    return render_template(
        "worksheets/index.html",
        round=of,
        wrong=wrong,
        county=who.reach("case.export") == "all",
        targets=targets(db()) if who.reach("case.export") == "all" else [],
        receipts=receipts(db(), of.id),
        titles=TITLES,
        limit=settings().evidence_mib,
    )


@pages.post("/rounds/<int:round_id>/worksheet/download")
@needs("case.export")
def download(round_id: int) -> ResponseReturnValue:
    """The worksheet of the person's own agency; for the bureau that of any."""
    of = round_of(db(), min(round_id, MOST_ID))
    purpose = reason_of(request.form)
    path, name, count, agency_id = acts.issue(of, request.form.get("agency", ""))
    audit("case.export", "round", of.id, purpose, rows=count, agency=agency_id, format="worksheet")
    return send_file(path, XLSX, as_attachment=True, download_name=name, max_age=0, etag=False)


@pages.post("/rounds/<int:round_id>/worksheet")
@needs("case.verify")
@streams_files
def send_back(round_id: int) -> ResponseReturnValue:
    """Take a filled worksheet in: it is read and shown, nothing changes yet."""
    of = round_of(db(), min(round_id, MOST_ID))
    made = acts.receive(of, request.files.get("file"))
    return redirect(url_for("worksheets.show", return_id=made.id), 303)


@pages.get("/worksheets/<int:return_id>")
@needs("case.verify")
def show(return_id: int) -> ResponseReturnValue:
    """What a worksheet would change, row by row, with what is wrong."""
    made = acts.one(return_id)
    of = round_of(db(), made.round_id)
    try:
        rows: list[dict[str, Any]] = acts.look(made, of)
        wrong = ""
    except ServiceError as error:
        rows, wrong = [], error.message
    counts = {name: sum(row["state"] == name for row in rows) for name in WORDS}
    page = render_template(
        "worksheets/show.html",
        made=made,
        round=of,
        rows=[row for row in rows if row["state"] != "none"],
        counts=counts,
        wrong=wrong,
        tones=TONES,
        words=WORDS,
        MINE=MINE,
        THEIRS=THEIRS,
    )
    return page, 422 if wrong else 200


@pages.post("/worksheets/<int:return_id>/take")
@needs("case.verify")
def take(return_id: int) -> ResponseReturnValue:
    """Take the changes, and of the conflicts those decided for the worksheet; gives a receipt."""
    made = acts.one(return_id)
    decided = {
        int(name[4:]): value
        for name, value in request.form.items()
        if name.startswith("row-") and name[4:].isascii() and name[4:].isdigit() and len(name) < 14
    }
    receipt_ = acts.take_all(made, round_of(db(), made.round_id), decided)
    flash(
        _("已办理 %(done)s 行，未办理 %(left)s 行，详见回执。", done=receipt_.done, left=receipt_.left),
        "good",
    )
    return redirect(url_for("worksheets.receipt", receipt_id=receipt_.id), 303)


@pages.post("/worksheets/<int:return_id>/drop")
@needs("case.verify")
def drop(return_id: int) -> ResponseReturnValue:
    """Put a worksheet aside: nothing of it is taken."""
    made = acts.one(return_id)
    acts.drop(made)
    flash(_("没有采用这份核查表，个案没有改动。"), "info")
    return redirect(url_for("cases.index", round_id=made.round_id), 303)


@pages.get("/receipts/<int:receipt_id>")
@needs("case.view")
def receipt(receipt_id: int) -> ResponseReturnValue:
    """What came of an act upon many cases, with its file."""
    found = receipt_of(db(), min(receipt_id, MOST_ID))
    return render_template(
        "worksheets/receipt.html",
        receipt=found,
        round=round_of(db(), found.round_id),
        title=TITLES[found.kind],
    )


@pages.get("/receipts/<int:receipt_id>/file")
@needs("case.export")
def receipt_file(receipt_id: int) -> ResponseReturnValue:
    """The receipt as a workbook."""
    found = receipt_of(db(), min(receipt_id, MOST_ID))
    try:
        source = blobs_of(settings()).open(found.blob_id)
    except BlobMissingError:
        raise NotFoundError("文件已按保存期限清除。") from None
    audit("case.export", "receipt", found.id, rows=found.done + found.left)
    return send_file(source, XLSX, True, f"{TITLES[found.kind]}-{found.id}.xlsx", max_age=0, etag=False)
