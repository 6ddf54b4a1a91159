"""Pages of corrections: all agencies, the list of one, its answers, its report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.correction import STATES, kinds
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.corrections import answers, keeping, rules, sheets, shown
from service.corrections.document import report_document
from service.corrections.overview import Overview
from service.corrections.report import report_of
from service.corrections.rules import SINCE, Answer, Filters
from service.county_time import now
from service.errors import InvalidError, NotFoundError
from service.export.document import DOCX
from service.jobs.outbox import ask
from service.navigation import Place
from service.numbers import MOST_ID, numbers_in, page_number
from service.privacy.custody import blobs_of, cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.rounds.rules import compared
from service.runs.rules import CORRECT
from service.uploads.incoming import stored_file, streams_files
from service.worksheets.reading import cells_of

pages = APIBlueprint("corrections", __name__, enable_openapi=False)
PLACES = (Place(60, "数据更正", "corrections.index", "edit", "correction.view"),)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/corrections")
@needs("correction.view")
def index() -> ResponseReturnValue:
    """The newest round: of an agency its own list, of the bureau all agencies."""
    try:
        of = rules.round_with_run(db())
    except NotFoundError:
        return render_template("corrections/none.html")
    if identity().reach("correction.view") == "own":
        return redirect(url_for("corrections.agency", round_id=of.id, agency_id=identity().agency_id))
    return redirect(url_for("corrections.overview", round_id=of.id))


@pages.get("/corrections/<int:round_id>")
@needs("correction.view")
def overview(round_id: int) -> ResponseReturnValue:
    """What each agency is asked to mend. Who only reads sees no small numbers (A9)."""
    if identity().reach("correction.view") == "own":
        own = {"round_id": round_id, "agency_id": identity().agency_id}
        return redirect(url_for("corrections.agency", **own))  # type: ignore[arg-type]
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    counted = rules.counted(db(), of.id)
    agencies = sorted({each.agency_id for each in counted})
    table = Overview.of(counted, exact=_whole())
    names = dict(db().execute(select(Agency.id, Agency.name).where(Agency.id.in_(agencies))).all())
    return render_template(
        "corrections/overview.html",
        round=of,
        rounds=_chooser(of, "corrections.overview"),
        rows=[{"id": each, "name": names.get(each, ""), "told": table.row(each)} for each in agencies],
        kinds=_by_kind(counted),
        mended=table.alone(sum(keeping.mended(db(), of.id).values())),
        again=table.alone(sum(each.count for each in counted if each.again)),
        total=table.total,
        gathering=rules.gathering(db(), of.run_id or 0),
        may_gather=identity().may("run.start"),
        states=STATES,
    )


def _chooser(of: Round, endpoint: str, **kept: Any) -> list[dict[str, object]]:
    """The rounds that there are, for the bar above the page."""
    return [
        {"label": each.name, "url": url_for(endpoint, round_id=each.id, **kept), "current": each.id == of.id}
        for each in compared(db())
    ]


def _whole() -> bool:
    """Whether this person works with the single items, and so may count them."""
    return identity().may("run.start")


def _by_kind(counted: Sequence[rules.Counted]) -> list[tuple[str, int]]:
    found = [(kind.name, sum(c.count for c in counted if c.kind == code)) for code, kind in kinds().items()]
    return [(name, count) for name, count in found if count]


@pages.post("/corrections/<int:round_id>/gather")
@needs("run.start")
def gather(round_id: int) -> ResponseReturnValue:
    """Have the corrections of a round's run put together once more."""
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    key = f"correct-{of.run_id}-{now():%Y%m%d%H%M}"
    ask(db(), CORRECT, of.run_id or 0, None, key=key, created_by=identity().account_id)
    audit("run.start", "round", of.id, act="corrections", run=of.run_id)
    flash(_("正在重新整理更正清单，几秒后刷新即可看到。"), "info")
    return redirect(url_for("corrections.overview", round_id=of.id), 303)


