"""Pages of the blind sample: ask for one, look at one child after the other, see what it says."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.accounts.guard import audit, db, identity, needs, settings
from service.errors import InvalidError, NotFoundError
from service.privacy.custody import cipher_of
from service.privacy.rules import see
from service.reviews import samples, shown
from service.reviews.blueprint import pages
from service.reviews.look import look
from service.reviews.marks import marks_wanted, with_marks
from service.reviews.models import ReviewSample
from service.reviews.page import counted, person
from service.reviews.rules import Choice
from service.runs import results
from service.runs import shown as runs_shown
from service.runs.models import Run


@pages.post("/reviews/<int:run_id>/sample")
@needs("review.decide")
def draw(run_id: int) -> ResponseReturnValue:
    """Ask for a sample; a job draws it."""
    run, size = results.finished_run(db(), run_id), request.form.get("size", 0, int)
    made = samples.ask_for(db(), run, size, identity().account_id)
    audit("review.decide", "run", run.id, act="sample", sample=made.id, size=size)
    flash(_("正在抽取样本，几秒后刷新即可开始。"), "info")
    return redirect(url_for("reviews.waiting", run_id=run.id), 303)


@pages.get("/reviews/<int:run_id>/sample")
@needs("review.decide")
def next_sampled(run_id: int) -> ResponseReturnValue:
    """Go on to the next child of the newest sample."""
    run = results.finished_run(db(), run_id)
    return _onward(run, _sample(run))


def _sample(run: Run) -> ReviewSample:
    found = samples.newest(db(), run.id)
    if found is None or found.drawn_at is None:
        raise NotFoundError("还没有抽好的样本。请先抽取，或稍候片刻。")
    return found


def _onward(run: Run, sample: ReviewSample) -> ResponseReturnValue:
    no = samples.next_in(db(), sample, identity().account_id)
    if no is None:
        flash(_("样本中没有要您判定的儿童了。"), "good")
        return redirect(url_for("reviews.waiting", run_id=run.id), 303)
    return redirect(url_for("reviews.sampled", run_id=run.id, no=no), 303)


@pages.get("/reviews/<int:run_id>/sample/<int:no>")
@needs("review.decide")
def sampled(run_id: int, no: int) -> ResponseReturnValue:
    """One child of the sample beside pupils who look like it; nothing of what the run thought."""
    run, marks = results.finished_run(db(), run_id), marks_wanted()
    sample = _sample(run)
    item = samples.item_of(db(), sample, no)
    subject_id = f"{run.id}/{no}"
    counted(subject_id)
    subject = look(db(), run, no, cipher_of(settings()), samples.options_of(item))
    sight = see(db(), identity(), ("child", subject_id), audit)
    audit("child.view", "child", subject_id, unmasked=sorted(sight.unmasked), by="sample")
    # Every pupil as a mere candidate, in the order of the sample: linked or not, they look alike.
    order = {option[0]: rank for rank, option in enumerate(samples.options_of(item))}
    pupils = sorted(
        (each.record for each in subject.candidates if each.place in order),
        key=lambda each: order[each.source],
    )
    records = [*subject.own, *(replace(each, role="candidates") for each in pupils)]
    page = render_template(
        "reviews/sampled.html",
        run=run,
        no=no,
        name=sight.show("name", subject.child.name),
        records=runs_shown.records_table(records, sight),
        options=[
            {"place": each.source, "name": sight.show("name", each.values.get("name", ""))} for each in pupils
        ],
        relatives=shown.relatives_of(subject.relatives, sight),
        finding=item.finding,
        may=not item.finding,
        marks=marks,
        parts=samples.counted(db(), sample),
        **shown.words(),
    )
    return with_marks(make_response(page), marks)


@pages.post("/reviews/<int:run_id>/sample/undo")
@needs("review.decide")
def undo_sampled(run_id: int) -> ResponseReturnValue:
    """Take back what this person found last in the newest sample."""
    run = results.finished_run(db(), run_id)
    sample = _sample(run)
    no = samples.undo(db(), settings(), sample, person())
    audit("review.decide", "child", f"{run.id}/{no}", act="undo", sample=sample.id)
    flash(_("已撤销上一次判定。"), "info")
    return redirect(url_for("reviews.sampled", run_id=run.id, no=no), 303)


@pages.post("/reviews/<int:run_id>/sample/<int:no>")
@needs("review.decide")
def find(run_id: int, no: int) -> ResponseReturnValue:
    """Say which of the pupils shown it is, and go on to the next."""
    run, said = results.finished_run(db(), run_id), request.form.get("finding", "")
    sample = _sample(run)
    verdict, _sep, place = said.partition("@")
    if verdict not in ("same", "different", "unsure") or (verdict == "same") != bool(place):
        raise InvalidError("请选择：是其中哪一名学生、都不是，或无法判断。")
    choice = Choice(verdict, (place,) if place else (), blinded=True)
    finding = samples.find(db(), settings(), run, sample, no, person(), choice)
    audit("review.decide", "child", f"{run.id}/{no}", act="sample", sample=sample.id, finding=finding)
    return _onward(run, sample)
