"""The projector: one child at a time, large, with all that the agencies know; decisions, taken down live.

It shows what the person at the machine may see. Numbers and telephones are masked for every role, unless this
person had them unmasked for this child; within notes they always are.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.meeting import DECISIONS, TOPICS
from service.accounts.guard import audit, db, identity, needs, settings
from service.agencies.models import Agency
from service.cases.children import Vault
from service.cases.models import Case, Child
from service.cases.rules import case_of, number_of
from service.errors import NotFoundError
from service.ledgers import shown
from service.ledgers.telling import Told, tell
from service.meetings import agenda, rules
from service.meetings.blueprint import pages
from service.meetings.deciding import Draft, decide, withdraw
from service.meetings.forms import day_of
from service.meetings.models import Meeting, MeetingDecision
from service.meetings.rules import meeting_of
from service.numbers import MOST_ID
from service.privacy.custody import cipher_of
from service.privacy.masking import sight_of
from service.privacy.rules import see
from service.rounds.rules import round_of
from service.runs import results, seen
from service.runs import shown as run_shown
from service.runs.views_children import look_at

CARRIED = ("evidence", "requests", "contacts", "measures", "notices", "returns")
"""Parts of ``Told`` that are shown of all of a child's cases; decisions and events are of this round's."""


@pages.get("/meetings/<int:meeting_id>/show/<int:position>")
@needs("meeting.view")
def project(meeting_id: int, position: int) -> ResponseReturnValue:
    """One child of the agenda, large."""
    meeting = meeting_of(db(), meeting_id)
    item, total = agenda.at(db(), meeting.id, position)
    case = case_of(db(), item.case_id)
    of = round_of(db(), meeting.round_id)
    known = _known(case)
    told = _told(case)
    may = identity().may("meeting.edit") and meeting.closed_at is None and meeting.signing_at is None
    sitting = rules.newest_sitting(db(), meeting) if may else None
    return render_template(
        "meetings/projector.html",
        meeting=meeting,
        round=of,
        case=case,
        number=number_of(of, case),
        topic=_(TOPICS[item.topic].label),
        position=position,
        total=total,
        told=told,
        facts=shown.case_facts(case, known["sight"]),
        tones=shown.TONES,
        sitting=sitting,
        may_decide=may and of.state == "meeting" and sitting is not None,
        kinds=_kinds(item.topic),
        agencies=_agencies() if may else [],
        **known,
        **run_shown.words(),
    )


def _told(case: Case) -> Told:
    """What lies in the case, with what was put into the child's cases of earlier rounds before it.

    A case that was carried on begins empty: who sees it alone would think that nobody had been there.
    """
    query = select(Case).where(Case.child_id == case.child_id, Case.id < case.id).order_by(Case.id)
    cases = [*db().scalars(query), case]
    *earlier, told = tell(db(), cipher_of(settings()), cases, sight_of(identity()))
    for place in CARRIED:
        getattr(told, place)[:0] = [line for each in earlier for line in getattr(each, place)]
    return told


def _known(case: Case) -> dict[str, Any]:
    """Who the child is, and what the run knows of it where it does; counted and entered in the audit."""
    vault, who, subject = Vault.of(settings()), identity(), f"case/{case.id}"
    child = vault.person(db().get_one(Child, case.child_id))
    # What was unmasked on the page of the case is unmasked here, and what was on that of the run as well.
    own = see(db(), who, ("child", subject), audit)
    if case.run_id is None or case.run_no is None:
        seen.check_quota(db(), who, subject, settings().views_per_day)
        audit("child.view", "child", subject, unmasked=sorted(own.unmasked))
        return {"sight": own, "child": shown.person(child, own), "looked": None}
    looked = look_at(results.finished_run(db(), case.run_id), case.run_no)
    sight = sight_of(who, {*own.unmasked, *looked["unmasked"]})
    return {"sight": sight, "child": shown.person(child, sight), "looked": looked}


def _kinds(topic: str) -> list[tuple[str, str]]:
    """Kinds of decision, the one that the heading is likely to bring first."""
    likely = TOPICS[topic].decision
    names = sorted(DECISIONS, key=lambda name: name != likely)
    return [(name, _(DECISIONS[name].label)) for name in names]


def _agencies() -> list[tuple[int, str]]:
    query = select(Agency.id, Agency.name).where(Agency.active).order_by(Agency.region_code, Agency.id)
    return [(number, name) for number, name in db().execute(query)]


@pages.post("/meetings/<int:meeting_id>/show/<int:position>")
@needs("meeting.edit")
def take_down(meeting_id: int, position: int) -> ResponseReturnValue:
    """Take down what was decided about the child that is shown."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    item, _total = agenda.at(db(), meeting.id, position)
    case = case_of(db(), item.case_id)
    lead = said.get("lead", 0, int)
    draft = Draft(said.get("kind", ""), said.get("text", ""), min(lead, MOST_ID) or None, day_of(said, "due"))
    version = said.get("version", 0, int)
    made = decide(db(), cipher_of(settings()), meeting, case, draft, identity(), version)
    audit("meeting.edit", "case", case.id, act="decide", decision=made.id, kind=made.kind, lead=made.lead_id)
    flash(_("已记录：%(kind)s。", kind=_(DECISIONS[made.kind].label)), "good")
    return redirect(url_for("meetings.project", meeting_id=meeting.id, position=position), 303)


@pages.post("/meetings/<int:meeting_id>/decisions/<int:decision_id>/withdraw")
@needs("meeting.edit")
def take_back(meeting_id: int, decision_id: int) -> ResponseReturnValue:
    """Withdraw a decision that was taken down wrongly."""
    meeting = meeting_of(db(), meeting_id)
    made = _decision(meeting, decision_id)
    withdraw(db(), cipher_of(settings()), made, request.form.get("reason", ""), identity())
    audit("meeting.edit", "case", made.case_id, act="withdraw", decision=made.id)
    flash(_("决定已撤销，记录仍然保留。"), "good")
    position = agenda.place_of_case(db(), meeting.id, made.case_id)
    if position is None:
        return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)
    return redirect(url_for("meetings.project", meeting_id=meeting.id, position=position), 303)


def _decision(meeting: Meeting, decision_id: int) -> MeetingDecision:
    made = db().get(MeetingDecision, decision_id)
    if made is None or made.meeting_id != meeting.id:
        raise NotFoundError("没有这项决定。")
    return made
