"""Lists for programs: send a file, see what was understood, confirm, replace, withdraw, cancel."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Dict, File, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import request
from sqlalchemy import select

from schemas.permission import LIST_OWNERS
from schemas.rounds import LIST_STATES
from service.accounts.guard import db, identity, needs, settings
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.uploads import acts, layouts, rules, shown
from service.uploads.incoming import streams_files
from service.uploads.models import AgencyList
from service.uploads.records import issues_of

api = APIBlueprint("lists_api", __name__, url_prefix="/api/v1/lists", tag="lists 名单")

PAGE = 200


class ListIn(Schema):
    """A file and what is said of it."""

    file = File(required=True)  # type: ignore[no-untyped-call]
    round_id = Integer(required=True, validate=Range(1, MOST_ID))
    agency_id = Integer(validate=Range(1, MOST_ID), metadata={"description": "only for the bureau: for whom"})
    kind = String(validate=OneOf(["", *LIST_OWNERS]))
    catalogue = String(validate=Length(max=60))
    basis = String(validate=Length(max=200))
    replaces = Integer(
        validate=Range(1, MOST_ID), metadata={"description": "id of the list that it corrects"}
    )


class DoubtOut(Schema):
    """What should be looked at before the list is confirmed."""

    sheet = Integer()
    column = String()
    why = String()


class ListOut(Schema):
    """A list."""

    id = Integer()
    round_id = Integer()
    agency_id = Integer()
    kind = String()
    file_name = String()
    sha256 = String()
    size = Integer()
    source = String()
    state = String(validate=OneOf(list(LIST_STATES)))
    records = Integer()
    errors = Integer()
    warnings = Integer()
    replaces_id = Integer(allow_none=True)
    catalogue = String()
    basis = String()
    created_at = DateTime()
    committed_at = DateTime(allow_none=True)


class ReceivedOut(ListOut):
    """A list that was sent; ``again``: the same bytes had come before, and nothing was done."""

    again = Boolean()


class ProgressOut(Schema):
    """How far the work is; ``total`` 0: not known yet."""

    step = String()
    done = Integer()
    total = Integer()
    unit = String()
    state = String()


class ListDetailOut(ListOut):
    """A list with what was understood of it."""

    confidence = Float()
    encoding = String()
    sheets = List(Dict(), metadata={"description": "header rows, columns with meaning, confidence and why"})
    doubts = List(Nested(DoubtOut))
    changes = Dict(
        metadata={"description": "counts against the list that it replaces: same, added, gone, changed"}
    )
    not_ready = String(metadata={"description": "why it cannot be confirmed yet; empty where it can"})
    foreign = String(
        metadata={"description": "that its agency does not send this kind: confirm with `meant`; else empty"}
    )
    refused = String(metadata={"description": "code of the reason where it could not be read"})
    progress = Nested(ProgressOut)


class ListsOut(Schema):
    """Lists, the newest first; ``next`` is the ``before`` of the next page, null on the last."""

    lists = List(Nested(ListOut))
    next = Integer(allow_none=True)


class ListsQuery(Schema):
    """Which lists."""

    round_id = Integer(validate=Range(1, MOST_ID))
    state = String(validate=OneOf(list(LIST_STATES)))
    before = Integer(validate=Range(1, MOST_ID))
    limit = Integer(load_default=50, validate=Range(1, PAGE))


class IssueOut(Schema):
    """Something wrong, at one place."""

    no = Integer()
    sheet = Integer()
    row = Integer()
    column = String()
    code = String()
    severity = String()
    message = String()


class IssuesOut(Schema):
    """Issues by number; ``next`` is the ``after`` of the next page, null on the last."""

    issues = List(Nested(IssueOut))
    total = Integer()
    next = Integer(allow_none=True)


class IssuesQuery(Schema):
    """Which issues."""

    severity = String(validate=OneOf(list(shown.SEVERITIES)))
    column = String(validate=Length(max=3))
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=50, validate=Range(1, PAGE))


class ConfirmIn(Schema):
    """``checked``: what was doubtful has been looked at; ``meant``: a kind that is another agency's is."""

    checked = Boolean(load_default=False)
    meant = Boolean(load_default=False)


