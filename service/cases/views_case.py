"""The page of one case, and what is done on it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.case import MOVES, outcomes
from schemas.codes import code_list
from service.accounts.guard import audit, audit_apart, begin_again, db, identity, needs, settings
from service.audit.chain import Act
from service.cases import acts, by_hand, listing, papers, seeing, shown
from service.cases.blueprint import pages
from service.cases.children import Vault
from service.cases.clock import clocks
from service.cases.models import Case
from service.cases.own_rows import own_rows
from service.cases.rules import StaleError
from service.county_time import now, today
from service.db import SYSTEM, enter, transaction
from service.errors import ConflictError, InvalidError, ServiceError, TooManyError
from service.limits.rules import limits_of
from service.privacy.rules import ask as ask_unmasking
from service.privacy.rules import see
from service.runs import seen
from service.uploads.incoming import streams_files

STALE_FIELDS = {
    "outcome": "核查结果", "reasons": "原因", "method": "核查方式", "school_now": "现就读学校",
    "out_since": "离校日期", "expires": "说明有效期至", "note": "说明、理由",
}  # fmt: skip


@pages.get("/cases/<int:case_id>")
@needs("case.view")
def show(case_id: int) -> ResponseReturnValue:
    """One case with its child, timeline, contacts, evidence, and the forms for what may be done next."""
    known, told = look_at(case_id)
    return render_template("cases/show.html", **told, **_forms(known), **shown.words())


def look_at(case_id: int) -> tuple[seeing.Known, dict[str, Any]]:
    """A case as this person may see it, with its audit entry; counted against the views of a day.

    Raises:
        TooManyError: as many children as a person may open in a day.
    """
    case, who = acts.one(case_id), identity()
    subject = f"case/{case.id}"
    try:
        seen.check_quota(db(), who, subject, settings().views_per_day)
    except TooManyError:
        audit_apart(Act("child.view", "child", subject, result="refused", detail={"reason": "quota"}))
        raise
    sight = see(db(), who, ("child", subject), audit)
    known = read(case_id)
    audit("child.view", "child", subject, unmasked=sorted(sight.unmasked))
    labels = {row["code"]: row["name"] for row in code_list("masking")}
    told = {
        "case": shown.one(known, sight),
        "clocks": clocks(known.case, known.events, known.requests, limits_of(db()), now()),
        "unmasked": sorted(sight.unmasked),
        "maskable": [
            (name, labels[name])
            for name in shown.UNMASKED
            if who.may("child.unmask") and sight.may_ask_for(name) and sight.level(name) != "clear"
        ],
    }
    return known, told


def read(case_id: int) -> seeing.Known:
    """A case with all that lies in it; the names of those who acted lie behind other agencies' walls."""
    with transaction(settings().database_url, SYSTEM) as apart:
        return seeing.known_of(db(), acts.one(case_id).id, Vault.of(settings()), apart)


