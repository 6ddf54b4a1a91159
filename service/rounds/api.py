"""Rounds for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Date, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf

from schemas.rounds import STATES
from service.accounts.guard import audit, db, identity, needs, settings
from service.county_time import today
from service.rounds.moves import advance
from service.rounds.rules import board, open_round, round_of, rounds

api = APIBlueprint("rounds_api", __name__, url_prefix="/api/v1/rounds", tag="rounds 核查批次")


class RoundIn(Schema):
    """A round to open."""

    name = String(required=True, validate=Length(1, 60))
    as_of = Date(required=True)


class RoundOut(Schema):
    """A round."""

    id = Integer()
    name = String()
    region_code = String()
    as_of = Date()
    school_year = Integer()
    state = String(validate=OneOf(list(STATES)))
    run_id = Integer(allow_none=True)


class RoundsOut(Schema):
    """Every round, the newest first."""

    rounds = List(Nested(RoundOut))


class MoveIn(Schema):
    """The state to move to."""

    to = String(required=True, validate=OneOf(list(STATES)))


class DeliveryOut(Schema):
    """A required list and what came of it."""

    kind = String()
    owner_id = Integer()
    owner = String()
    due = Date(allow_none=True)
    state = String()
    records = Integer()
    troubled = Float(metadata={"description": "errors and warnings a hundred records"})
    lists = List(Integer(), metadata={"description": "ids of the lists, what counts first"})


class BoardOut(Schema):
    """Which agency has delivered what."""

    deliveries = List(Nested(DeliveryOut))


@api.get("/")
@needs("round.view")
@api.output(RoundsOut)
def index() -> dict[str, Any]:
    """List the rounds."""
    return {"rounds": rounds(db())}


@api.post("/")
@needs("round.edit")
@api.input(RoundIn)
@api.output(RoundOut, status_code=201)
def create(json_data: dict[str, Any]) -> Any:
    """Open a round in the area of the key's agency."""
    who = identity()
    opened = open_round(db(), json_data["name"], who.region_code, json_data["as_of"], who.account_id)
    audit("round.edit", "round", opened.id)
    return opened


@api.get("/<int:round_id>")
@needs("round.view")
@api.output(RoundOut)
def one(round_id: int) -> Any:
    """Show one round."""
    return round_of(db(), round_id)


@api.get("/<int:round_id>/board")
@needs("round.view")
@api.output(BoardOut)
def deliveries(round_id: int) -> dict[str, Any]:
    """Show which agency has delivered what; other agencies' only to those who may see them."""
    found = board(db(), round_of(db(), round_id), today())
    if identity().reach("round.view") == "own":
        found = [each for each in found if each.owner_id == identity().agency_id]
    return {"deliveries": [_told(each) for each in found]}


def _told(each: Any) -> dict[str, Any]:
    said = {
        name: getattr(each, name)
        for name in ("kind", "owner_id", "owner", "due", "state", "records", "troubled")
    }
    return said | {"lists": [one.id for one in each.lists]}


@api.post("/<int:round_id>/move")
@needs("round.move")
@api.input(MoveIn)
@api.output(RoundOut)
def push(round_id: int, json_data: dict[str, Any]) -> Any:
    """Move a round to another state."""
    found = round_of(db(), round_id)
    before = found.state
    advance(db(), found, json_data["to"], settings(), identity().account_id)
    audit("round.move", "round", round_id, before=before, after=json_data["to"])
    return found
