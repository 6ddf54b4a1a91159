"""Pages of bringing a child back: its plan, and the list of those who are to be looked after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.case import AT_WORK
from schemas.codes import code_list
from schemas.placement import PLACES as PLACEMENTS
from schemas.placement import rules as placement_rules
from service.accounts.guard import audit, begin_again, db, identity, needs, settings
from service.cases.children import Vault
from service.cases.models import Case
from service.cases.rules import FROZEN, case_of
from service.county_time import today
from service.errors import InvalidError, NotFoundError
from service.navigation import Place
from service.plans import due, lasting, returns, rules, shown
from service.plans.blueprint import pages
from service.plans.returns import Back, Look
from service.plans.rules import Charge, PlanStaleError
from service.plans.subject import look_at
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.models import Round

PLACES = (
    Place(34, "劝返与跟踪", "plans.waiting", "list-check", "case.view", ("/cases/<int:case_id>/plan",)),
)


@pages.get("/plans")
@needs("case.view")
def waiting() -> ResponseReturnValue:
    """Children back at school who are to be looked after, the longest overdue first."""
    which = request.args.get("which", "overdue") or "all"
    if which not in due.WHICH:
        raise InvalidError("没有这样的筛选条件，请从列表重新进入。")
    township = request.args.get("township", "")[:12]
    after = max(0, request.args.get("after", 0, type=int))
    rows, total = due.waiting(db(), Vault.of(settings()), which, today(), min(after, 10**6), township)
    sight = sight_of(identity())
    kept: dict[str, Any] = {"which": which, "township": township}
    return render_template(
        "plans/waiting.html",
        rows=[shown.due_row(each, sight, today()) for each in rows],
        counts=due.counts(db(), today()),
        which=which,
        township=township,
        choices=[(name, _(label)) for name, label in due.WHICH.items()],
        townships=due.townships(db()),
        page={
            "previous": url_for("plans.waiting", **kept, after=max(0, after - due.PAGE)) if after else "",
            "next": url_for("plans.waiting", **kept, after=after + due.PAGE)
            if total > after + due.PAGE
            else "",
            "first": after + 1,
            "last": after + len(rows),
            "total": total,
        },
    )


@pages.get("/cases/<int:case_id>/plan")
@needs("case.view")
def plan(case_id: int) -> ResponseReturnValue:
    """The plan of a child: who is in charge, what was done, where it is at school again."""
    return _page(case_id)


def _page(case_id: int, said: Mapping[str, str] | None = None, wrong: str = "") -> str:
    """The page; with what was said in a form that was not taken."""
    subject = look_at(case_id)
    cipher = cipher_of(settings())
    found = rules.plan_of(db(), subject.case.child_id)
    backs = lasting.returns_of(db(), subject.case.child_id)
    events = rules.history_of(db(), subject.case.child_id)
    charge = rules.charge_of(found, cipher)
    may = identity().may("plan.edit") and not subject.frozen and subject.case.state in AT_WORK
    return render_template(
        "plans/plan.html",
        child=subject.head(),
        plan=found,
        charge=charge,
        aim=subject.sight.show("remark", charge.aim) if charge.aim else "",
        lines={
            line: [(each.id, each.name) for each in there]
            for line, there in rules.agencies_of(db(), subject.case).items()
        },
        measures=shown.measures(rules.measures_of(db(), subject.case.child_id), cipher, subject.sight),
        measure_codes=[(row["code"], row["name"]) for row in code_list("measure")],
        backs=shown.returns(backs, lasting.follow_ups_of(db(), backs), cipher, subject.sight, today()),
        lasting=lasting.not_yet_lasting(db(), subject.case.child_id, today()) if backs else "",
        history=shown.history(events, cipher, subject.sight),
        rule=placement_rules()[settings().placement],
        spans=[
            (PLACEMENTS[each.place], each.source) for each in placement_rules()[settings().placement].spans
        ],
        days=settings().follow_ups,
        methods=[(row["code"], row["name"]) for row in code_list("method")],
        reasons=[(row["code"], row["name"]) for row in code_list("reason")],
        may=may,
        may_look=may or (identity().may("plan.edit") and subject.frozen),
        may_return=may
        and subject.case.state in returns.MAY_RETURN
        and not any(b.ended_on is None for b in backs),
        said=said or {},
        wrong=wrong,
        today=today(),
    )


@pages.post("/cases/<int:case_id>/plan")
@needs("plan.edit")
def save(case_id: int) -> ResponseReturnValue:
    """Make or change the plan."""
    case, said = case_of(db(), case_id), request.form
    charge = Charge(
        said.get("government_id", type=int),
        said.get("government_person", ""),
        said.get("education_id", type=int),
        said.get("education_person", ""),
        _aim(case, said.get("aim", "")),
    )
    try:
        saved = rules.save(db(), cipher_of(settings()), identity(), case, charge, said.get("version", 0, int))
    except PlanStaleError as error:
        return _again(case_id, error.message, 409)
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    audit("plan.edit", "case", case.id, plan=saved.id, version=saved.version)
    flash(_("方案已保存。"), "good")
    return _back(case_id)


def _aim(case: Case, typed: str) -> str:
    """The aim that was typed; what came back as it was shown, numbers masked, is what stood there."""
    there = rules.charge_of(rules.plan_of(db(), case.child_id), cipher_of(settings())).aim
    shown_there = sight_of(identity()).show("remark", there) if there else ""
    return there if _lines(typed) == _lines(shown_there) else typed


def _lines(text: str) -> list[str]:
    """A browser sends other ends of lines than it was given."""
    return text.strip().splitlines()


def _again(case_id: int, wrong: str, status: int) -> ResponseReturnValue:
    """The page with what was filled in beside what stands there now; nothing was changed."""
    begin_again("plan.edit")
    return _page(case_id, request.form, _(wrong)), status


def _back(case_id: int) -> ResponseReturnValue:
    return redirect(url_for("plans.plan", case_id=case_id), 303)


def day_of(said: Mapping[str, str], name: str, label: str) -> date:
    """A day of a form.

    Raises:
        InvalidError: none, or no day.
    """
    found = day_or_none(said, name, label)
    if found is None:
        raise InvalidError(f"请填写{label}。", field=name)
    return found


def day_or_none(said: Mapping[str, str], name: str, label: str) -> date | None:
    """The same where it may be left open."""
    text = (said.get(name) or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"{label}应当写成 2026-09-01 这样。", field=name) from None


@pages.post("/cases/<int:case_id>/measures")
@needs("plan.edit")
def add_measure(case_id: int) -> ResponseReturnValue:
    """Plan a measure."""
    case, said = case_of(db(), case_id), request.form
    try:
        made = rules.add_measure(
            db(),
            cipher_of(settings()),
            identity(),
            case,
            said.get("code", ""),
            day_of(said, "planned", "计划日期"),
            said.get("person", ""),
        )
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    audit("plan.edit", "case", case.id, measure=made.id, code=made.code)
    flash(_("措施已加入方案。"), "good")
    return _back(case_id)


@pages.post("/cases/<int:case_id>/measures/<int:measure_id>")
@needs("plan.edit")
def finish_measure(case_id: int, measure_id: int) -> ResponseReturnValue:
    """Record what came of a measure."""
    case, said = case_of(db(), case_id), request.form
    measure = rules.measure_of(db(), measure_id)
    if measure.child_id != case.child_id:
        raise NotFoundError("没有这项措施，或不在您的辖区内。")
    try:
        rules.finish_measure(
            db(),
            cipher_of(settings()),
            identity(),
            case,
            measure,
            day_of(said, "done", "完成日期"),
            said.get("worked") == "1",
            said.get("result", ""),
            today(),
        )
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    audit("plan.edit", "case", case.id, measure=measure.id, worked=measure.worked)
    flash(_("效果已登记。"), "good")
    return _back(case_id)


@pages.post("/cases/<int:case_id>/return")
@needs("plan.edit")
def come_back(case_id: int) -> ResponseReturnValue:
    """Record that the child is back at school."""
    case, said = case_of(db(), case_id), request.form
    try:
        back = Back(
            day_of(said, "returned_on", "复学日期"),
            said.get("school", ""),
            day_or_none(said, "out_since", "离校日期"),
            said.get("class_grade", 0, int),
            said.get("grade", 0, int),
            said.get("class_name", ""),
            said.get("why", ""),
        )
        made = returns.record(db(), settings(), identity(), case, back, today())
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    audit("plan.edit", "case", case.id, returned=made.id, grade=made.grade, usual=made.usual)
    flash(_("复学已登记，请在个案页上报结果 D08 并上传到校照片或考勤。"), "good")
    return _back(case_id)


@pages.post("/cases/<int:case_id>/follow-ups/<int:number>")
@needs("plan.edit")
def look(case_id: int, number: int) -> ResponseReturnValue:
    """Record whether a child that came back is still at school; D09 where it is not."""
    case, said = case_of(db(), case_id), request.form
    follow_up = returns.follow_up_of(db(), number)
    if follow_up.child_id != case.child_id:
        raise NotFoundError("没有这项跟踪，或不在您的辖区内。")
    try:
        found = Look(
            day_of(said, "day", "跟踪日期"),
            said.get("attending") == "1",
            said.get("said", ""),
            said.get("method", ""),
            said.getlist("reasons"),
        )
        told = returns.look(db(), cipher_of(settings()), identity(), follow_up, found, today())
    except InvalidError as error:
        return _again(case_id, error.message, 422)
    # One act, one entry: what was found, and that it was reported as D09 where that is so.
    did = {"step": "submit", "outcome": "D09"} if told else {}
    action = "case.verify" if told else "plan.edit"
    audit(action, "case", case.id, follow_up=number, attending=found.attending, **did)
    if found.attending:
        flash(_("跟踪已登记。"), "good")
    elif told:
        flash(_("已登记再次离校，结果 D09 已上报，等待另一位人员审核。"), "warn")
    elif db().get_one(Round, case.round_id).state in FROZEN:
        flash(_("已登记再次离校。本批次已签字，下一批次建立个案时列入核查；请当日上报，先行劝返。"), "warn")
    elif case.state == "closed":
        flash(_("已登记再次离校。个案已经结案，请审核人员重新打开，再上报结果 D09。"), "warn")
    else:
        flash(_("已登记再次离校。个案还在审核，请审核人员退回后上报结果 D09。"), "warn")
    return _back(case_id)
