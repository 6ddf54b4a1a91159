"""Corrections for programs: an agency's list, its answers, its report."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from schemas.correction import FIELDS, STATES, kinds
from service.accounts.guard import audit, db, identity, needs, settings
from service.corrections import rules, shown
from service.corrections.report import report_of
from service.corrections.rules import SINCE, Answer, Filters
from service.corrections.views import asked_for
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of

api = APIBlueprint("corrections_api", __name__, url_prefix="/api/v1/corrections", tag="corrections 数据更正")

PAGE = 500
ID = Range(1, MOST_ID)


class CorrectionsQuery(Schema):
    """Which corrections; without a round the newest, without an agency one's own."""

    round_id = Integer(validate=ID)
    agency_id = Integer(validate=ID)
    kind = String(validate=OneOf(list(kinds())))
    state = String(validate=OneOf(list(STATES)))
    since = String(validate=OneOf(list(SINCE)), metadata={"description": "against the round before"})
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=50, validate=Range(1, PAGE))


class CorrectionOut(Schema):
    """One thing to put right; names and numbers masked by role."""

    id = Integer()
    kind = String(validate=OneOf(list(kinds())))
    file = String()
    list_kind = String()
    sheet = Integer()
    row = Integer()
    name = String()
    id_number = String()
    birth_date = String()
    field = String(validate=OneOf(list(FIELDS)))
    value = String()
    suggestion = String()
    proof = String()
    state = String(validate=OneOf(list(STATES)))
    note = String()
    answered_at = DateTime(allow_none=True)
    before = String(metadata={"description": "its state in the round before; empty where it is new"})
    gone = Boolean(metadata={"description": "a later run found it no more"})
    from_case = Boolean()


class CorrectionsOut(Schema):
    """Corrections by number; ``next`` is the ``after`` of the next page, null on the last."""

    round_id = Integer()
    agency_id = Integer()
    corrections = List(Nested(CorrectionOut))
    next = Integer(allow_none=True)


class AnswerIn(Schema):
    """What an agency says of one item."""

    id = Integer(required=True, validate=ID)
    state = String(required=True, validate=OneOf(list(STATES)))
    note = String(load_default="", validate=Length(max=rules.WORDS))


class AnswersIn(Schema):
    """Answers to several items of one's own agency; all of them or none."""

    answers = List(Nested(AnswerIn), required=True, validate=Length(1, PAGE))


class AnsweredOut(Schema):
    """How many were answered."""

    answered = Integer()


class ReportQuery(Schema):
    """Whose report, on which round."""

    round_id = Integer(validate=ID)
    agency_id = Integer(validate=ID)


class LineOut(Schema):
    """Items of one kind; ``before``: in the round before."""

    kind = String()
    total = Integer()
    open = Integer()
    done = Integer()
    refused = Integer()
    again = Integer()
    before = Integer()


class PastOut(Schema):
    """A round: the agency's records, shares of numbers that lack or fail, items, share accepted."""

    name = String()
    records = Integer()
    without = Float()
    wrong = Float()
    items = Integer()
    answered = Integer()
    accepted = Float(allow_none=True)


class ReportOut(Schema):
    """The reconciliation of one agency."""

    round_id = Integer()
    agency = String()
    total = Integer()
    done = Integer()
    refused = Integer()
    again = Integer()
    mended = Integer(metadata={"description": "asked for in earlier rounds, no longer there"})
    accepted = Float(allow_none=True)
    lines = List(Nested(LineOut))
    past = List(Nested(PastOut))


@api.get("/")
@needs("correction.view")
@api.input(CorrectionsQuery, location="query")
@api.output(CorrectionsOut)
def index(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the corrections of an agency in a round."""
    of, owner = _asked(query_data)
    filters = Filters(*(query_data.get(name, "") for name in Filters.__slots__))
    limit = query_data["limit"]
    found = rules.page(
        db(), (of.id, owner.id), filters, cipher_of(settings()), after=query_data["after"], limit=limit
    )
    here = found[:limit]
    audit("correction.view", "agency", owner.id, round=of.id, rows=len(here))
    return {
        "round_id": of.id,
        "agency_id": owner.id,
        "corrections": shown.rows(here, sight_of(identity())),
        "next": here[-1].id if len(found) > limit else None,
    }


@api.post("/answers")
@needs("correction.answer")
@api.input(AnswersIn)
@api.output(AnsweredOut)
def answer(json_data: dict[str, Any]) -> dict[str, int]:
    """Answer items of one's own agency."""
    answers = {each["id"]: Answer(each["state"], each["note"]) for each in json_data["answers"]}
    moved = rules.answer(db(), answers, identity().account_id, cipher_of(settings()))
    audit("correction.answer", "agency", identity().agency_id, items=list(answers)[:200], count=moved)
    return {"answered": moved}


@api.get("/report")
@needs("correction.view")
@api.input(ReportQuery, location="query")
@api.output(ReportOut)
def report(query_data: dict[str, Any]) -> dict[str, Any]:
    """Show the reconciliation report of an agency."""
    of, owner = _asked(query_data)
    told = report_of(db(), of, owner.id)
    audit("correction.view", "agency", owner.id, round=of.id, what="report")
    counts = {
        name: getattr(told, name) for name in ("total", "done", "refused", "again", "mended", "accepted")
    }
    return {
        "round_id": of.id,
        "agency": told.agency,
        **counts,
        "lines": [asdict(each) for each in told.lines],
        "past": [asdict(each) for each in told.past],
    }


def _asked(said: dict[str, Any]) -> Any:
    of = rules.round_with_run(db(), said.get("round_id"))
    return asked_for(of.id, said.get("agency_id", identity().agency_id))
