"""The review of doubtful links for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Dict, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from schemas.review import STATES, VERDICTS
from service.accounts.guard import audit, db, identity, needs, settings
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.reviews import queue, rules, shown
from service.reviews.page import looked_at, person, totals
from service.reviews.rules import Choice
from service.reviews.views import narrow_of
from service.runs import results
from service.runs.api import ChildOut

api = APIBlueprint("reviews_api", __name__, url_prefix="/api/v1/reviews", tag="reviews 疑似匹配")


class QueueIn(Schema):
    """Which children, and which page of them."""

    state = String(load_default="", validate=OneOf(["", *STATES]))
    township = String(load_default="", validate=Length(max=12), metadata={"description": "region code"})
    group = String(load_default="", validate=Length(max=20))
    school = String(load_default="", validate=Length(max=100))
    page = Integer(load_default=1, validate=Range(1, 100_000))


class WaitingOut(ChildOut):
    """A child of the queue."""

    state = String(validate=OneOf(list(STATES)))
    candidates = Integer()
    why = List(String())
    voters = Integer(metadata={"description": "persons who have said all that there is to say"})


class QueueOut(Schema):
    """A page of the queue, what is worth most first; counts by state of the whole queue."""

    children = List(Nested(WaitingOut))
    states = Dict()
    done = Integer()
    total = Integer()
    more = Boolean()


class CandidateOut(Schema):
    """A pupil that the child may be; ``state`` also of the pair alone: ``same`` or ``different``."""

    rank = Integer()
    place = String()
    name = String()
    birth_date = String()
    school = String()
    likely = String()
    rule = String()
    state = String()
    mine = Boolean()


class SaidOut(Schema):
    """What somebody said; the verdict is "" where it is not shown before one's own."""

    id = Integer()
    by = String()
    mine = Boolean()
    at = DateTime()
    verdict = String()
    pupil = String()
    place = String()
    reason = String()
    final = Boolean()
    blinded = Boolean()
    withdrawn_at = DateTime(allow_none=True)
    withdrawn_reason = String()


class ReviewOut(Schema):
    """A child, the pupils that it may be, and what was said so far."""

    child = Nested(ChildOut)
    state = String(validate=OneOf(list(STATES)))
    explanation = String()
    candidates = List(Nested(CandidateOut))
    records = Raw(metadata={"type": "object", "description": "records side by side"})
    relatives = List(Dict())
    history = List(Nested(SaidOut))
    may = Boolean(metadata={"description": "whether the caller's word is asked for"})


class DecideIn(Schema):
    """What is said: of the pupils at these places; of all that are left where there are none."""

    verdict = String(required=True, validate=OneOf(list(VERDICTS)))
    places = List(String(validate=Length(1, 400)), load_default=list, validate=Length(max=50))
    reason = String(load_default="", validate=Length(max=rules.REASON[1]))


class DecidedOut(Schema):
    """How far the child has come, and the numbers of the decisions."""

    state = String(validate=OneOf(list(STATES)))
    decisions = List(Integer())


class WithdrawIn(Schema):
    """Why a decision is taken back."""

    reason = String(required=True, validate=Length(*rules.REASON))


class WithdrawnOut(Schema):
    """A decision that holds no longer."""

    id = Integer()
    run_id = Integer()
    child_no = Integer()
    withdrawn_at = DateTime()


@api.get("/<int:run_id>")
@needs("review.view")
@api.input(QueueIn, location="query")
@api.output(QueueOut)
def waiting(run_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """List the doubtful children of a run, narrowed and paged."""
    run = results.finished_run(db(), run_id)
    items = queue.page(db(), run.id, narrow_of(query_data), query_data["page"])
    here, sight = items[: queue.PAGE], sight_of(identity())
    numbers = [each.no for each in here]
    children = results.children(db(), run.id, numbers, cipher_of(settings())) if here else []
    progress = totals(run)["progress"]
    return {
        "children": [shown.row(item, child, sight) for item, child in zip(here, children, strict=True)],
        "states": progress.states,
        "done": progress.done,
        "total": progress.total,
        "more": len(items) > queue.PAGE,
    }


@api.get("/<int:run_id>/children/<int:no>")
@needs("review.view")
@api.output(ReviewOut)
def child(run_id: int, no: int) -> dict[str, Any]:
    """One child beside the pupils that it may be."""
    return looked_at(results.finished_run(db(), run_id), no)


@api.post("/<int:run_id>/children/<int:no>/decisions")
@needs("review.decide")
@api.input(DecideIn)
@api.output(DecidedOut, status_code=201)
def decide(run_id: int, no: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Decide about a child."""
    run = results.finished_run(db(), run_id)
    choice = Choice(json_data["verdict"], tuple(json_data["places"]), " ".join(json_data["reason"].split()))
    item, made = rules.decide(db(), settings(), run, no, person(), choice)
    audit(
        "review.decide", "child", f"{run.id}/{no}", verdict=choice.verdict, decisions=made, state=item.state
    )
    return {"state": item.state, "decisions": made}


@api.post("/decisions/<int:number>/withdraw")
@needs("review.decide")
@api.input(WithdrawIn)
@api.output(WithdrawnOut)
def withdraw(number: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Take a decision back; the next run obeys it no longer."""
    row = rules.withdraw(db(), settings(), number, person(), json_data["reason"])
    audit("review.decide", "child", f"{row.run_id}/{row.child_no}", act="withdraw", decision=number)
    return {"id": row.id, "run_id": row.run_id, "child_no": row.child_no, "withdrawn_at": row.withdrawn_at}
