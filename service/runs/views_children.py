"""Pages of the children of a run: the list, one child, and what changed between two runs."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.fields import fields
from schemas.masking import Sight
from schemas.table import PERSON
from service.accounts.guard import audit, audit_apart, db, identity, needs, settings
from service.audit.chain import Act
from service.db import SYSTEM, transaction
from service.errors import ForbiddenError, InvalidError, NotFoundError, TooManyError
from service.jobs.outbox import ask
from service.numbers import MOST_ID, page_number
from service.privacy.custody import cipher_of, index_of
from service.privacy.masking import sight_of
from service.privacy.rules import ask as ask_unmasking
from service.privacy.rules import see
from service.runs import cells, facets, results, rules, seen, shown
from service.runs.blueprint import pages
from service.runs.child import earlier_of, known_of, records_of
from service.runs.compare import KINDS, changes, compared, run_before, slots_of
from service.runs.filters import Filters
from service.runs.models import Run

UNMASKED = ("id_number", "phone", "address", "head_id", "guardian_id", "student_no", "disability_no")
"""Fields that may be asked for on the page of a child."""

NOT_WHOLE = "请填写完整的证件号码(18 位或 15 位)，或姓名和出生日期(如 2015-03-18)。"
SEARCHES = {"id_number": ("id_number", "id_index"), "name_birth": ("name_birth", "name_birth_index")}
"""What is searched for -> purpose and column of its blind index."""


@pages.get("/children")
@needs("child.view")
def latest() -> ResponseReturnValue:
    """The children of the newest finished run."""
    newest = select(Run.id).where(Run.finished_at.is_not(None)).order_by(Run.id.desc()).limit(1)
    run_id = db().scalar(newest)
    if run_id is None:
        return render_template("runs/none.html")
    return redirect(url_for("runs.children", run_id=run_id))


@pages.get("/runs/<int:run_id>/children")
@needs("child.view")
def children(run_id: int) -> ResponseReturnValue:
    """The list, narrowed and paged by the database."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    filters = filters_of(request.args)
    after, before = (page_number(request.args.get(name)) for name in ("after", "before"))
    page = results.page(db(), run, filters, cipher_of(settings()), after=after, before=before)
    kept: dict[str, Any] = {"run_id": run.id, **filters.chosen()}
    return render_template(
        "runs/children.html",
        **_list_words(run, filters),
        rows=[shown.row(each, sight_of(identity())) for each in page.rows],
        page={
            "previous": url_for("runs.children", **kept, before=page.before) if page.before else "",
            "next": url_for("runs.children", **kept, after=page.after) if page.after else "",
            "total": page.total,
        },
    )


def filters_of(given: Any) -> Filters:
    """The filters of a request; what a person may not see, may not be filtered by either.

    Raises:
        InvalidError: there is no such value, or the filter is not for this person.
    """
    filters = Filters(**{name: (given.get(name) or "")[:100] for name in Filters.__slots__})
    if filters.group and not sight_of(identity()).may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    return filters


def _list_words(run: Run, filters: Filters) -> dict[str, Any]:
    """What stands around the list: its filters, who may search, export."""
    sight = sight_of(identity())
    return {
        **filter_words(run, filters),
        "may_search": sight.may_look_up("id_number"),
        "may_search_name": sight.may_look_up("name") and sight.may_look_up("birth_date"),
        "may_export": identity().may("child.export"),
        "sought": None,
        "wrong": "",
        "bands": [(name, _(label)) for name, label in cells.BAND_LABELS.items()],
    }


def filter_words(run: Run, filters: Filters) -> dict[str, Any]:
    """The filters of a list of children with their choices, for a run and for the ledger of all children."""
    sight, region = sight_of(identity()), results.region_of(db())
    return {
        "run": run,
        "filters": filters,
        "townships": [
            (code, f"{name or '—'}({count:,})") for code, name, count in facets.townships(run.facets, region)
        ],
        "groups": [(name, f"{name}({n:,})") for name, n in facets.groups(run.facets)]
        if sight.may_filter("groups")
        else [],
        "schools": [(name, f"{name}({n:,})") for name, n in run.facets.get("schools", ())],
        "enrolments": [(name, _(label)) for name, label in cells.ENROLMENT.items()],
        "attendances": [(name, _(label)) for name, label in cells.ATTENDANCE.items()],
        **shown.words(),
    }


@pages.post("/runs/<int:run_id>/children/search")
@needs("child.view")
def search(run_id: int) -> ResponseReturnValue:
    """Find children by the whole number, or name and birthday: by POST, since addresses are kept in logs."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    found, wrong = [], ""
    try:
        found = sought(run, request.form)
    except InvalidError as error:
        wrong = _(error.message)
    shown_page = render_template(
        "runs/children.html",
        **{**_list_words(run, Filters()), "sought": len(found), "wrong": wrong},
        rows=[shown.row(each, sight_of(identity())) for each in found],
        page={},
    )
    return shown_page, 400 if wrong else 200


def sought(run: Run, said: Any) -> list[results.Child]:
    """The children that a search finds, with its audit entry.

    Raises:
        ForbiddenError: what is searched for this person may not see. InvalidError: it is no whole value.
    """
    number = (said.get("id_number") or "").strip()
    what = "id_number" if number else "name_birth"
    raw = (number,) if number else tuple((said.get(name) or "").strip() for name in ("name", "birth_date"))
    needed = ("id_number",) if number else ("name", "birth_date")
    if not all(sight_of(identity()).may_look_up(name) for name in needed):
        raise ForbiddenError("您看不到这些内容，也不能按它们查找。")
    if number and len(fields()["resident_id"].clean(number)) not in (15, 18):
        raise InvalidError(NOT_WHOLE)
    purpose, column = SEARCHES[what]
    found = results.sought(db(), run.id, index_of(settings(), purpose), column, raw, cipher_of(settings()))
    if found is None:
        raise InvalidError(NOT_WHOLE)
    audit("child.view", "run", run.id, by=what, found=len(found))
    return found


@pages.get("/runs/<int:run_id>/children/<int:no>")
@needs("child.view")
def child(run_id: int, no: int) -> ResponseReturnValue:
    """One child with everything that the run knows of it."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    return render_template("runs/child.html", run=run, **look_at(run, min(no, MOST_ID)), **shown.words())


