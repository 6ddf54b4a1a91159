"""Meetings for programs: prepared, sat, decided, signed and closed; their figures and papers.

Each operation does what its page does, by the same rules. None is for a key: who signs is a person.
"""

from __future__ import annotations

import base64
from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select

from service.accounts import confirming
from service.accounts.guard import audit, db, identity, needs, settings
from service.cases.rules import case_of
from service.county_time import today
from service.errors import ForbiddenError
from service.meetings import agenda, rules, signing
from service.meetings.agenda import Wanted
from service.meetings.api_schemas import (
    AgendaIn,
    AgendaOut,
    AgendaPageIn,
    DecisionIn,
    DecisionOut,
    FiguresOut,
    FileOut,
    MeetingIn,
    MeetingOut,
    MeetingsOut,
    PurposeIn,
    SignIn,
    SittingIn,
    SittingOut,
    WhyIn,
)
from service.meetings.deciding import Draft, decide
from service.meetings.models import Meeting
from service.meetings.rules import Seat, meeting_of
from service.meetings.views_files import paper_of
from service.privacy.custody import cipher_of
from service.rounds.moves import advance
from service.rounds.rules import round_of

api = APIBlueprint("meetings_api", __name__, url_prefix="/api/v1/meetings", tag="meetings 联席会议")


@api.get("/")
@needs("meeting.view")
@api.output(MeetingsOut)
def index() -> dict[str, Any]:
    """List the meetings."""
    return {"meetings": db().scalars(select(Meeting).order_by(Meeting.id.desc()).limit(200)).all()}


@api.post("/")
@needs("meeting.edit")
@api.input(MeetingIn)
@api.output(MeetingOut, status_code=201)
def prepare(json_data: dict[str, Any]) -> Meeting:
    """Begin to prepare the meeting of a round; every agency of its area that can sign takes part."""
    made = rules.prepare(db(), round_of(db(), json_data["round_id"]), identity().account_id)
    audit("meeting.edit", "meeting", made.id, act="prepare", round=made.round_id)
    return made


