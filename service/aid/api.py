"""The aid check for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Integer, List, Nested, String
from apiflask.validators import OneOf, Range

from schemas.aid import findings
from service.accounts.guard import audit, db, identity, needs, settings
from service.aid import rules
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of

api = APIBlueprint("aid_api", __name__, url_prefix="/api/v1/aid", tag="aid 资助核对")

ID = Range(1, MOST_ID)


class FindingsQuery(Schema):
    """Which findings; without a round the newest."""

    round_id = Integer(validate=ID)
    kind = String(validate=OneOf(list(findings())))
    agency_id = Integer(validate=ID)
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=50, validate=Range(1, 500))


class FindingOut(Schema):
    """One finding; names, numbers and what was paid are masked by role."""

    id = Integer()
    kind = String(validate=OneOf(list(findings())))
    agency = String(metadata={"description": "who has to look into it"})
    run_id = Integer()
    run_no = Integer(metadata={"description": "the child in the run; 0 where it is none of its children"})
    name = String()
    id_number = String()
    township = String()
    school = String()
    grade = String()
    group = String()
    paid = String()
    detail = String()
    place = String(metadata={"description": "the aid record, as file#sheet:row"})


class FindingsOut(Schema):
    """Findings by number; ``next`` is the ``after`` of the next page, null on the last."""

    round_id = Integer()
    findings = List(Nested(FindingOut))
    next = Integer(allow_none=True)


@api.get("/findings")
@needs("aid.view")
@api.input(FindingsQuery, location="query")
@api.output(FindingsOut)
def index(query_data: dict[str, Any]) -> dict[str, Any]:
    """List what the aid check of a round found."""
    of = rules.round_with_run(db(), query_data.get("round_id"))
    limit = query_data["limit"]
    found = rules.page(
        db(),
        of.id,
        cipher_of(settings()),
        kind=query_data.get("kind", ""),
        agency_id=query_data.get("agency_id", 0),
        after=query_data["after"],
        limit=limit,
    )
    here, sight = found[:limit], sight_of(identity())
    audit("aid.view", "round", of.id, rows=len(here))
    return {
        "round_id": of.id,
        "findings": [rules.shown(each, sight) for each in here],
        "next": here[-1].id if len(found) > limit else None,
    }
