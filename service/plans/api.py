"""Plans for programs: the plan of a child, and who is to be looked after."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Integer, List, Nested, String
from apiflask.validators import OneOf, Range

from service.accounts.guard import db, identity, needs, settings
from service.cases.children import Vault
from service.plans import due, returns, rules, shown
from service.plans.subject import look_at
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.rounds.views import today

api = APIBlueprint("plans_api", __name__, url_prefix="/api/v1", tag="plans 一人一案")


class MeasureOut(Schema):
    """A measure; ``worked`` is null while it is not done."""

    id = Integer()
    code = String()
    name = String()
    planned = Date()
    person = String()
    done = Date(allow_none=True)
    worked = Boolean(allow_none=True)
    result = String()


class FollowUpOut(Schema):
    """A day on which it is looked whether the child is still at school."""

    id = Integer()
    due = Date()
    done_on = Date(allow_none=True)
    attending = Boolean(allow_none=True)
    said = String()
    dropped = Boolean()
    late = Boolean()


class ReturnOut(Schema):
    """A return to school, with where the child was placed."""

    id = Integer()
    returned_on = Date()
    out_since = Date(allow_none=True)
    school = String()
    grade = String()
    usual = String(metadata={"description": "the grade that the rule gives"})
    place = String()
    ended_on = Date(allow_none=True)
    follow_ups = List(Nested(FollowUpOut))


class PlanOut(Schema):
    """The plan of a child over all rounds. ``version`` is 0 while there is none."""

    version = Integer()
    government_person = String()
    education_person = String()
    aim = String()
    tier = String()
    measures = List(Nested(MeasureOut))
    returns = List(Nested(ReturnOut))


class DueIn(Schema):
    """Which follow-ups."""

    which = String(load_default="overdue", validate=OneOf(list(due.WHICH)))
    after = Integer(load_default=0, validate=Range(0, 10**6))


class DueRowOut(Schema):
    """A follow-up that nobody has recorded; ``late``: days since it was due."""

    case_id = Integer()
    name = String()
    township = String()
    school = String()
    grade = String()
    due = Date()
    late = Integer()


class DueOut(Schema):
    """A page of them, the longest overdue first."""

    follow_ups = List(Nested(DueRowOut))
    total = Integer()


@api.get("/cases/<int:case_id>/plan")
@needs("case.view")
@api.output(PlanOut)
def plan(case_id: int) -> dict[str, Any]:
    """Show the plan of a child with its measures, returns and follow-ups."""
    subject, cipher = look_at(case_id), cipher_of(settings())
    child, sight = subject.case.child_id, subject.sight
    found, backs = rules.plan_of(db(), child), returns.returns_of(db(), child)
    charge = rules.charge_of(found, cipher)
    return {
        "version": found.version if found else 0,
        "government_person": charge.government_person,
        "education_person": charge.education_person,
        "aim": sight.show("remark", charge.aim) if charge.aim else "",
        "tier": subject.case.tier,
        "measures": shown.measures(rules.measures_of(db(), child), cipher, sight),
        "returns": shown.returns(backs, returns.follow_ups_of(db(), backs), cipher, sight, today()),
    }


@api.get("/follow-ups")
@needs("case.view")
@api.input(DueIn, location="query")
@api.output(DueOut)
def waiting(query_data: dict[str, Any]) -> dict[str, Any]:
    """List children back at school who are to be looked after."""
    which, after = query_data["which"], query_data["after"]
    rows, total = due.waiting(db(), Vault.of(settings()), which, today(), after)
    sight = sight_of(identity())
    return {"follow_ups": [shown.due_row(each, sight, today()) for each in rows], "total": total}
