"""Pages of runs: all of them, one with its progress and what came of it, and what an officer does to it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from schemas.review import STRATA
from schemas.rounds import UPLOADS_OPEN
from service.accounts.guard import audit, db, identity, needs
from service.errors import ConflictError, InvalidError, NotFoundError
from service.jobs.models import Job
from service.jobs.outbox import cancel, resume
from service.jobs.rules import progress_of
from service.navigation import Place
from service.numbers import MOST_ID
from service.reviews import samples
from service.rounds.models import Round
from service.rounds.rules import round_of
from service.runs import results, rules, shown, views_children, views_files
from service.runs.blueprint import pages
from service.runs.compare import compared, run_before
from service.runs.models import Run

__all__ = ["PLACES", "pages", "views_children", "views_files"]

PLACES = (
    Place(30, "比对", "runs.overview", "git-compare", "run.view"),
    Place(35, "儿童名单", "runs.latest", "list-details", "child.view", ("/runs/<int:run_id>/children",)),
)


@pages.get("/runs")
@needs("run.view")
def overview() -> ResponseReturnValue:
    """Every run, the newest first, and the form for a new one."""
    before, chosen = request.args.get("before", type=int), request.args.get("round", type=int)
    found = results.runs(db(), _small(before), _small(chosen))
    jobs = _jobs([run for run, _round in found])
    every = select(Round).options(lazyload(Round.required)).order_by(Round.id.desc()).limit(100)
    rounds = db().scalars(every).all()
    page = {
        "previous": url_for("runs.overview", round=chosen) if before else "",
        "next": url_for("runs.overview", round=chosen, before=found[results.PAGE - 1][0].id)
        if len(found) > results.PAGE
        else "",
    }
    return render_template(
        "runs/overview.html",
        runs=found[: results.PAGE],
        jobs=jobs,
        page=page if any(page.values()) else {},
        chosen=chosen,
        round_options=[(each.id, each.name) for each in rounds],
        open_rounds=[(each.id, each.name) for each in rounds if each.state in UPLOADS_OPEN],
    )


def _small(number: int | None) -> int | None:
    """A number that the database can hold; what is larger finds nothing."""
    return None if number is None else max(-1, min(number, MOST_ID))


def _jobs(runs: list[Run]) -> dict[int, dict[str, Any]]:
    """Id of a run -> how far its job is."""
    ids = {run.job_id: run.id for run in runs if run.job_id}
    found = db().scalars(select(Job).where(Job.id.in_(ids))).all()
    return {ids[job.id]: progress_of(job) for job in found}


@pages.post("/runs")
@needs("run.start")
def start() -> ResponseReturnValue:
    """Run the matching over a round's lists."""
    round_id = request.form.get("round", type=int)
    if round_id is None:
        raise InvalidError("请选择批次。")
    again = request.form.get("again", type=int)
    run = rules.start(db(), min(round_id, MOST_ID), identity().account_id, again and min(again, MOST_ID))
    audit("run.start", "run", run.id, round=run.round_id, lists=[each["id"] for each in run.lists])
    flash(_("比对已开始。可以离开这个页面，完成后结果会在这里。"), "good")
    return redirect(url_for("runs.show", run_id=run.id), 303)


@pages.get("/runs/<int:run_id>")
@needs("run.view")
def show(run_id: int) -> ResponseReturnValue:
    """One run: how far it is; once finished, its funnel, its quality, its files."""
    run = results.run_of(db(), min(run_id, MOST_ID), with_summary=True)
    job = db().get(Job, run.job_id) if run.job_id else None
    progress = progress_of(job) if job else None
    busy = progress is not None and not progress["ended"]
    if not busy and request.headers.get("HX-Request") and request.headers.get("HX-Target") == "run-progress":
        # It has ended while somebody watched: the whole page is another one now.
        answer: Response = make_response("", 200)
        answer.headers["HX-Refresh"] = "true"
        return answer
    before = run_before(db(), run)
    return render_template(
        "runs/show.html",
        run=run,
        round=round_of(db(), run.round_id),
        progress=progress,
        busy=busy,
        refresh_seconds=2 if busy else 0,
        summary=run.summary,
        funnel=shown.funnel(run.summary),
        quality=shown.quality_of(run.summary),
        before=before,
        changed=compared(db(), run.id, before.id) if before and run.finished_at else {},
        others=[
            (each.id, _("第 %(no)s 次", no=each.no))
            for each, _round in results.runs(db(), round_id=run.round_id)
            if each.no < run.no and each.finished_at
        ],
        files=[(name, name) for name in views_files.offered(run)] if run.finished_at else [],
        sampled=samples.facts(db(), run.id) if run.finished_at and identity().may("review.view") else {},
        STRATA=STRATA,
        may_files=identity().reach("child.export") == "all",
        **shown.words(),
    )


@pages.post("/runs/<int:run_id>/<any(cancel, resume, again):what>")
@needs("run.start")
def act(run_id: int, what: str) -> ResponseReturnValue:
    """Stop a run, take it up again, or run the same lists once more."""
    run = results.run_of(db(), min(run_id, MOST_ID))
    if what == "again":
        made = rules.start(db(), run.round_id, identity().account_id, run.id)
        audit("run.start", "run", made.id, round=run.round_id, again=run.id)
        flash(_("正在用同样的名单重新比对。"), "good")
        return redirect(url_for("runs.show", run_id=made.id), 303)
    if run.job_id is None:
        raise NotFoundError("这次比对没有任务。")
    if run.finished_at is not None:
        raise ConflictError("比对已经完成，不能再停止或继续。")
    (cancel if what == "cancel" else resume)(db(), run.job_id)
    audit("run.start", "run", run.id, act=what)
    flash(_("已要求停止，稍候生效。") if what == "cancel" else _("将从中断的步骤继续。"), "good")
    return redirect(url_for("runs.show", run_id=run.id), 303)
