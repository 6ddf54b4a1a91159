"""Plans for programs: the plan of a child, its measures, its return, and who is to be looked after."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from schemas.codes import code_list
from service.accounts.guard import audit, db, identity, needs, settings
from service.cases.children import Vault
from service.cases.rules import case_of
from service.county_time import today
from service.errors import NotFoundError
from service.numbers import MOST_ID
from service.plans import due, lasting, returns, rules, shown
from service.plans.subject import Subject, look_at
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of

api = APIBlueprint("plans_api", __name__, url_prefix="/api/v1", tag="plans 一人一案")
Number = Range(1, MOST_ID)


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


class ChargeIn(Schema):
    """Who is in charge in the two lines; ``version`` is the one seen, 0 while there is no plan."""

    version = Integer(required=True, validate=Range(0, MOST_ID))
    government_id = Integer(required=True, validate=Number)
    government_person = String(required=True, validate=Length(1, rules.PERSON))
    education_id = Integer(required=True, validate=Number)
    education_person = String(required=True, validate=Length(1, rules.PERSON))
    aim = String(load_default="", validate=Length(max=rules.TEXT))


class MeasureIn(Schema):
    """A measure that is planned."""

    code = String(required=True, validate=OneOf([row["code"] for row in code_list("measure")]))
    planned = Date(required=True)
    person = String(required=True, validate=Length(1, rules.PERSON))


class EffectIn(Schema):
    """What came of a measure."""

    done = Date(required=True)
    worked = Boolean(required=True)
    result = String(required=True, validate=Length(1, rules.TEXT))


class BackIn(Schema):
    """A return to school; ``grade`` 0 for what the rule says, ``why`` where it is another."""

    returned_on = Date(required=True)
    school = String(required=True, validate=Length(1, 100))
    out_since = Date(load_default=None, allow_none=True)
    class_grade = Integer(load_default=0, validate=Range(0, 9))
    grade = Integer(load_default=0, validate=Range(0, 9))
    class_name = String(load_default="", validate=Length(max=20))
    why = String(load_default="", validate=Length(max=rules.TEXT))


class LookIn(Schema):
    """What a follow-up found; ``method`` and ``reasons`` where the child is out again."""

    day = Date(required=True)
    attending = Boolean(required=True)
    said = String(load_default="", validate=Length(max=rules.TEXT))
    method = String(load_default="", validate=Length(max=3))
    reasons = List(String(validate=Length(max=3)), load_default=list, validate=Length(max=5))


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
    return _told(look_at(case_id))


def _told(subject: Subject) -> dict[str, Any]:
    """The plan as it stands, with all that belongs to it."""
    cipher = cipher_of(settings())
    child, sight = subject.case.child_id, subject.sight
    found, backs = rules.plan_of(db(), child), lasting.returns_of(db(), child)
    charge = rules.charge_of(found, cipher)
    return {
        "version": found.version if found else 0,
        "government_person": charge.government_person,
        "education_person": charge.education_person,
        "aim": sight.show("remark", charge.aim) if charge.aim else "",
        "tier": subject.case.tier,
        "measures": shown.measures(rules.measures_of(db(), child), cipher, sight),
        "returns": shown.returns(backs, lasting.follow_ups_of(db(), backs), cipher, sight, today()),
    }


def _after(case_id: int) -> dict[str, Any]:
    """The plan after a change, which has its own entry in the audit."""
    return _told(look_at(case_id, entered=False))


@api.post("/cases/<int:case_id>/plan")
@needs("plan.edit")
@api.input(ChargeIn)
@api.output(PlanOut)
def save(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Make or change the plan of a child."""
    case, seen = case_of(db(), case_id), json_data.pop("version")
    made = rules.save(db(), cipher_of(settings()), identity(), case, rules.Charge(**json_data), seen)
    audit("plan.edit", "case", case.id, plan=made.id, version=made.version)
    return _after(case_id)


@api.post("/cases/<int:case_id>/measures")
@needs("plan.edit")
@api.input(MeasureIn)
@api.output(PlanOut, status_code=201)
def add_measure(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Plan a measure."""
    case = case_of(db(), case_id)
    made = rules.add_measure(db(), cipher_of(settings()), identity(), case, **json_data)
    audit("plan.edit", "case", case.id, measure=made.id, code=made.code)
    return _after(case_id)


@api.post("/cases/<int:case_id>/measures/<int:measure_id>")
@needs("plan.edit")
@api.input(EffectIn)
@api.output(PlanOut)
def finish_measure(case_id: int, measure_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Record what came of a measure."""
    case, measure = case_of(db(), case_id), rules.measure_of(db(), measure_id)
    if measure.child_id != case.child_id:
        raise NotFoundError("没有这项措施，或不在您的辖区内。")
    rules.finish_measure(db(), cipher_of(settings()), identity(), case, measure, **json_data, today=today())
    audit("plan.edit", "case", case.id, measure=measure.id, worked=measure.worked)
    return _after(case_id)


@api.post("/cases/<int:case_id>/return")
@needs("plan.edit")
@api.input(BackIn)
@api.output(PlanOut, status_code=201)
def come_back(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Record that the child is back at school; its outcome D08 is reported apart."""
    case = case_of(db(), case_id)
    made = returns.record(db(), settings(), identity(), case, returns.Back(**json_data), today())
    audit("plan.edit", "case", case.id, returned=made.id, grade=made.grade, usual=made.usual)
    return _after(case_id)


@api.post("/cases/<int:case_id>/follow-ups/<int:number>")
@needs("plan.edit")
@api.input(LookIn)
@api.output(PlanOut)
def look(case_id: int, number: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Record whether a child that came back is still at school; where it is not, D09 is reported."""
    case, follow_up = case_of(db(), case_id), returns.follow_up_of(db(), number)
    if follow_up.child_id != case.child_id:
        raise NotFoundError("没有这项跟踪，或不在您的辖区内。")
    found = returns.Look(**json_data)
    told = returns.look(db(), cipher_of(settings()), identity(), follow_up, found, today())
    did = {"step": "submit", "outcome": "D09"} if told else {}
    action = "case.verify" if told else "plan.edit"
    audit(action, "case", case.id, follow_up=number, attending=found.attending, **did)
    return _after(case_id)


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
