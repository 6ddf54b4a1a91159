"""Pages of the aid check: what it found, by kind and agency, and the file to work from."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.aid import findings
from service.accounts.guard import audit, db, identity, needs, settings
from service.accounts.taking import mark
from service.agencies.models import Agency
from service.aid import rules, sheets, tasks
from service.county_time import now
from service.errors import ConflictError, InvalidError, NotFoundError
from service.export.suppression import shown_alone
from service.jobs.outbox import ask
from service.navigation import Place
from service.numbers import MOST_ID, number_in
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.rules import compared

pages = APIBlueprint("aid", __name__, enable_openapi=False)
PLACES = (Place(65, "资助核对", "aid.index", "list-check", "aid.view"),)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {"unpaid": "bad", "not_at_school": "bad", "unqualified": "warn", "guardian": "warn", "amount": "warn"}


@pages.get("/aid")
@needs("aid.view")
def index() -> ResponseReturnValue:
    """The newest round."""
    try:
        of = rules.round_with_run(db())
    except NotFoundError:
        return render_template("aid/none.html")
    return redirect(url_for("aid.show", round_id=of.id))


@pages.get("/aid/<int:round_id>")
@needs("aid.view")
def show(round_id: int) -> ResponseReturnValue:
    """What the check of a round found, as far as this person's agency has to look into it."""
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    kind, agency_id, after = _filters(request.args)
    found = rules.page(db(), of.id, cipher_of(settings()), kind=kind, agency_id=agency_id, after=after)
    here, sight = found[: rules.PAGE], sight_of(identity())
    counts = rules.counted(db(), of.id)
    kept: dict[str, Any] = {"round_id": of.id, "kind": kind, "agency": agency_id or ""}
    audit("aid.view", "round", of.id, rows=len(here), kind=kind)
    names = dict(db().execute(select(Agency.id, Agency.name)).all())
    return render_template(
        "aid/findings.html",
        round=of,
        rounds=[
            {"label": each.name, "url": url_for("aid.show", round_id=each.id), "current": each.id == of.id}
            for each in compared(db())
        ],
        rows=[rules.shown(each, sight) for each in here],
        page={
            "previous": url_for("aid.show", **kept) if after else "",
            "next": url_for("aid.show", **kept, after=here[-1].id) if len(found) > rules.PAGE else "",
        },
        kinds=_kinds(counts),
        kind=kind,
        agency_id=agency_id,
        agencies=[(each, names.get(each, "")) for each in sorted({agency for _kind, agency, _n in counts})],
        check=rules.last_check(db(), of),
        may_check=identity().may("run.start"),
        may_open=identity().may("child.view"),
        county=identity().reach("aid.view") == "all",
        lists=len(tasks.aid_lists(db(), of.id)) if identity().reach("aid.view") == "all" else None,
        tones=TONES,
    )


def _kinds(counts: list[tuple[str, int, int]]) -> list[dict[str, str]]:
    """Each kind with its number; small ones are for those who work on the single children (A9)."""
    totals: Counter[str] = Counter()
    for kind, _agency, count in counts:
        totals[kind] += count
    whole = identity().may("run.start") or identity().reach("aid.view") == "own"
    return [
        {
            "kind": kind,
            "label": name,
            "count": f"{totals[kind]:,}" if whole else shown_alone(totals[kind]),
            "todo": todo,
        }
        for kind, (name, todo) in findings().items()
    ]


def _filters(said: Any) -> tuple[str, int, int]:
    """Kind, agency and where the page begins.

    Raises:
        InvalidError: one of them is no such thing.
    """
    agency, after = (number_in((said.get(name) or "0").strip()) for name in ("agency", "after"))
    if agency is None or after is None:
        raise InvalidError("筛选条件有误，请从列表重新选择。")
    return (said.get("kind") or "")[:20], agency, after


@pages.post("/aid/<int:round_id>/check")
@needs("run.start")
def check(round_id: int) -> ResponseReturnValue:
    """Have the aid of a round checked once more."""
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    if not tasks.aid_lists(db(), of.id):
        raise ConflictError("这个批次还没有已提交的资助发放名单。请先在“名单”中上传并提交。")
    key = f"aid-{of.run_id}-{now():%Y%m%d%H%M}"
    ask(db(), rules.CHECK, of.run_id or 0, None, key=key, created_by=identity().account_id)
    audit("run.start", "round", of.id, act="aid", run=of.run_id)
    flash(_("正在核对，几秒后刷新即可看到结果。"), "info")
    return redirect(url_for("aid.show", round_id=of.id), 303)


@pages.post("/aid/<int:round_id>/findings.xlsx")
@needs("aid.view")
def download(round_id: int) -> ResponseReturnValue:
    """The findings as a workbook: masked for this person, marked with who took it and when."""
    of = rules.round_with_run(db(), min(round_id, MOST_ID))
    kind, agency_id, _after = _filters(request.form)
    found = rules.page(db(), of.id, cipher_of(settings()), kind=kind, agency_id=agency_id, limit=rules.MOST)
    if len(found) > rules.MOST:
        raise InvalidError(f"符合条件的超过 {rules.MOST:,} 人次，请按类别分批导出。")
    audit("aid.view", "round", of.id, rows=len(found), kind=kind, what="findings.xlsx")
    who = identity()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.xlsx"
        sheets.write_findings(path, f"应助未助、不应享受名单（{of.name}）", found, sight_of(who), mark())
        # Opened before the folder goes: what is sent is read from the open file.
        return send_file(path.open("rb"), XLSX, True, "应助未助、不应享受名单.xlsx", max_age=0)
