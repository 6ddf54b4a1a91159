"""Pages of the review: the queue of a run, one child, and the forms that decide."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.review import STATES
from service.accounts.guard import audit, db, identity, needs, settings
from service.errors import InvalidError
from service.navigation import Place
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.reviews import queue, rules, samples, shown, views_sample
from service.reviews.blueprint import pages
from service.reviews.marks import marks_wanted, with_marks
from service.reviews.page import looked_at, person, totals
from service.reviews.queue import Narrow
from service.reviews.rules import Choice
from service.runs import results
from service.runs.models import Run

__all__ = ["PLACES", "pages", "views_sample"]

PLACES = (Place(38, "疑似匹配", "reviews.index", "user-search", "review.view"),)


def narrow_of(given: Any) -> Narrow:
    """The filters of a request; what a person may not see, may not be filtered by either.

    Raises:
        InvalidError: there is no such value, or the filter is not for this person.
    """
    narrow = Narrow(**{name: (given.get(name) or "")[:100] for name in Narrow.__slots__})
    if narrow.group and not sight_of(identity()).may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    return narrow


@pages.get("/reviews")
@needs("review.view")
def index() -> ResponseReturnValue:
    """The queue of the run that counts in the newest round."""
    every = queue.rounds(db())
    if not every:
        return render_template("reviews/queue.html", run=None)
    return redirect(url_for("reviews.waiting", run_id=every[0][0]))


@pages.get("/reviews/<int:run_id>")
@needs("review.view")
def waiting(run_id: int) -> ResponseReturnValue:
    """The queue of a run, what is worth most first."""
    run = results.finished_run(db(), run_id)
    narrow, number = narrow_of(request.args), max(1, min(request.args.get("page", 1, int), 100_000))
    items = queue.page(db(), run.id, narrow, number)
    here = items[: queue.PAGE]
    numbers = [each.no for each in here]
    children = results.children(db(), run.id, numbers, cipher_of(settings())) if here else []
    sight, kept = sight_of(identity()), {"run_id": run.id, **narrow.chosen()}
    choices = queue.choices(db(), run.id)
    return render_template(
        "reviews/queue.html",
        run=run,
        rows=[shown.row(item, child, sight) for item, child in zip(here, children, strict=True)],
        narrow=narrow,
        rounds_=queue.rounds(db()),
        choices=choices | ({} if sight.may_filter("groups") else {"groups": []}),
        states=[(name, _(label)) for name, label in STATES.items()],
        page=_pages(kept, number, more=len(items) > queue.PAGE),
        sampled=samples.facts(db(), run.id),
        **totals(run),
        **shown.words(),
    )


def _pages(kept: dict[str, Any], number: int, *, more: bool) -> dict[str, str]:
    """Where the pager leads; {} where there is one page."""
    if number == 1 and not more:
        return {}
    return {
        "previous": url_for("reviews.waiting", **kept, page=number - 1) if number > 1 else "",
        "next": url_for("reviews.waiting", **kept, page=number + 1) if more else "",
    }


@pages.get("/reviews/<int:run_id>/next")
@needs("review.decide")
def next_one(run_id: int) -> ResponseReturnValue:
    """Go on to the child that is asked about next."""
    run = results.finished_run(db(), run_id)
    return _onward(run, narrow_of(request.args), request.args.get("skip", type=int))


def _onward(run: Run, narrow: Narrow, skip: int | None = None) -> ResponseReturnValue:
    who = person()
    no = queue.next_for(db(), run.id, narrow, who.account_id, who.leader, skip and min(skip, MOST_ID))
    kept = narrow.chosen()
    if no is None:
        flash(_("没有要您判定的儿童了。"), "good")
        return redirect(url_for("reviews.waiting", run_id=run.id, **kept), 303)
    return redirect(url_for("reviews.child", run_id=run.id, no=no, **kept), 303)


@pages.get("/reviews/<int:run_id>/children/<int:no>")
@needs("review.view")
def child(run_id: int, no: int) -> ResponseReturnValue:
    """One child beside the pupils that it may be."""
    run, marks = results.finished_run(db(), run_id), marks_wanted()
    narrow = narrow_of(request.args)
    told = looked_at(run, no, request.args.get("candidate", 0, int), marks=marks)
    page = render_template("reviews/child.html", run=run, narrow=narrow, **told, **shown.words())
    return with_marks(make_response(page), marks)


@pages.post("/reviews/<int:run_id>/children/<int:no>/decide")
@needs("review.decide")
def decide(run_id: int, no: int) -> ResponseReturnValue:
    """Say something of a child, and go on: to its next candidate, else to the next child."""
    run, narrow, form = results.finished_run(db(), run_id), narrow_of(request.form), request.form
    verdict, place = form.get("verdict", ""), form.get("place", "")
    reason = " ".join(form.get("reason", "").split())
    # ``none`` refuses every candidate; who cannot say, cannot say it of any.
    places = (place,) if verdict in ("same", "different") and place else ()
    choice = Choice("different" if verdict == "none" else verdict, places, reason)
    item, made = rules.decide(db(), settings(), run, no, person(), choice)
    audit("review.decide", "child", f"{run.id}/{no}", verdict=verdict, decisions=made, state=item.state)
    if item.state in ("open", "second") and identity().account_id not in item.voters:
        return redirect(url_for("reviews.child", run_id=run.id, no=no, **narrow.chosen()), 303)
    flash(_("已记下：%(state)s。", state=_(STATES[item.state])), "good")
    return _onward(run, narrow)


@pages.post("/reviews/<int:run_id>/undo")
@needs("review.decide")
def undo(run_id: int) -> ResponseReturnValue:
    """Take back what this person said last."""
    run, narrow = results.finished_run(db(), run_id), narrow_of(request.form)
    no = rules.undo(db(), settings(), run, person())
    audit("review.decide", "child", f"{run.id}/{no}", act="undo")
    flash(_("已撤销上一次判定。"), "info")
    return redirect(url_for("reviews.child", run_id=run.id, no=no, **narrow.chosen()), 303)


@pages.post("/reviews/decisions/<int:number>/withdraw")
@needs("review.decide")
def withdraw(number: int) -> ResponseReturnValue:
    """Take a decision back, with a reason: the next run obeys it no longer."""
    row = rules.withdraw(db(), settings(), number, person(), request.form.get("reason", ""))
    audit("review.decide", "child", f"{row.run_id}/{row.child_no}", act="withdraw", decision=number)
    flash(_("判定已撤回，下一次比对不再照办。"), "good")
    return redirect(url_for("reviews.child", run_id=row.run_id, no=row.child_no), 303)
