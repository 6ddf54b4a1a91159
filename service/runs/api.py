"""Runs and their children for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import DateTime, Dict, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from service.accounts.guard import audit, db, identity, needs, settings
from service.jobs.models import Job
from service.jobs.outbox import cancel
from service.jobs.rules import progress_of
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.runs import results, rules, shown
from service.runs.cells import ATTENDANCE, BANDS, ENROLMENT
from service.runs.compare import KINDS, changes, compared
from service.runs.models import Run
from service.runs.views_children import filters_of, look_at, pair_of, sought

api = APIBlueprint("runs_api", __name__, url_prefix="/api/v1/runs", tag="runs 比对")
Number = Range(1, MOST_ID)
MOST = 500
"""Most children of one answer."""


class RunIn(Schema):
    """A run to start: of the lists that count in a round, or once more of those of an earlier run."""

    round_id = Integer(required=True, validate=Number)
    again = Integer(load_default=None, allow_none=True, validate=Number)


class RunsIn(Schema):
    """Which runs."""

    round_id = Integer(load_default=None, validate=Number)
    before = Integer(load_default=None, validate=Number, metadata={"description": "id of the last one seen"})


class ListOfRun(Schema):
    """A list as it was when the run was asked for."""

    id = Integer()
    name = String()
    kind = String()
    agency = String()
    sha256 = String()
    content = String()
    records = Integer()


class RunOut(Schema):
    """A run."""

    id = Integer()
    round_id = Integer()
    no = Integer()
    job_id = Integer(allow_none=True)
    lists = List(Nested(ListOfRun))
    model = Dict()
    settings = Dict()
    children = Integer()
    created_at = DateTime()
    finished_at = DateTime(allow_none=True)


class RunDetailOut(RunOut):
    """A run with how far it is and what it counted."""

    progress = Dict(allow_none=True)
    results = Dict()
    seconds = Dict()
    files = List(String())


class RunsOut(Schema):
    """Some runs, the newest first; ``before`` for those after them, none at the end."""

    runs = List(Nested(RunOut))
    before = Integer(allow_none=True)


class ChildrenIn(Schema):
    """Which children, behind which number."""

    enrolment = String(load_default="", validate=OneOf(["", *ENROLMENT]))
    attendance = String(load_default="", validate=OneOf(["", *ATTENDANCE]))
    township = String(load_default="", validate=Length(max=12), metadata={"description": "region code"})
    group = String(load_default="", validate=Length(max=20))
    school = String(load_default="", validate=Length(max=100))
    band = String(load_default="", validate=OneOf(["", *BANDS]))
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=results.PAGE, validate=Range(1, MOST))


class SearchIn(Schema):
    """A whole number, or name and birthday."""

    id_number = String(load_default="", validate=Length(max=40))
    name = String(load_default="", validate=Length(max=100))
    birth_date = String(load_default="", validate=Length(max=20))


class ChildOut(Schema):
    """A child as the caller may see it."""

    no = Integer()
    name = String()
    id_number = String()
    birth_date = String()
    sex = String()
    township = String()
    region_code = String()
    school = String()
    enrolment = String(validate=OneOf(list(ENROLMENT)))
    attendance = String(validate=OneOf(list(ATTENDANCE)))
    probability = Float()
    rule = String()
    groups = List(String())


class ChildrenOut(Schema):
    """Children by number; ``after`` for those behind them; ``total`` where it is known."""

    children = List(Nested(ChildOut))
    after = Integer(allow_none=True)
    total = Integer(allow_none=True)


class EarlierOut(Schema):
    """The same child in the run before."""

    run_id = Integer()
    run_no = Integer()
    no = Integer()
    enrolment = String()
    attendance = String()


class OneChildOut(Schema):
    """All that a run knows of a child."""

    child = Nested(ChildOut)
    explanation = String()
    facts = List(List(String()), metadata={"description": "label and value"})
    sources = List(Dict())
    records = Raw(metadata={"type": "object", "description": "records side by side"})
    links = List(Dict())
    earlier = Nested(EarlierOut, allow_none=True)
    unmasked = List(String())


class CompareIn(Schema):
    """Which changes, behind which number."""

    kind = String(load_default="changed", validate=OneOf(list(KINDS)))
    after = Integer(load_default=0, validate=Range(0, MOST_ID))


class ChangeOut(Schema):
    """A child that differs between two runs; ``no`` is of the later one, of the other where it is gone."""

    no = Integer()
    other_no = Integer()
    before = String()
    after = String()


class CompareOut(Schema):
    """What changed between two runs."""

    counts = Dict()
    changes = List(Nested(ChangeOut))
    after = Integer(allow_none=True)


@api.get("/")
@needs("run.view")
@api.input(RunsIn, location="query")
@api.output(RunsOut)
def index(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the runs."""
    found = results.runs(db(), query_data["before"], query_data["round_id"])
    more = len(found) > results.PAGE
    here = [run for run, _ in found[: results.PAGE]]
    return {"runs": [shown.run_facts(run) for run in here], "before": here[-1].id if more else None}