@pages.get("/corrections/<int:round_id>/<int:agency_id>")
@needs("correction.view")
def agency(round_id: int, agency_id: int) -> ResponseReturnValue:
    """What one agency is asked to mend in a round."""
    of, owner = asked_for(round_id, agency_id)
    filters = Filters(*((request.args.get(name) or "")[:20] for name in Filters.__slots__))
    after = page_number(request.args.get("after")) or 0
    found = rules.page(db(), (of.id, owner.id), filters, cipher_of(settings()), after=after)
    here, sight = found[: rules.PAGE], sight_of(identity())
    counted = rules.counted(db(), of.id, owner.id)
    kept: dict[str, Any] = {"round_id": of.id, "agency_id": owner.id, **filters.chosen()}
    audit("correction.view", "agency", owner.id, round=of.id, rows=len(here))
    return render_template(
        "corrections/agency.html",
        round=of,
        agency=owner,
        rounds=_chooser(of, "corrections.agency", agency_id=owner.id),
        filters=filters,
        rows=[{**shown.row(each, sight), "pieces": shown.pieces(each, sight)} for each in here],
        page={
            "previous": url_for("corrections.agency", **kept) if after else "",
            "next": url_for("corrections.agency", **kept, after=here[-1].id)
            if len(found) > rules.PAGE
            else "",
        },
        counts={state: sum(c.count for c in counted if c.state == state) for state in STATES},
        again=sum(c.count for c in counted if c.again),
        mended=keeping.mended(db(), of.id).get(owner.id, 0),
        kind_options=_kind_options(counted),
        state_options=[(name, _(label)) for name, label in STATES.items()],
        since_options=[(name, _(label)) for name, label in SINCE.items()],
        may_answer=identity().may("correction.answer")
        and owner.id == identity().agency_id
        and of.state != "closed",
        county=identity().reach("correction.view") == "all",
        states=STATES,
        tones=shown.TONES,
    )


def _kind_options(counted: Sequence[rules.Counted]) -> list[tuple[str, str]]:
    found = [
        (code, kind.name, sum(c.count for c in counted if c.kind == code)) for code, kind in kinds().items()
    ]
    return [(code, f"{_(name)}（{count:,}）") for code, name, count in found if count]


def asked_for(round_id: int, agency_id: int) -> tuple[Round, Agency]:
    """A round and an agency whose corrections this person may see.

    Raises:
        NotFoundError: there is none, or it is another agency's: the answer is the same.
    """
    who = identity()
    if who.reach("correction.view") == "own" and agency_id != who.agency_id:
        raise NotFoundError("没有这份更正清单，或不属于您的单位。")
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    return of, rules.agency_of(db(), min(agency_id, MOST_ID))


@pages.post("/corrections/<int:round_id>/answer")
@needs("correction.answer")
def answer(round_id: int) -> ResponseReturnValue:
    """Mark chosen items of one's own agency as mended, or as right as they are, with words."""
    said, who = request.form, identity()
    chosen = numbers_in(said.getlist("item"))
    if not chosen:
        raise InvalidError("没有选择任何一项。请在要办理的行前打勾。")
    told = Answer(said.get("state", ""), said.get("note", ""))
    seen = said.get("seen", "")
    moved = rules.answer(
        db(),
        dict.fromkeys(chosen, told),
        who.account_id,
        cipher_of(settings()),
        seen=seen if seen in STATES else "",
    )
    audit("correction.answer", "round", round_id, items=chosen[:200], count=moved, state=told.state)
    left = len(set(chosen)) - moved
    flash(_("已办理 %(count)s 项：%(state)s。", count=moved, state=_(STATES[told.state])), "good")
    if left:
        flash(_("其中 %(count)s 项在您打开之后已由他人办理，没有改动，请刷新后再看。", count=left), "warn")
    kept: dict[str, Any] = {name: said[name] for name in ("kind", "after") if said.get(name)}
    return redirect(url_for("corrections.agency", round_id=round_id, agency_id=who.agency_id, **kept), 303)


