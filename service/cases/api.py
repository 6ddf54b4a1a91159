"""Cases for programs: list, one case, its steps, contacts, evidence, requests, and children found on foot."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import request

from schemas.case import outcomes
from service.accounts.guard import db, identity, needs, settings
from service.cases import acts, bulk, listing, shown
from service.cases.api_schemas import (
    CaseAnswerIn,
    CaseAskIn,
    CaseAssignedOut,
    CaseAssignIn,
    CaseContactIn,
    CaseContactOut,
    CaseDecideIn,
    CaseEvidenceIn,
    CaseEvidenceOut,
    CaseMoveIn,
    CaseNoteIn,
    CaseRequestOut,
    CasesIn,
    CasesOut,
    CaseTierIn,
    CaseVerifyIn,
    FoundChildIn,
    FoundChildrenOut,
    OneCaseOut,
)
from service.cases.children import Vault
from service.cases.seeing import Known
from service.cases.views import agency_names, filters_of, seen_of
from service.cases.views_bulk import assign_cases
from service.cases.views_by_hand import found_of
from service.cases.views_case import look_at, read
from service.numbers import MOST_ID
from service.privacy.masking import sight_of
from service.rounds.rules import round_of
from service.uploads.incoming import streams_files

api = APIBlueprint("cases_api", __name__, url_prefix="/api/v1/cases", tag="cases 个案")


@api.get("/")
@needs("case.view")
@api.input(CasesIn, location="query")
@api.output(CasesOut)
def index(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the cases of a round, narrowed and paged."""
    number = query_data["round_id"]
    of = round_of(db(), number) if number else listing.newest_round(db())
    given = {**query_data, **{name: "1" if query_data[name] else "" for name in ("overdue", "mine")}}
    filters, seen = filters_of(given), seen_of()
    page = listing.page(
        db(),
        Vault.of(settings()),
        of.id,
        filters,
        seen,
        after=query_data["after"],
        limit=query_data["limit"],
    )
    sight, agencies = sight_of(identity()), agency_names()
    return {
        "cases": [shown.row(each, of, sight, agencies) for each in page.rows],
        "after": page.after,
        "total": page.total,
    }


@api.get("/<int:case_id>")
@needs("case.view")
@api.output(OneCaseOut)
def one(case_id: int) -> dict[str, Any]:
    """One case with all that lies in it."""
    known, told = look_at(case_id)
    return {**told["case"], "clocks": told["clocks"], "lacking": _lacking(known)}


def _lacking(known: Known) -> list[list[str]]:
    outcome = outcomes().get(known.case.outcome or "")
    return known.lacking(outcome) if outcome else []


def _now(case_id: int) -> dict[str, Any]:
    """The case as it stands after a step."""
    known = read(case_id)
    return {**shown.one(known, sight_of(identity())), "clocks": [], "lacking": _lacking(known)}


def _put(part: str, case_id: int, number: int) -> dict[str, Any]:
    """What a step has put into a part of the case: ``contacts``, ``evidence``, ``requests``."""
    return next(each for each in _now(case_id)[part] if each["id"] == number)


