"""Meetings and their figures for programs."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Integer, List, Nested, Raw, String
from sqlalchemy import select

from service.accounts.guard import db, needs
from service.meetings import signing
from service.meetings.models import Meeting
from service.meetings.rules import meeting_of

api = APIBlueprint("meetings_api", __name__, url_prefix="/api/v1/meetings", tag="meetings 联席会议")


class MeetingOut(Schema):
    """The meeting of a round."""

    id = Integer()
    round_id = Integer()
    signing_at = DateTime(allow_none=True)
    closed_at = DateTime(allow_none=True)


class MeetingsOut(Schema):
    """Every meeting, the newest first."""

    meetings = List(Nested(MeetingOut))


class SignerOut(Schema):
    """An agency that takes part; ``at`` is null while it has not signed these figures."""

    agency_id = Integer()
    agency = String()
    person = String()
    at = DateTime(allow_none=True)


class FiguresOut(Schema):
    """The reconciled figures: as they are now, or as they were signed once the meeting is closed."""

    figures = Raw(metadata={"type": "object", "description": "counts by township, outcome, group, kind"})
    digest = String(metadata={"description": "SHA-256 of the figures as JSON with sorted keys"})
    signers = List(Nested(SignerOut))
    changed = Boolean(metadata={"description": "no longer those that were offered: no signature stands"})
    closed = Boolean()


@api.get("/")
@needs("meeting.view")
@api.output(MeetingsOut)
def index() -> dict[str, Any]:
    """List the meetings."""
    return {"meetings": db().scalars(select(Meeting).order_by(Meeting.id.desc()).limit(200)).all()}


@api.get("/<int:meeting_id>/figures")
@needs("meeting.view")
@api.output(FiguresOut)
def figures(meeting_id: int) -> dict[str, Any]:
    """Show the reconciled figures of a meeting, and who has signed them."""
    meeting = meeting_of(db(), meeting_id)
    now = signing.standing(db(), meeting)
    return {
        "figures": now.figures,
        "digest": now.digest,
        "signers": now.signers,
        "changed": now.changed,
        "closed": meeting.closed_at is not None,
    }
