"""Pages of lists: all of them, a new one, one with all that was understood of it, and what its clerk does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.records import record_types
from schemas.rounds import LIST_STATES, UPLOADS_OPEN
from service.accounts.guard import audit, begin_again, db, identity, needs, settings
from service.agencies.models import Agency
from service.errors import InvalidError, ServiceError
from service.navigation import Place
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round
from service.uploads import acts, downloads, feed_views, incoming, layouts, rules, shown
from service.uploads.blueprint import pages
from service.uploads.incoming import streams_files
from service.uploads.models import AgencyList
from service.uploads.records import issues_of

__all__ = ["PLACES", "downloads", "feed_views", "install", "pages"]

PLACES = (
    Place(20, "名单", "uploads.index", "files", "list.view", ("/layouts",)),
    Place(25, "自动报送", "uploads.feeds", "plug", "feed.edit"),
)
PAGE = 50
TONES = {"committed": "good", "to_confirm": "warn", "refused": "bad", "reading": "info", "waiting": "info"}
WAY = ("上传", "读取", "确认", "提交")
SOURCES = {"web": "网页", "api": "接口", "folder": "文件夹", "database": "数据库", "pull": "定时拉取"}


def install(app: Flask) -> None:
    """Files of this app's forms go straight into the encrypted store."""
    incoming.install(app)


@pages.get("/lists")
@needs("list.view")
def index() -> ResponseReturnValue:
    """Lists of a round, the newest first: an agency's own, for the bureau everybody's."""
    there = _rounds()
    chosen = request.args.get("round", type=int) or next((each.id for each in there), 0)
    state, before = request.args.get("state", ""), request.args.get("before", type=int)
    query = select(AgencyList).where(AgencyList.round_id == chosen).order_by(AgencyList.id.desc())
    if state in LIST_STATES:
        query = query.where(AgencyList.state == state)
    if before:
        query = query.where(AgencyList.id < before)
    found = db().scalars(query.limit(PAGE + 1)).all()
    kept: dict[str, Any] = {"round": chosen, "state": state}
    page = {
        "previous": url_for("uploads.index", **kept) if before else "",
        "next": url_for("uploads.index", **kept, before=found[PAGE - 1].id) if len(found) > PAGE else "",
    }
    return render_template(
        "uploads/index.html",
        lists=found[:PAGE],
        page=page if page["previous"] or page["next"] else {},
        rounds_there=there,
        rounds_options=[(each.id, each.name) for each in there],
        state_options=[(name, _(label)) for name, label in LIST_STATES.items()],
        chosen=chosen,
        state=state,
        open=any(each.id == chosen and each.state in UPLOADS_OPEN for each in there),
        agencies=shown.agency_names(db()),
        **_words(),
    )


def _rounds() -> Sequence[Round]:
    """Rounds, those that take lists first, and of each the newest."""
    found = db().scalars(select(Round).order_by(Round.id.desc()).limit(100)).all()
    return sorted(found, key=lambda each: each.state not in UPLOADS_OPEN)


def _words() -> dict[str, Any]:
    kinds = {name: each.label for name, each in record_types().items()}
    return {
        "states": LIST_STATES,
        "tones": TONES,
        "kinds": kinds,
        "kind_options": [(name, _(label)) for name, label in kinds.items()],
        "sources": SOURCES,
    }


@pages.get("/lists/new")
@needs("list.upload")
def new() -> ResponseReturnValue:
    """The form for a file."""
    return _form("")


def _form(wrong: str) -> ResponseReturnValue:
    open_ones = [each for each in _rounds() if each.state in UPLOADS_OPEN]
    replaces = request.values.get("replaces", type=int)
    old = rules.list_of(db(), replaces) if replaces else None
    reach = identity().reach("list.upload")
    return render_template(
        "uploads/new.html",
        rounds_open=[(each.id, each.name) for each in open_ones],
        said=request.values,
        old=old,
        wrong=wrong,
        agencies=shown.agency_names(db()) if reach == "all" else {},
        limit=settings().upload_mib,
        **_words(),
    )


@pages.post("/lists/new")
@needs("list.upload")
@streams_files
def upload() -> ResponseReturnValue:
    """Take a file: it is stored already when this runs."""
    try:
        received = acts.take(request.form, request.files.get("file"), "web")
    except ServiceError as error:
        if error.status >= 500:
            raise
        return _retry(error)
    if received.again:
        flash(_("这个文件已经收到过，就是下面这份名单，没有重复登记。"), "info")
    return redirect(url_for("uploads.show", list_id=received.listed.id), 303)


def _retry(error: ServiceError) -> ResponseReturnValue:
    """The form again, with what is wrong."""
    begin_again("list.upload")
    page = make_response(_form(_(error.message)))
    return page, 422 if isinstance(error, InvalidError) else error.status