@api.post("/<int:case_id>/verification")
@needs("case.verify")
@api.input(CaseVerifyIn)
@api.output(OneCaseOut)
def verify(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Accept a case, hand it back, or report its outcome."""
    handed_back = json_data["step"] == "hand_back"
    before = _now(case_id) if handed_back else {}
    acts.perform(acts.one(case_id), json_data["step"], json_data, json_data["reasons"])
    if not handed_back:
        return _now(case_id)
    # Once it is handed back it may lie outside of the agency's sight.
    return {**before, "state": "open", "assignee_id": None, "assignee": "", "version": before["version"] + 1}


@api.post("/<int:case_id>/decision")
@needs("case.approve")
@api.input(CaseDecideIn)
@api.output(OneCaseOut)
def decide(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Approve or refuse an outcome that somebody else reported, or open a case again."""
    acts.perform(acts.one(case_id), json_data["step"], json_data)
    return _now(case_id)


@api.post("/<int:case_id>/take-back")
@needs("case.assign")
@api.input(CaseMoveIn)
@api.output(OneCaseOut)
def take_back(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Take back a case that nobody has accepted."""
    acts.perform(acts.one(case_id), "take_back", json_data)
    return _now(case_id)


@api.post("/assignments")
@needs("case.assign")
@api.input(CaseAssignIn)
@api.output(CaseAssignedOut)
def assign(json_data: dict[str, Any]) -> dict[str, Any]:
    """Give cases to an agency, or see what that would do; what somebody holds is left alone."""
    of = round_of(db(), json_data["round_id"])
    cases = bulk.chosen(db(), of.id, {}, map(str, json_data["cases"]), seen_of())
    due = json_data["due"].isoformat() if json_data["due"] else ""
    done = assign_cases(of, cases, str(json_data["agency_id"]), due, sure=json_data["apply"])
    return {
        "done": sum(each.done for each in done.lines),
        "left": sum(not each.done for each in done.lines),
        "lines": done.lines,
        "receipt_id": done.receipt.id if done.receipt else None,
    }


@api.post("/<int:case_id>/contacts")
@needs("case.verify")
@api.input(CaseContactIn)
@api.output(CaseContactOut, status_code=201)
def contact(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Put down a visit or call."""
    said = {**json_data, "reached": "1" if json_data["reached"] else "", "out": json_data["out"]}
    return _put("contacts", case_id, acts.add_contact(acts.one(case_id), said).id)


@api.post("/<int:case_id>/evidence")
@needs("case.verify")
@streams_files
@api.input(CaseEvidenceIn, location="form_and_files")
@api.output(CaseEvidenceOut, status_code=201)
def evidence(case_id: int, form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Put evidence in: a file, or the number of a paper."""
    made = acts.add_evidence(acts.one(case_id), form_and_files_data, request.files.get("file"))
    return _put("evidence", case_id, made.id)


@api.post("/<int:case_id>/evidence/<int:evidence_id>/withdraw")
@needs("case.verify")
@api.input(CaseNoteIn)
@api.output(OneCaseOut)
def withdraw(case_id: int, evidence_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Let evidence count no more; it stays to be seen."""
    acts.withdraw_evidence(acts.one(case_id), evidence_id, json_data)
    return _now(case_id)


@api.post("/<int:case_id>/tier")
@needs("case.verify")
@api.input(CaseTierIn)
@api.output(OneCaseOut)
def tier(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Set the risk tier by hand, or give it back to the computation."""
    acts.set_tier(acts.one(case_id), json_data)
    return _now(case_id)


@api.post("/<int:case_id>/report")
@needs("case.verify")
@api.input(CaseNoteIn)
@api.output(OneCaseOut)
def report(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Put down that the written report of a child out of school was handed in."""
    acts.report(acts.one(case_id), json_data)
    return _now(case_id)


@api.post("/<int:case_id>/requests")
@needs("case.ask")
@api.input(CaseAskIn)
@api.output(CaseRequestOut, status_code=201)
def ask(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Ask another agency for help, or to check its own record."""
    made = acts.ask(acts.one(case_id), {**json_data, "agency": json_data["agency_id"]})
    return _put("requests", case_id, made.id)


@api.post("/<int:case_id>/requests/<int:request_id>/answer")
@needs("case.answer")
@api.input(CaseAnswerIn)
@api.output(OneCaseOut)
def answer(case_id: int, request_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Answer what the own agency was asked."""
    acts.answer(acts.one(case_id), request_id, json_data)
    return _now(case_id)


@api.post("/<int:case_id>/requests/<int:request_id>/withdraw")
@needs("case.ask")
@api.output(OneCaseOut)
def take_request_back(case_id: int, request_id: int) -> dict[str, Any]:
    """Need no answer any more."""
    acts.take_request_back(acts.one(case_id), request_id)
    return _now(case_id)


@api.post("/children")
@needs("case.enter")
@api.input(FoundChildIn)
@api.output(FoundChildrenOut)
def enter(json_data: dict[str, Any]) -> dict[str, Any]:
    """Look a child that is on no list up on all of them, and with ``enter`` open a case for it."""
    of = round_of(db(), min(json_data["round_id"], MOST_ID))
    typed = {name: "" if value is None else str(value) for name, value in json_data.items()}
    found, case = found_of(of, typed, sure=json_data["enter"])
    told = ("where", "by", "name", "township", "said", "run_id", "no", "child_id", "case_id")
    return {
        "found": [{name: getattr(each, name) for name in told} for each in found],
        "case_id": case.id if case else None,
    }