class ReplaceIn(Schema):
    """The committed list that this one corrects; null: it is a list of its own."""

    replaces = Integer(required=True, allow_none=True, validate=Range(1, MOST_ID))


@api.post("/")
@needs("list.upload")
@streams_files
@api.input(ListIn, location="form_and_files")
@api.output(ReceivedOut, status_code=201)
def send(form_and_files_data: dict[str, Any]) -> Any:
    """Send a list. The same bytes again are answered with the list that they already are, and 200."""
    received = acts.take(form_and_files_data, request.files.get("file"), "api")
    said = {**_told(received.listed), "again": received.again}
    return (said, 200) if received.again else said


@api.get("/")
@needs("list.view")
@api.input(ListsQuery, location="query")
@api.output(ListsOut)
def index(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the lists, the newest first."""
    query, limit = select(AgencyList).order_by(AgencyList.id.desc()), query_data["limit"]
    for name in ("round_id", "state"):
        if name in query_data:
            query = query.where(getattr(AgencyList, name) == query_data[name])
    if "before" in query_data:
        query = query.where(AgencyList.id < query_data["before"])
    found = db().scalars(query.limit(limit + 1)).all()
    return {"lists": found[:limit], "next": found[limit - 1].id if len(found) > limit else None}


@api.get("/<int:list_id>")
@needs("list.view")
@api.output(ListDetailOut)
def one(list_id: int) -> dict[str, Any]:
    """Show a list with what was understood of it and what is doubtful."""
    listed = rules.list_of(db(), list_id)
    reading: dict[str, Any] = listed.reading
    changes = {key: count for key, count in reading.get("changes", {}).items() if not key.endswith("_at")}
    return {
        **_told(listed),
        "confidence": reading.get("confidence", 0.0),
        "encoding": reading.get("encoding", ""),
        "sheets": reading.get("sheets", []),
        "doubts": layouts.doubts(reading),
        "changes": changes,
        "not_ready": rules.not_ready(listed) if listed.state == "to_confirm" else "",
        "foreign": rules.foreign(db(), listed) if listed.state == "to_confirm" else "",
        "refused": reading.get("refused", {}).get("code", ""),
        "progress": shown.progress_of(rules.last_job(db(), list_id, rules.READ, rules.COMPARE)),
    }


def _told(listed: AgencyList) -> dict[str, Any]:
    return {name: getattr(listed, name) for name in ListOut().fields}


@api.get("/<int:list_id>/issues")
@needs("list.view")
@api.input(IssuesQuery, location="query")
@api.output(IssuesOut)
def issues(list_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """List the issues of a list, by number."""
    listed, limit = rules.list_of(db(), list_id), query_data.pop("limit")
    found = issues_of(db(), listed, cipher_of(settings()), **query_data, limit=limit + 1)
    total = shown.issue_total(listed.reading, query_data.get("severity", ""), query_data.get("column", ""))
    return {
        "issues": shown.issues_seen(found[:limit], sight_of(identity())),
        "total": total,
        "next": found[limit - 1].no if len(found) > limit else None,
    }


@api.post("/<int:list_id>/confirm")
@needs("list.upload")
@api.input(ConfirmIn)
@api.output(ListOut)
def confirm(list_id: int, json_data: dict[str, Any]) -> Any:
    """Confirm a list: it counts for its round, and takes the place of the one that it corrects."""
    return _done(list_id, "commit", json_data)


@api.post("/<int:list_id>/replace")
@needs("list.upload")
@api.input(ReplaceIn)
@api.output(ListOut)
def replace(list_id: int, json_data: dict[str, Any]) -> Any:
    """Say which committed list a read one corrects; the differences are counted, then it can be confirmed."""
    return _done(list_id, "replaces", json_data)


@api.post("/<int:list_id>/withdraw")
@needs("list.upload")
@api.output(ListOut)
def withdraw(list_id: int) -> Any:
    """Take a list back."""
    return _done(list_id, "withdraw", {})


@api.post("/<int:list_id>/cancel")
@needs("list.upload")
@api.output(ListOut)
def cancel(list_id: int) -> Any:
    """Ask that reading a list stops."""
    return _done(list_id, "cancel", {})


def _done(list_id: int, what: str, said: dict[str, Any]) -> AgencyList:
    listed = rules.list_of(db(), list_id)
    acts.perform(listed, what, said)
    return listed