@pages.get("/lists/<int:list_id>")
@needs("list.view")
def show(list_id: int) -> ResponseReturnValue:
    """One list: how far it is, what was understood, what is to be confirmed, its issues."""
    listed = rules.list_of(db(), list_id)
    cipher, sight = cipher_of(settings()), sight_of(identity())
    job = rules.last_job(db(), list_id, rules.READ, rules.COMPARE)
    marking = rules.last_job(db(), list_id, rules.MARK)
    marks = marking is not None and marking.state in ("queued", "running")
    reading: dict[str, Any] = listed.reading
    old = db().get(AgencyList, listed.replaces_id) if listed.replaces_id else None
    compared = old is not None and reading.get("changes", {}).get("against") == old.id
    busy = listed.state in ("waiting", "reading") or (listed.state == "to_confirm" and old and not compared)
    of = db().get_one(Round, listed.round_id)
    open_now = of.state in UPLOADS_OPEN
    sender = db().get_one(Agency, listed.agency_id)
    return render_template(
        "uploads/show.html",
        list=listed,
        round=of,
        agency=sender.name,
        usual_kind=shown.usual_kind(sender.kind),
        reached=shown.progress_of(job),
        refresh_seconds=5 if busy or marks else 0,
        marking=shown.progress_of(marking) if marks else None,
        sheets=shown.sheets_of(reading),
        choices=shown.choices,
        doubts=shown.doubts(reading),
        samples=shown.samples(db(), listed, cipher, sight) if listed.records else [],
        issues=_issues(listed),
        not_ready=_(rules.not_ready(listed)) if rules.not_ready(listed) else "",
        foreign=rules.foreign(db(), listed) if listed.state == "to_confirm" else "",
        same=rules.same_rows(db(), listed),
        old=old,
        changed=shown.differences(db(), listed, old, cipher, sight)
        if old and compared and old.records
        else None,
        replaceable=_replaceable(listed) if listed.state == "to_confirm" else [],
        refusal=_refusal(listed),
        waiting_for=shown.waiting_for(reading),
        busy=busy,
        open=open_now,
        may_act=_may_act(listed),
        may_download=identity().may("list.download")
        and listed.agency_id == identity().agency_id
        and not listed.erased_at,
        at=_stage(listed),
        way=[_(each) for each in WAY],
        layouts=shown.LAYOUTS,
        **_words(),
    )


def _issues(listed: AgencyList) -> dict[str, Any]:
    """A page of issues with its filters."""
    severity, column = request.args.get("severity", ""), request.args.get("column", "")
    after = max(0, request.args.get("after", 0, type=int))
    cipher = cipher_of(settings())
    found = issues_of(db(), listed, cipher, severity=severity, column=column, after=after, limit=PAGE + 1)
    here: dict[str, Any] = {"list_id": listed.id, "severity": severity, "column": column, "_anchor": "issues"}
    page = {
        "previous": url_for("uploads.show", **here) if after else "",
        "next": url_for("uploads.show", **here, after=found[PAGE - 1].no) if len(found) > PAGE else "",
        "total": shown.issue_total(listed.reading, severity, column),
    }
    return {
        "rows": shown.issues_seen(found[:PAGE], sight_of(identity())),
        "page": page,
        "severity": severity,
        "column": column,
        "choices": shown.issue_choices(listed.reading),
        "labels": shown.SEVERITIES,
    }


def _refusal(listed: AgencyList) -> str:
    """Why it could not be read."""
    refused: dict[str, str] = listed.reading.get("refused", {})  # type: ignore[assignment]
    if listed.state != "refused" or not refused:
        return ""
    if refused["message"]:
        return refused["message"]
    found = issues_of(db(), listed, cipher_of(settings()), severity="error", code=refused["code"], limit=1)
    return found[0].message if found else ""


def _replaceable(listed: AgencyList) -> Sequence[AgencyList]:
    query = select(AgencyList).where(
        AgencyList.round_id == listed.round_id,
        AgencyList.agency_id == listed.agency_id,
        AgencyList.kind == listed.kind,
        AgencyList.state == "committed",
    )
    return db().scalars(query.order_by(AgencyList.id.desc()).limit(50)).all()


def _may_act(listed: AgencyList) -> bool:
    who = identity()
    return who.may("list.upload") and (who.reach("list.upload") == "all" or listed.agency_id == who.agency_id)


def _stage(listed: AgencyList) -> int:
    return {"waiting": 1, "reading": 1, "refused": 1, "cancelled": 1, "to_confirm": 2}.get(listed.state, 4)


@pages.post("/lists/<int:list_id>/<any(told, again, commit, replaces, withdraw, cancel):what>")
@needs("list.upload")
def act(list_id: int, what: str) -> ResponseReturnValue:
    """What a clerk does to a list; the page says what came of it."""
    listed = rules.list_of(db(), list_id)
    flash(_(acts.perform(listed, what, request.form)), "good")
    return redirect(url_for("uploads.show", list_id=list_id), 303)


@pages.get("/layouts")
@needs("list.upload")
def saved_layouts() -> ResponseReturnValue:
    """The layouts that are remembered."""
    names = shown.agency_names(db())
    return render_template("uploads/layouts.html", saved=layouts.layouts_of(db()), agencies=names, **_words())


@pages.post("/layouts/<int:layout_id>/delete")
@needs("list.upload")
def forget_layout(layout_id: int) -> ResponseReturnValue:
    """Forget one: the next file is recognised by itself."""
    found = layouts.forget_layout(db(), layout_id)
    audit("list.upload", "layout", layout_id, act="forget_layout", kind=found.kind)
    flash(_("已删除，下次上传将重新识别。"), "good")
    return redirect(url_for("uploads.saved_layouts"), 303)