def look_at(run: Run, no: int) -> dict[str, Any]:
    """What the page and the API show of one child: counted, and entered in the audit.

    Raises:
        NotFoundError: there is none, or it is another region's. TooManyError: enough for today.
    """
    cipher, who, subject = cipher_of(settings()), identity(), f"{run.id}/{no}"
    found = results.child(db(), run.id, no, cipher)
    try:
        seen.check_quota(db(), who, subject, settings().views_per_day)
    except TooManyError:
        audit_apart(Act("child.view", "child", subject, result="refused", detail={"reason": "quota"}))
        raise
    sight = see(db(), who, ("child", subject), audit)
    known = known_of(db(), run.id, found, cipher)
    # The child is in this person's reach; the records that say who it is lie in other agencies' lists.
    with transaction(settings().database_url, SYSTEM) as apart:
        records = records_of(apart, known, cipher)
    told = {
        "child": shown.row(found, sight),
        "explanation": sight.show("explanation", str(known.row["explanation"])),
        "facts": shown.facts_of(known, sight),
        "records": shown.records_table(records, sight),
        "sources": [{"role": role, "source": source} for role, source, _list, _at in known.places()],
        "links": shown.links_of(known, sight),
        "earlier": earlier_of(db(), run, run_before(db(), run), no, slots_of(settings())),
        "unmasked": sorted(sight.unmasked),
        "maskable": _maskable(sight) if who.may("child.unmask") else [],
    }
    audit("child.view", "child", subject, unmasked=sorted(sight.unmasked))
    return told


def _maskable(sight: Sight) -> list[tuple[str, str]]:
    """The fields that this person may ask to see, and does not see yet."""
    labels = {column.name: column.label for column in PERSON}
    return [
        (name, labels[name]) for name in UNMASKED if sight.may_ask_for(name) and sight.level(name) != "clear"
    ]


@pages.post("/runs/<int:run_id>/children/<int:no>/unmask")
@needs("child.unmask")
def unmask(run_id: int, no: int) -> ResponseReturnValue:
    """Ask to see masked fields of a child, with a reason."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    found = results.child(db(), run.id, min(no, MOST_ID), cipher_of(settings()))
    fields, reason = request.form.getlist("fields"), request.form.get("reason", "")
    made = ask_unmasking(
        db(), settings(), identity(), ("child", f"{run.id}/{found.no}"), fields, reason, audit
    )
    if made.state == "granted":
        flash(_("已显示，到期后自动隐去。每次查看都有记录。"), "good")
    else:
        flash(_("申请已提交，经另一位有权限的人员批准后可以查看。"), "info")
    return redirect(url_for("runs.child", run_id=run.id, no=found.no), 303)


@pages.get("/runs/<int:run_id>/compare/<int:other_id>")
@needs("child.view")
def compare(run_id: int, other_id: int) -> ResponseReturnValue:
    """What changed between two runs of a round, child by child."""
    run, other = pair_of(run_id, other_id)
    kind, after = request.args.get("kind", "changed"), page_number(request.args.get("after")) or 0
    found = changes(db(), run.id, other.id, kind, after, results.PAGE + 1)
    here = found[: results.PAGE]
    cipher, of = cipher_of(settings()), other.id if kind == "gone" else run.id
    children_of = results.children(db(), of, [each.no for each in here], cipher) if here else []
    sight = sight_of(identity())
    kept: dict[str, Any] = {"run_id": run.id, "other_id": other.id, "kind": kind}
    return render_template(
        "runs/compare.html",
        run=run,
        other=other,
        kind=kind,
        kinds=KINDS,
        counts=compared(db(), run.id, other.id),
        rows=[(change, shown.row(each, sight)) for change, each in zip(here, children_of, strict=True)],
        of=of,
        page={
            "previous": url_for("runs.compare", **kept) if after else "",
            "next": url_for("runs.compare", **kept, after=here[-1].no) if len(found) > results.PAGE else "",
        },
        **shown.words(),
    )


def pair_of(run_id: int, other_id: int) -> tuple[Run, Run]:
    """Two finished runs of one round, the later first.

    Raises:
        NotFoundError: they are not.
    """
    run, other = (results.finished_run(db(), min(each, MOST_ID)) for each in (run_id, other_id))
    if run.round_id != other.round_id or run.no <= other.no:
        raise NotFoundError("只能与同一批次中更早的一次比对相比。")
    return run, other


@pages.post("/runs/<int:run_id>/compare")
@needs("run.start")
def compare_runs(run_id: int) -> ResponseReturnValue:
    """Have two runs compared that were not yet."""
    run, other = pair_of(run_id, request.form.get("other", 0, int))
    ask(
        db(),
        rules.COMPARE,
        run.id,
        None,
        key=f"compare-{run.id}-{other.id}",
        payload={"other": other.id},
        created_by=identity().account_id,
    )
    audit("run.start", "run", run.id, act="compare", other=other.id)
    flash(_("正在比较，几秒后刷新即可看到。"), "info")
    return redirect(url_for("runs.compare", run_id=run.id, other_id=other.id), 303)