def _forms(known: seeing.Known, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Which forms the page offers, and what they are filled with: what was typed, else what is on record."""
    case, who = known.case, identity()
    alive = not known.frozen
    may = {
        name: alive
        and case.state in move.before
        and bool(move.action)
        and seeing.holds(case, who, move.action)
        and not (move.other_person and case.submitted_by == who.account_id)
        for name, move in MOVES.items()
    }
    asked = [each for each in known.requests if each.agency_id == who.agency_id]
    open_now = alive and case.state not in ("closed", "carried")
    holds = seeing.holds(case, who, "case.verify")
    draft = typed or seeing.draft(known)
    chosen = request.args.get("outcome") or draft.get("outcome") or case.outcome or ""
    assigns = seeing.holds(case, who, "case.assign")
    asks = open_now and seeing.holds(case, who, "case.ask")
    region = "" if who.reach("case.assign") == "all" else who.region_code
    return {
        "round": known.round,
        "today": today(),
        "frozen": known.frozen,
        "may": may,
        "own_submission": case.state == "submitted" and case.submitted_by == who.account_id,
        "may_add": open_now and (holds or bool(asked)),
        "may_set": alive and holds,
        "may_report": alive and holds and any(each.kind == "found_out" for each in known.events),
        "may_ask": asks,
        "may_pass": alive and case.state == "open" and who.reach("case.assign") == "all",
        "to_answer": [each.id for each in asked if each.state == "asked" and who.may("case.answer")],
        "own_rows": _own_rows(known) if asked else [],
        "targets": listing.targets(db(), region) if may["assign"] and assigns else [],
        "askable": listing.targets(db()) if asks else [],
        "regions": by_hand.townships(db(), known.round.region_code)
        if who.reach("case.assign") == "all"
        else {},
        "draft": {**draft, "outcome": chosen},
        "lacking": known.lacking(outcomes()[chosen]) if chosen in outcomes() else [],
        "chosen_label": shown.outcome_label(chosen),
        "paper_kinds": papers.kinds(chosen),
        "needs_of": shown.needs(),
        "child_url": url_for("runs.child", run_id=case.run_id, no=case.run_no)
        if case.run_id and who.may("child.view")
        else "",
    }


def _own_rows(known: seeing.Known) -> list[tuple[str, int, int]]:
    with transaction(settings().database_url, SYSTEM) as apart:
        return own_rows(apart, known.case, identity().agency_id, known.vault.cipher)


@pages.post("/cases/<int:case_id>/verify/<any(accept,hand_back,submit):step>")
@needs("case.verify")
@streams_files
def verify(case_id: int, step: str) -> ResponseReturnValue:
    """What the verifying agency does: accept, hand back, report the result."""
    return _moved(case_id, step)


@pages.post("/cases/<int:case_id>/take_back")
@needs("case.assign")
def take_back(case_id: int) -> ResponseReturnValue:
    """Take back what nobody has accepted yet."""
    return _moved(case_id, "take_back")


@pages.post("/cases/<int:case_id>/decide/<any(approve,refuse,reopen):step>")
@needs("case.approve")
def decide(case_id: int, step: str) -> ResponseReturnValue:
    """What another person than the verifier does."""
    return _moved(case_id, step)


def _moved(case_id: int, what: str) -> ResponseReturnValue:
    """Move the case and go back to it; where it has changed meanwhile both versions are shown."""
    case, said = acts.one(case_id), request.form
    try:
        if what == "submit":
            _add_paper(case)
        flash(_(acts.perform(case, what, said, said.getlist("reasons"))), "good")
    except StaleError as error:
        return _stale(case_id, what, error)
    except (ConflictError, InvalidError) as error:
        if what != "submit":
            raise
        return _still_lacking(case_id, error)
    if what == "hand_back" and identity().reach("case.verify") == "own":
        return redirect(url_for("cases.latest"), 303)
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _add_paper(case: Case) -> bool:
    """Put in the evidence that came with a result, where some did."""
    said, file = request.form, request.files.get("file")
    if not (file and file.filename) and not said.get("paper_number", "").strip():
        return False
    paper = {"kind": said.get("paper", ""), "number": said.get("paper_number", "")}
    acts.add_evidence(case, paper, file)
    return True


def _still_lacking(case_id: int, error: ServiceError) -> ResponseReturnValue:
    """The page once more with what was typed, and what it lacks: a result is long to type on a phone.

    Evidence that came with it is kept, if nothing was wrong with that itself.
    """
    session = begin_again("case.verify")
    with suppress(ConflictError, InvalidError), session.begin_nested():  # if so, it is what ``error`` says
        if _add_paper(acts.one(case_id)):
            flash(_("佐证已保存。"), "good")
    enter(session, identity().scope("case.view"))
    known, told = look_at(case_id)
    typed = {name: request.form.get(name, "") for name in STALE_FIELDS}
    forms = _forms(known, {**typed, "reasons": request.form.getlist("reasons")})
    page = render_template("cases/show.html", **told, **forms, wrong=error.message, **shown.words())
    return page, error.status


def _stale(case_id: int, what: str, error: StaleError) -> ResponseReturnValue:
    """Both versions: what was about to be saved, and what stands now, with what happened in between."""
    said = request.form
    begin_again("case.view")
    known, told = look_at(case_id)
    mine = {name: "、".join(said.getlist(name)) for name in STALE_FIELDS}
    there = {
        "outcome": known.case.outcome or "",
        "reasons": "、".join(known.case.reasons),
        "method": known.case.method,
        "school_now": known.case.school_now,
        "out_since": known.case.out_since or "",
        "expires": known.case.expires or "",
        "note": "",
    }
    page = render_template(
        "cases/stale.html",
        case=told["case"],
        move=MOVES[what],
        action=request.path,
        sent=[(name, each) for name in STALE_FIELDS for each in said.getlist(name) if each],
        rows=[
            (_(label), mine[name], there[name])
            for name, label in STALE_FIELDS.items()
            if mine[name] or there[name]
        ],
        seen=error.details.get("seen"),
        **shown.words(),
    )
    return page, 409


@pages.post("/cases/<int:case_id>/tier")
@needs("case.verify")
def tier(case_id: int) -> ResponseReturnValue:
    """Set the risk tier by hand."""
    acts.set_tier(acts.one(case_id), request.form)
    flash(_("风险等级已调整。"), "good")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@pages.post("/cases/<int:case_id>/unmask")
@needs("child.unmask")
def unmask(case_id: int) -> ResponseReturnValue:
    """Ask to see masked fields of the child, with a reason."""
    case = acts.one(case_id)
    said = request.form
    subject = ("child", f"case/{case.id}")
    made = ask_unmasking(
        db(), settings(), identity(), subject, said.getlist("fields"), said.get("reason", ""), audit
    )
    if made.state == "granted":
        flash(_("已显示，到期后自动隐去。每次查看都有记录。"), "good")
    else:
        flash(_("申请已提交，经另一位有权限的人员批准后可以查看。"), "info")
    return redirect(url_for("cases.show", case_id=case_id), 303)