@pages.post("/corrections/<int:round_id>/upload")
@needs("correction.answer")
@streams_files
def upload(round_id: int) -> ResponseReturnValue:
    """Read a filled list and show what it would change: nothing is taken yet, and the file is not kept."""
    of, owner = asked_for(round_id, identity().agency_id)
    _, stored, _name = stored_file(request.files.get("file"))
    cells = cells_of(settings(), blobs_of(settings()), stored.id)
    found = answers.changes(db(), (of.id, owner.id), answers.returned(cells), cipher_of(settings()))
    audit("correction.answer", "round", of.id, step="read", rows=len(found))
    counts = {sort: sum(each.sort == sort for each in found) for sort in ("change", "conflict", "wrong")}
    return render_template(
        "corrections/returned.html", round=of, agency=owner, changes=found, counts=counts, states=STATES
    )


@pages.post("/corrections/<int:round_id>/take")
@needs("correction.answer")
def take(round_id: int) -> ResponseReturnValue:
    """Take the chosen rows of a list that came back."""
    of, owner = asked_for(round_id, identity().agency_id)
    said = request.form
    chosen = numbers_in(said.getlist("item"))
    if not chosen:
        raise InvalidError("没有选择任何一项。请在要办理的行前打勾。")
    told = {each: Answer(said.get(f"state-{each}", ""), said.get(f"note-{each}", "")) for each in chosen}
    moved = rules.answer(db(), told, identity().account_id, cipher_of(settings()))
    audit("correction.answer", "round", of.id, items=chosen[:200], count=moved, step="taken")
    flash(_("已按上传的清单办理 %(count)s 项。", count=moved), "good")
    return redirect(url_for("corrections.agency", round_id=of.id, agency_id=owner.id), 303)


@pages.get("/corrections/<int:round_id>/<int:agency_id>/report")
@needs("correction.view")
def report(round_id: int, agency_id: int) -> ResponseReturnValue:
    """The reconciliation report of an agency."""
    of, owner = asked_for(round_id, agency_id)
    told = report_of(db(), of, owner.id)
    audit("correction.view", "agency", owner.id, round=of.id, what="report")
    return render_template("corrections/report.html", report=told, agency=owner, lines=sheets.lines(told))


@pages.post("/corrections/<int:round_id>/<int:agency_id>/<any(items, report):paper>.xlsx")
@needs("correction.view")
def download(round_id: int, agency_id: int, paper: str) -> ResponseReturnValue:
    """The list, or the report, as a workbook: masked for this person, marked with who took it and when."""
    of, owner = asked_for(round_id, agency_id)
    if paper == "report":
        told = report_of(db(), of, owner.id)
        audit("correction.view", "agency", owner.id, round=of.id, what="report.xlsx")
        return _sent(lambda path: sheets.write_report(path, told, mark()), f"数据核对报告-{owner.name}.xlsx")
    filters = Filters(*((request.form.get(name) or "")[:20] for name in Filters.__slots__))
    found = rules.page(db(), (of.id, owner.id), filters, cipher_of(settings()), limit=rules.MOST)
    if len(found) > rules.MOST:
        raise InvalidError(f"符合条件的更正项超过 {rules.MOST:,} 项，请按类别分批导出。")
    audit("correction.view", "agency", owner.id, round=of.id, what="items.xlsx", rows=len(found))
    sight, title = sight_of(identity()), f"数据更正清单（{owner.name}，{of.name}）"
    return _sent(
        lambda path: sheets.write_list(path, title, found, sight, mark()), f"数据更正清单-{owner.name}.xlsx"
    )


@pages.post("/corrections/<int:round_id>/<int:agency_id>/report.docx")
@needs("correction.view")
def report_paper(round_id: int, agency_id: int) -> ResponseReturnValue:
    """The report to print and sign, with the same figures."""
    of, owner = asked_for(round_id, agency_id)
    paper = report_document(report_of(db(), of, owner.id), mark())
    audit("correction.view", "agency", owner.id, round=of.id, what="report.docx")
    return send_file(BytesIO(paper), DOCX, True, f"数据核对报告-{owner.name}.docx", max_age=0)


def _sent(write: Callable[[Path], Any], name: str) -> ResponseReturnValue:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        write(path)
        # Opened before the folder goes: what is sent is read from the open file.
        return send_file(path.open("rb"), XLSX, True, name, max_age=0)
