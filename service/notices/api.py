"""Notices for programs: what was issued about a child, issuing, delivery."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Date, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from sqlalchemy import select

from schemas.codes import code_list
from schemas.notice import NOTICES, TERMS
from service.accounts.guard import audit, db, identity, needs, settings
from service.agencies.models import Agency
from service.cases.rules import case_of
from service.county_time import today
from service.notices import delivery, rules, shown
from service.notices.models import Notice
from service.notices.rules import TEXT, Wanted
from service.plans.subject import look_at
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of

api = APIBlueprint("notices_api", __name__, url_prefix="/api/v1", tag="notices 文书")


class NoticeIn(Schema):
    """A notice to issue by the key's own agency."""

    kind = String(required=True, validate=OneOf(list(NOTICES)))
    version = Integer(required=True, metadata={"description": "of the case, as it was seen"})
    term = Integer(load_default=None, allow_none=True, validate=Range(*TERMS))
    school = String(load_default="", validate=Length(max=TEXT))
    reason = String(load_default="", validate=Length(max=TEXT))
    basis = String(load_default="", validate=Length(max=TEXT))
    recipient = String(load_default="", validate=Length(max=TEXT))


class DeliveryIn(Schema):
    """The delivery of a notice."""

    day = Date(required=True)
    how = String(required=True, validate=OneOf([row["code"] for row in code_list("delivery")]))
    to = String(required=True, validate=Length(1, TEXT))


class NoticeOut(Schema):
    """A notice. Texts are masked as the person sees remarks."""

    id = Integer()
    case_id = Integer()
    kind = String()
    label = String()
    number = String()
    agency = String()
    issued_on = Date()
    term = Integer()
    served_on = Date(allow_none=True)
    served_how = String()
    ends = Date(allow_none=True)
    state = String(validate=OneOf(list(shown.STATES)))
    reason = String()
    served_to = String()


class StepOut(Schema):
    """A step of the ladder, and why it may not be taken yet ("" where it may)."""

    name = String()
    label = String()
    number = String()
    served = Date(allow_none=True)
    ends = Date(allow_none=True)
    why = String()


class NoticesOut(Schema):
    """What was issued about the child of a case, over all rounds."""

    notices = List(Nested(NoticeOut))
    steps = List(Nested(StepOut))


@api.get("/cases/<int:case_id>/notices")
@needs("case.view")
@api.output(NoticesOut)
def of_case(case_id: int) -> dict[str, Any]:
    """List the notices about a child, and the ladder as the key's agency stands before it."""
    subject = look_at(case_id)
    child = subject.case.child_id
    there, given = rules.notices_of(db(), [child])[child], rules.given_of(db(), [child])[child]
    return {
        "notices": _told(there),
        "steps": shown.ladder(given, identity().agency_kind, subject.case.state, today()),
    }


def _told(there: list[Notice]) -> list[dict[str, Any]]:
    texts = shown.texts(there, cipher_of(settings()), sight_of(identity()))
    agencies = dict(db().execute(select(Agency.id, Agency.name)).all())
    return [shown.row(each, today(), agencies) | texts[each.id] for each in there]


@api.post("/cases/<int:case_id>/notices")
@needs("notice.issue")
@api.input(NoticeIn)
@api.output(NoticeOut, status_code=201)
def issue(case_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Issue a notice: numbered, filled in, kept."""
    case, version = case_of(db(), case_id), json_data.pop("version")
    made = rules.issue(db(), settings(), identity(), case, Wanted(**json_data), today(), version)
    audit("notice.issue", "case", case.id, notice=made.id, kind=made.kind, number=made.number, step="issue")
    return _told([made])[0]


@api.post("/notices/<int:notice_id>/delivery")
@needs("notice.issue")
@api.input(DeliveryIn)
@api.output(NoticeOut)
def delivered(notice_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Record the delivery of a notice."""
    notice = rules.notice_of(db(), notice_id)
    delivery.serve(db(), settings(), identity(), notice, **json_data, today=today())
    audit("notice.issue", "notice", notice.id, number=notice.number, step="serve")
    return _told([notice])[0]
