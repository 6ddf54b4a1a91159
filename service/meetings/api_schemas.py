"""What the operations on meetings take and give."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, DateTime, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from schemas.case import TIERS
from schemas.meeting import DECISIONS, TOPICS
from service.meetings.deciding import LONGEST
from service.numbers import MOST_ID
from service.privacy.rules import REASON

Number = Range(1, MOST_ID)


class MeetingOut(Schema):
    """The meeting of a round."""

    id = Integer()
    round_id = Integer()
    signing_at = DateTime(allow_none=True)
    closed_at = DateTime(allow_none=True)


class MeetingsOut(Schema):
    """Every meeting, the newest first."""

    meetings = List(Nested(MeetingOut))


class MeetingIn(Schema):
    """The round whose meeting is to be prepared."""

    round_id = Integer(required=True, validate=Number)


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


class SeatIn(Schema):
    """Who is there for an agency that takes part."""

    agency_id = Integer(required=True, validate=Number)
    person = String(load_default="", validate=Length(max=60))
    duty = String(load_default="", validate=Length(max=60))


class SittingIn(Schema):
    """A sitting that begins, and who is there."""

    day = Date(required=True)
    place = String(load_default="", validate=Length(max=60))
    chair = String(load_default="", validate=Length(max=60))
    present = List(Nested(SeatIn), required=True, validate=Length(1, 100))


class SittingOut(Schema):
    """A sitting; ``present``: ids of the agencies that came."""

    no = Integer()
    day = Date()
    place = String()
    chair = String()
    present = List(Integer())


class AgendaIn(Schema):
    """Which open cases to put on the agenda; all where nothing is said."""

    topics = List(String(validate=OneOf(list(TOPICS))), load_default=list, validate=Length(max=len(TOPICS)))
    township = String(load_default="", validate=Length(max=12), metadata={"description": "region code"})
    tier = String(load_default="", validate=OneOf(["", *TIERS]))


class AgendaPageIn(Schema):
    """Which page of the agenda."""

    after = Integer(load_default=0, validate=Range(0, MOST_ID))


class AgendaItemOut(Schema):
    """An item: a case. ``decided``: how many decisions stand."""

    position = Integer()
    topic = String(validate=OneOf(list(TOPICS)))
    case_id = Integer()
    version = Integer(metadata={"description": "of the case, to decide with"})
    decided = Integer()


class AgendaOut(Schema):
    """Items in order; ``after`` for those behind them. ``added``: what this call put there."""

    items = List(Nested(AgendaItemOut))
    after = Integer(allow_none=True)
    total = Integer()
    added = Integer()


class DecisionIn(Schema):
    """What the meeting decides about a case; ``version`` is the one of the case that was seen."""

    case_id = Integer(required=True, validate=Number)
    version = Integer(required=True, validate=Number)
    kind = String(required=True, validate=OneOf(list(DECISIONS)))
    text = String(load_default="", validate=Length(max=LONGEST))
    lead_id = Integer(load_default=None, allow_none=True, validate=Number)
    due = Date(load_default=None, allow_none=True)


class DecisionOut(Schema):
    """A decision; ``present``: the agencies that were there."""

    id = Integer()
    case_id = Integer()
    kind = String()
    lead_id = Integer(allow_none=True)
    due = Date(allow_none=True)
    present = List(Integer())


class WhyIn(Schema):
    """Why something is taken back."""

    reason = String(required=True, validate=Length(*REASON))


class SignIn(Schema):
    """The figures that were seen, and once more who signs them."""

    digest = String(required=True, validate=Length(64, 64))
    secret = String(
        required=True,
        validate=Length(1, 200),
        metadata={"description": "a fresh code of the second factor; the password where there is none"},
    )


class PurposeIn(Schema):
    """What a file is taken out for."""

    purpose = String(required=True, validate=Length(*REASON))


class FileOut(Schema):
    """A file; ``content`` is base64."""

    file_name = String()
    content = String()
