"""Ledgers for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from schemas.case import KINDS, STATES, TIERS, outcomes
from schemas.ledger import LEDGERS
from service.accounts.guard import db, identity, needs, settings
from service.cases.children import Vault
from service.errors import NotFoundError
from service.ledgers import changes, rules, shown
from service.ledgers.views import filters_of
from service.numbers import MOST_ID
from service.privacy.masking import sight_of
from service.rounds.rules import round_of
from service.runs import results

api = APIBlueprint("ledgers_api", __name__, url_prefix="/api/v1/ledgers", tag="ledgers 台账")
MOST = 500
"""Most rows of one answer."""


OF_CASES = tuple(name for name in LEDGERS if name != "school_age")


class LedgerPlaceOut(Schema):
    """How many children of a township are in which ledger. ``apart``: not found, of those suspected."""

    region_code = String()
    township = String()
    school_age = Integer()
    suspected = Integer()
    apart = Integer()
    dropout = Integer()
    cancelled = Integer()
    explained = Integer()


class LedgerPlacesOut(Schema):
    """The townships of a round."""

    townships = List(Nested(LedgerPlaceOut))


class LedgerRowsIn(Schema):
    """Which cases of a ledger, behind which number."""

    township = String(load_default="", validate=Length(max=12), metadata={"description": "region code"})
    school = String(load_default="", validate=Length(max=100))
    group = String(load_default="", validate=Length(max=20))
    tier = String(load_default="", validate=OneOf(["", *TIERS]))
    kind = String(load_default="", validate=OneOf(["", *KINDS]))
    outcome = String(load_default="", validate=OneOf(["", *outcomes()]))
    after = Integer(load_default=0, validate=Range(0, MOST_ID))
    limit = Integer(load_default=rules.PAGE, validate=Range(1, MOST))


class LedgerRowOut(Schema):
    """A case in a ledger, its child as the caller may see it."""

    case_id = Integer(attribute="id")
    child_id = Integer()
    no = Integer()
    number = String()
    name = String()
    sex = String()
    birth_date = String()
    id_number = String()
    region_code = String()
    township = String()
    school = String()
    groups = List(String())
    kind = String()
    tier = String()
    state = String(validate=OneOf(list(STATES)))
    outcome = String(metadata={"description": "approved code, or empty"})
    contacts = Integer()
    last_contact = String()


class LedgerRowsOut(Schema):
    """Rows by number; ``after`` for those behind them."""

    rows = List(Nested(LedgerRowOut))
    after = Integer(allow_none=True)
    total = Integer()


class RoundChangesIn(Schema):
    """With which round to compare; without it the one before."""

    earlier = Integer(load_default=None, validate=Range(1, MOST_ID))


class RoundChangeOut(Schema):
    """What became of the children of a township between two rounds."""

    region_code = String()
    township = String()
    new = Integer()
    carried = Integer()
    back = Integer()
    closed = Integer()
    waiting = Integer()
    settled = Integer(metadata={"description": "of the later round, closed in it by now"})


class RoundChangesOut(Schema):
    """Counts by township; ``earlier``: id of the round that was compared with."""

    earlier = Integer()
    townships = List(Nested(RoundChangeOut))


@api.get("/<int:round_id>")
@needs("ledger.view")
@api.output(LedgerPlacesOut)
def places(round_id: int) -> dict[str, Any]:
    """Count the children of each township by ledger."""
    of = round_of(db(), round_id)
    ages = rules.school_age(rules.run_of(db(), of), results.region_of(db()))
    found = {row["key"]: row for row in rules.counts(db(), of)}
    nothing = dict.fromkeys(rules.COUNTED, 0)
    return {
        "townships": [
            {
                **found.get(code, nothing),
                "region_code": code,
                "township": ages.get(code, ("", 0))[0] or found.get(code, {}).get("label", ""),
                "school_age": ages.get(code, ("", 0))[1],
            }
            for code in sorted({*ages, *found})
        ]
    }


@api.get("/<int:round_id>/changes")
@needs("ledger.view")
@api.input(RoundChangesIn, location="query")
@api.output(RoundChangesOut)
def compare(round_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Count what became of the children since an earlier round."""
    later, every = round_of(db(), round_id), rules.rounds(db())
    wanted = query_data["earlier"]
    if wanted is None:
        earlier = changes.before_of(every, later)
    else:
        earlier = next((each for each in every if each.id == wanted and each.as_of < later.as_of), None)
    if earlier is None:
        raise NotFoundError("没有更早的批次可比。")
    rows = changes.counts(db(), earlier, later)
    told = [{**row, "region_code": row["key"], "township": row["label"]} for row in rows]
    return {"earlier": earlier.id, "townships": told}


@api.get("/<int:round_id>/<ledger>")
@needs("ledger.view")
@api.input(LedgerRowsIn, location="query")
@api.output(LedgerRowsOut)
def rows(round_id: int, ledger: str, query_data: dict[str, Any]) -> dict[str, Any]:
    """List the cases of a ledger; all children of school age are those of the round's run (``/runs``)."""
    if ledger not in OF_CASES:
        raise NotFoundError("没有这种台账。")
    of = round_of(db(), round_id)
    filters = filters_of(query_data)
    found = rules.page(
        db(),
        Vault.of(settings()),
        of,
        ledger,
        filters,
        after=query_data["after"],
        limit=query_data["limit"],
    )
    sight = sight_of(identity())
    return {
        "rows": [shown.row(of, each, sight) for each in found.rows],
        "after": found.after,
        "total": found.total,
    }