@api.post("/")
@needs("run.start")
@api.input(RunIn)
@api.output(RunOut, status_code=201)
def start(json_data: dict[str, Any]) -> dict[str, Any]:
    """Start a run of a round's committed lists."""
    run = rules.start(db(), json_data["round_id"], identity().account_id, json_data["again"])
    audit("run.start", "run", run.id, round=run.round_id, lists=[each["id"] for each in run.lists])
    return shown.run_facts(run)


@api.get("/<int:run_id>")
@needs("run.view")
@api.output(RunDetailOut)
def show(run_id: int) -> dict[str, Any]:
    """One run: its progress, and its counts once it is finished."""
    run = results.run_of(db(), min(run_id, MOST_ID), with_summary=True)
    job = db().get(Job, run.job_id) if run.job_id else None
    return {
        **shown.run_facts(run),
        "progress": progress_of(job) if job else None,
        "results": run.summary.get("results", {}),
        "seconds": job.seconds if job else {},
        "files": sorted(run.outputs) if run.finished_at else [],
    }


@api.post("/<int:run_id>/cancel")
@needs("run.start")
@api.output(RunOut, status_code=202)
def stop(run_id: int) -> dict[str, Any]:
    """Ask that a run ends."""
    run = results.run_of(db(), min(run_id, MOST_ID))
    cancel(db(), run.job_id or 0)
    audit("run.start", "run", run.id, act="cancel")
    return shown.run_facts(run)


@api.get("/<int:run_id>/children")
@needs("child.view")
@api.input(ChildrenIn, location="query")
@api.output(ChildrenOut)
def children(run_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """List the children of a run, narrowed and paged."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    page = results.page(
        db(),
        run,
        filters_of(query_data),
        cipher_of(settings()),
        after=query_data["after"],
        limit=query_data["limit"],
    )
    return _children(page.rows) | {"after": page.after, "total": page.total}


def _children(rows: list[results.Child]) -> dict[str, Any]:
    sight = sight_of(identity())
    return {"children": [shown.row(each, sight) for each in rows]}


@api.post("/<int:run_id>/children/search")
@needs("child.view")
@api.input(SearchIn)
@api.output(ChildrenOut)
def search(run_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Find children by the whole number, or by name and birthday."""
    run = results.finished_run(db(), min(run_id, MOST_ID))
    found = sought(run, json_data)
    return _children(found) | {"after": None, "total": len(found)}


@api.get("/<int:run_id>/children/<int:no>")
@needs("child.view")
@api.output(OneChildOut)
def child(run_id: int, no: int) -> dict[str, Any]:
    """One child with all that the run knows of it."""
    run: Run = results.finished_run(db(), min(run_id, MOST_ID))
    return look_at(run, min(no, MOST_ID))


@api.get("/<int:run_id>/compare/<int:other_id>")
@needs("child.view")
@api.input(CompareIn, location="query")
@api.output(CompareOut)
def compare(run_id: int, other_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """List what changed since an earlier run of the round."""
    run, other = pair_of(run_id, other_id)
    found = changes(db(), run.id, other.id, query_data["kind"], query_data["after"], results.PAGE + 1)
    here, more = found[: results.PAGE], len(found) > results.PAGE
    return {
        "counts": compared(db(), run.id, other.id),
        "changes": here,
        "after": here[-1].no if more else None,
    }
