"""Worksheets for programs: take one out, send it back, see what it would change, take it."""

from __future__ import annotations

import base64
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import DateTime, File, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import request

from service.accounts.guard import audit, db, needs
from service.numbers import MOST_ID
from service.rounds.rules import round_of
from service.runs.views_files import reason_of
from service.uploads.incoming import streams_files
from service.worksheets import acts
from service.worksheets.models import WorksheetReturn
from service.worksheets.receipts import receipt_of
from service.worksheets.taking import MINE, THEIRS

api = APIBlueprint("worksheets_api", __name__, url_prefix="/api/v1/worksheets", tag="worksheets 核查表")
Number = Range(1, MOST_ID)


class WorksheetIssueIn(Schema):
    """Whose worksheet, and what for."""

    round_id = Integer(required=True, validate=Number)
    agency_id = Integer(load_default=None, allow_none=True, validate=Number)
    purpose = String(required=True, validate=Length(4, 200))


class WorksheetIssuedOut(Schema):
    """A worksheet: ``content`` is the xlsx file in base64."""

    file_name = String()
    rows = Integer()
    content = String()


class WorksheetBackIn(Schema):
    """A filled worksheet."""

    round_id = Integer(required=True, validate=Number)
    file = File(required=True)  # type: ignore[no-untyped-call]


class WorksheetFieldOut(Schema):
    """A cell that would change."""

    column = String()
    before = String()
    after = String()


class WorksheetErrorOut(Schema):
    """What is wrong in a column, and what to do."""

    column = String()
    message = String()


class WorksheetRowOut(Schema):
    """A row, judged; ``case_id`` 0 where it is no case of the caller's."""

    row = Integer()
    case_id = Integer()
    number = String()
    name = String()
    state = String(validate=OneOf(["none", "change", "conflict", "wrong"]))
    fields_ = List(Nested(WorksheetFieldOut), data_key="fields")
    errors = List(Nested(WorksheetErrorOut))


class WorksheetReturnOut(Schema):
    """A worksheet that came back; nothing of it is taken yet while ``state`` is ``shown``."""

    id = Integer()
    round_id = Integer()
    file_name = String()
    state = String(validate=OneOf(["shown", "taken", "dropped"]))
    created_at = DateTime()
    rows = List(Nested(WorksheetRowOut))


class WorksheetDecisionIn(Schema):
    """Of a conflict: take the worksheet's row (``mine``) or leave the case as it is (``theirs``)."""

    case_id = Integer(required=True, validate=Number)
    take = String(required=True, validate=OneOf([MINE, THEIRS]))


class WorksheetTakeIn(Schema):
    """What was decided of the conflicts; one that is not decided is left alone."""

    decisions = List(Nested(WorksheetDecisionIn), load_default=list, validate=Length(max=5000))


class WorksheetReceiptOut(Schema):
    """What came of an act upon many cases."""

    id = Integer()
    round_id = Integer()
    kind = String(validate=OneOf(["assign", "worksheet"]))
    done = Integer()
    left = Integer()
    created_at = DateTime()


@api.post("/issue")
@needs("case.export")
@api.input(WorksheetIssueIn)
@api.output(WorksheetIssuedOut)
def issue(json_data: dict[str, Any]) -> dict[str, Any]:
    """Take out the worksheet of the own agency, or for the bureau that of another."""
    of = round_of(db(), json_data["round_id"])
    purpose = reason_of(json_data)
    file, name, count, agency_id = acts.issue(of, str(json_data["agency_id"] or ""))
    audit("case.export", "round", of.id, purpose, rows=count, agency=agency_id, format="worksheet")
    return {"file_name": name, "rows": count, "content": base64.b64encode(file.getvalue()).decode()}


@api.post("/")
@needs("case.verify")
@streams_files
@api.input(WorksheetBackIn, location="form_and_files")
@api.output(WorksheetReturnOut, status_code=201)
def send_back(form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Send a filled worksheet back and see what it would change."""
    of = round_of(db(), form_and_files_data["round_id"])
    return _told(acts.receive(of, request.files.get("file")))


@api.get("/<int:return_id>")
@needs("case.verify")
@api.output(WorksheetReturnOut)
def one(return_id: int) -> dict[str, Any]:
    """A worksheet that came back, with what it would change now."""
    return _told(acts.one(return_id))


def _told(made: WorksheetReturn) -> dict[str, Any]:
    rows = acts.look(made, round_of(db(), made.round_id)) if made.state == "shown" else []
    return {
        "id": made.id,
        "round_id": made.round_id,
        "file_name": made.file_name,
        "state": made.state,
        "created_at": made.created_at,
        "rows": [_row(row) for row in rows],
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    fields = [{"column": head, "before": old, "after": new} for head, old, new in row["fields"]]
    errors = [{"column": head, "message": said} for head, said in row["errors"]]
    told = {name: row[name] for name in ("case_id", "number", "name", "state")}
    return {**told, "row": row["at"], "fields_": fields, "errors": errors}


@api.post("/<int:return_id>/take")
@needs("case.verify")
@api.input(WorksheetTakeIn)
@api.output(WorksheetReceiptOut)
def take(return_id: int, json_data: dict[str, Any]) -> Any:
    """Take the changes of a worksheet; gives the receipt."""
    made = acts.one(return_id)
    decided = {each["case_id"]: each["take"] for each in json_data["decisions"]}
    return acts.take_all(made, round_of(db(), made.round_id), decided)


@api.post("/<int:return_id>/drop")
@needs("case.verify")
@api.output(WorksheetReturnOut)
def drop(return_id: int) -> dict[str, Any]:
    """Put a worksheet aside; nothing of it is taken."""
    made = acts.one(return_id)
    acts.drop(made)
    db().refresh(made)
    return _told(made)


@api.get("/receipts/<int:receipt_id>")
@needs("case.view")
@api.output(WorksheetReceiptOut)
def receipt(receipt_id: int) -> Any:
    """A receipt."""
    return receipt_of(db(), min(receipt_id, MOST_ID))