@api.post("/<int:meeting_id>/sittings")
@needs("meeting.edit")
@api.input(SittingIn)
@api.output(SittingOut, status_code=201)
def sit(meeting_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Open the next sitting and take down who is there."""
    meeting = meeting_of(db(), meeting_id)
    made = rules.open_sitting(db(), meeting, json_data["day"], json_data["place"], json_data["chair"])
    seats = {each["agency_id"]: Seat(**each, present=True) for each in json_data["present"]}
    rules.attend(db(), meeting, made, seats)
    present = [each.agency_id for each in rules.seats(db(), made.id) if each.present]
    audit("meeting.edit", "meeting", meeting.id, act="sitting", sitting=made.no, present=present)
    return {"no": made.no, "day": made.day, "place": made.place, "chair": made.chair, "present": present}


@api.get("/<int:meeting_id>/agenda")
@needs("meeting.view")
@api.input(AgendaPageIn, location="query")
@api.output(AgendaOut)
def items(meeting_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Show the agenda, page by page."""
    return _agenda(meeting_of(db(), meeting_id), query_data["after"])


@api.post("/<int:meeting_id>/agenda")
@needs("meeting.edit")
@api.input(AgendaIn)
@api.output(AgendaOut)
def generate(meeting_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Put open cases on the agenda; those that are there stay where they are."""
    meeting = meeting_of(db(), meeting_id)
    wanted = Wanted(json_data["topics"], "", json_data["township"], json_data["tier"])
    added = agenda.generate(db(), meeting, wanted, today())
    audit("meeting.edit", "meeting", meeting.id, act="agenda", added=added, topics=json_data["topics"])
    return _agenda(meeting, 0, added)


def _agenda(meeting: Meeting, after: int, added: int = 0) -> dict[str, Any]:
    found = agenda.items(db(), meeting.id, after=after, limit=agenda.PAGE + 1)
    here = found[: agenda.PAGE]
    told = ("position", "topic", "decided")
    return {
        "items": [
            {name: getattr(each, name) for name in told}
            | {"case_id": each.case.id, "version": each.case.version}
            for each in here
        ],
        "after": here[-1].position if len(found) > len(here) else None,
        "total": sum(agenda.count(db(), meeting.id).values()),
        "added": added,
    }


@api.post("/<int:meeting_id>/decisions")
@needs("meeting.edit")
@api.input(DecisionIn)
@api.output(DecisionOut, status_code=201)
def take_down(meeting_id: int, json_data: dict[str, Any]) -> Any:
    """Take down what the meeting decides about a case."""
    meeting, case = meeting_of(db(), meeting_id), case_of(db(), json_data["case_id"])
    draft = Draft(*(json_data[name] for name in ("kind", "text", "lead_id", "due")))
    made = decide(db(), cipher_of(settings()), meeting, case, draft, identity(), json_data["version"])
    audit("meeting.edit", "case", case.id, act="decide", decision=made.id, kind=made.kind, lead=made.lead_id)
    return made


@api.get("/<int:meeting_id>/figures")
@needs("meeting.view")
@api.output(FiguresOut)
def figures(meeting_id: int) -> dict[str, Any]:
    """Show the reconciled figures of a meeting, and who has signed them."""
    return _standing(meeting_of(db(), meeting_id))


def _standing(meeting: Meeting) -> dict[str, Any]:
    now = signing.standing(db(), meeting)
    return {
        "figures": now.figures,
        "digest": now.digest,
        "signers": now.signers,
        "changed": now.changed,
        "closed": meeting.closed_at is not None,
    }


@api.post("/<int:meeting_id>/signing")
@needs("meeting.edit")
@api.output(FiguresOut)
def begin(meeting_id: int) -> dict[str, Any]:
    """Offer the figures as they are now to be signed."""
    meeting = meeting_of(db(), meeting_id)
    signing.begin(db(), meeting)
    audit("meeting.edit", "meeting", meeting.id, act="signing", digest=meeting.digest)
    return _standing(meeting)


@api.post("/<int:meeting_id>/signing/withdraw")
@needs("meeting.edit")
@api.input(WhyIn)
@api.output(FiguresOut)
def unsign(meeting_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Let the meeting sit again; signatures become void."""
    meeting = meeting_of(db(), meeting_id)
    lost = signing.take_back(db(), meeting)
    audit("meeting.edit", "meeting", meeting.id, json_data["reason"], act="signing.withdraw", void=lost)
    return _standing(meeting)


@api.post("/<int:meeting_id>/signature")
@needs("meeting.sign")
@api.input(SignIn)
@api.output(FiguresOut)
def sign(meeting_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Sign the figures that were seen, for one's own agency, being asked once more who one is."""
    meeting = meeting_of(db(), meeting_id)
    wrong = confirming.fault_of(json_data["secret"], "meeting.sign")
    if wrong:
        raise ForbiddenError(wrong)
    made = signing.sign(db(), meeting, identity(), json_data["digest"])
    audit("meeting.sign", "meeting", meeting.id, digest=made.digest, agency=made.agency_id)
    return _standing(meeting)


@api.post("/<int:meeting_id>/close")
@needs("meeting.close")
@api.output(MeetingOut)
def close(meeting_id: int) -> Meeting:
    """End the meeting: its round is signed, and its figures never change again."""
    meeting = meeting_of(db(), meeting_id)
    of = signing.close(db(), meeting, identity())
    advance(db(), of, "signed", settings(), identity().account_id)
    audit("meeting.close", "meeting", meeting.id, digest=meeting.digest, round=of.id)
    return meeting


@api.post("/<int:meeting_id>/files/<name>")
@needs("meeting.view")
@api.input(PurposeIn)
@api.output(FileOut)
def file(meeting_id: int, name: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """A paper of the meeting: ``agenda.docx``, ``minutes.docx``, ``agenda.xlsx`` or ``summary.xlsx``."""
    content, called = paper_of(meeting_of(db(), meeting_id), name, json_data["purpose"])
    return {"file_name": called, "content": base64.b64encode(content).decode()}
