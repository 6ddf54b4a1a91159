"""Pages of meetings: all of them, one with who takes part, its sittings and who came."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from schemas.meeting import TOPICS
from schemas.rounds import STATES as ROUND_STATES
from service.accounts.guard import audit, db, identity, needs
from service.agencies.models import Agency
from service.county_time import today
from service.errors import NotFoundError
from service.meetings import agenda, rules, views_agenda, views_files, views_projector, views_signing
from service.meetings.blueprint import pages
from service.meetings.forms import day_of
from service.meetings.models import Meeting, Sitting
from service.meetings.rules import Seat, meeting_of
from service.navigation import Place
from service.numbers import numbers_in
from service.rounds.models import Round
from service.rounds.rules import round_of

__all__ = ["PLACES", "pages", "views_agenda", "views_files", "views_projector", "views_signing"]

PLACES = (Place(50, "联席会议", "meetings.overview", "users", "meeting.view"),)


@pages.get("/meetings")
@needs("meeting.view")
def overview() -> ResponseReturnValue:
    """The meeting of each round, the newest first, and the rounds that have none yet."""
    rows = db().execute(
        select(Round, Meeting)
        .outerjoin(Meeting, Meeting.round_id == Round.id)
        .options(lazyload(Round.required))
        .where(Meeting.id.is_not(None) | Round.state.in_(rules.OPEN))
        .order_by(Round.as_of.desc(), Round.id.desc())
        .limit(100)
    )
    return render_template(
        "meetings/overview.html",
        rows=[{"round": of, "meeting": meeting, "state": state_of(of, meeting)} for of, meeting in rows],
        states=ROUND_STATES,
        may_edit=identity().may("meeting.edit"),
    )


def state_of(of: Round, meeting: Meeting | None) -> tuple[str, str]:
    """Where a meeting stands, in words, and their tone."""
    if meeting is None:
        return _("未筹备"), "neutral"
    if meeting.closed_at is not None:
        return _("已结束"), "good"
    if meeting.signing_at is not None:
        return _("正在签署"), "warn"
    return (_("正在召开"), "info") if of.state == "meeting" else (_("筹备中"), "neutral")


@pages.post("/rounds/<int:round_id>/meeting")
@needs("meeting.edit")
def prepare(round_id: int) -> ResponseReturnValue:
    """Begin to prepare the meeting of a round."""
    made = rules.prepare(db(), round_of(db(), round_id), identity().account_id)
    audit("meeting.edit", "meeting", made.id, act="prepare", round=round_id)
    flash(_("已开始筹备。请核对参会单位，并生成议程。"), "good")
    return redirect(url_for("meetings.show", meeting_id=made.id), 303)


@pages.get("/meetings/<int:meeting_id>")
@needs("meeting.view")
def show(meeting_id: int) -> ResponseReturnValue:
    """One meeting: who takes part, its sittings with who came, its agenda in numbers."""
    meeting = meeting_of(db(), meeting_id)
    of = round_of(db(), meeting.round_id)
    names = dict(db().execute(select(Agency.id, Agency.name)).all())
    part = rules.taking_part(db(), meeting.id)
    sittings = rules.sittings(db(), meeting.id)
    seats = rules.seats_of(db(), [each.id for each in sittings])
    topics = agenda.count(db(), meeting.id)
    may = identity().may("meeting.edit") and meeting.closed_at is None and meeting.signing_at is None
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        round=of,
        state=state_of(of, meeting),
        names=names,
        part=part,
        able=rules.able(db(), of) if may else [],
        sittings=sittings,
        seats=seats,
        topics=[(_(TOPICS[name].label), n) for name, n in topics.items()],
        items=sum(topics.values()),
        may=may,
        may_sit=may and of.state == "meeting",
        today=today(),
    )


@pages.post("/meetings/<int:meeting_id>/agencies")
@needs("meeting.edit")
def agencies(meeting_id: int) -> ResponseReturnValue:
    """Say which agencies take part, and so sign."""
    meeting = meeting_of(db(), meeting_id)
    wanted = numbers_in(request.form.getlist("agencies"))
    rules.set_agencies(db(), meeting, wanted)
    audit("meeting.edit", "meeting", meeting.id, act="agencies", agencies=sorted(wanted))
    flash(_("参会单位已更新。"), "good")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/sittings")
@needs("meeting.edit")
def sit(meeting_id: int) -> ResponseReturnValue:
    """Open the next sitting."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    made = rules.open_sitting(
        db(), meeting, day_of(said, "day") or today(), said.get("place", ""), said.get("chair", "")
    )
    audit("meeting.edit", "meeting", meeting.id, act="sitting", sitting=made.no)
    flash(_("第 %(no)s 场会议已开始，请登记到会情况。", no=made.no), "good")
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/sittings/<int:no>")
@needs("meeting.edit")
def attend(meeting_id: int, no: int) -> ResponseReturnValue:
    """Take down who is there."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    query = select(Sitting).where(Sitting.meeting_id == meeting.id, Sitting.no == no)
    sitting = db().scalars(query).one_or_none()
    if sitting is None:
        raise NotFoundError("没有这场会议。")
    part = rules.taking_part(db(), meeting.id)
    given = {
        number: Seat(
            number,
            said.get(f"person-{number}", ""),
            said.get(f"duty-{number}", ""),
            f"present-{number}" in said,
        )
        for number in part
    }
    rules.attend(db(), meeting, sitting, given)
    present = [number for number, seat in given.items() if seat.present]
    audit("meeting.edit", "meeting", meeting.id, act="attendance", sitting=no, present=present)
    flash(
        _("到会情况已登记：%(here)s 个单位到会，%(all)s 个单位应到。", here=len(present), all=len(part)),
        "good",
    )
    return redirect(url_for("meetings.show", meeting_id=meeting.id), 303)
