"""The agenda: made from the open cases, put in order, cleared."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.case import TIERS
from schemas.meeting import TOPICS
from service.accounts.guard import audit, db, identity, needs, settings
from service.cases.children import Vault
from service.cases.models import Child
from service.cases.rules import number_of
from service.county_time import today
from service.errors import InvalidError
from service.ledgers import rules as ledgers
from service.ledgers import shown
from service.meetings import agenda
from service.meetings.agenda import Wanted
from service.meetings.blueprint import pages
from service.meetings.rules import meeting_of
from service.numbers import page_number
from service.privacy.masking import sight_of
from service.rounds.rules import round_of


@pages.get("/meetings/<int:meeting_id>/agenda")
@needs("meeting.view")
def agenda_page(meeting_id: int) -> ResponseReturnValue:
    """The agenda, page by page."""
    meeting = meeting_of(db(), meeting_id)
    of = round_of(db(), meeting.round_id)
    after, before = (page_number(request.args.get(name)) for name in ("after", "before"))
    limit = agenda.PAGE + 1
    found = agenda.items(db(), meeting.id, after=after or 0, before=before, limit=limit)
    here = found[1:] if before and len(found) == limit else found[: agenda.PAGE]
    topics = agenda.count(db(), meeting.id)
    total = sum(topics.values())
    first, last = (here[0].position, here[-1].position) if here else (0, 0)
    may = identity().may("meeting.edit") and meeting.closed_at is None and meeting.signing_at is None
    choices = ledgers.options(db(), of) if may else {"townships": [], "groups": []}
    return render_template(
        "meetings/agenda.html",
        meeting=meeting,
        round=of,
        rows=item_rows(of, here),
        topics=[(name, _(topic.label), topics.get(name, 0)) for name, topic in TOPICS.items()],
        page={
            "previous": url_for("meetings.agenda_page", meeting_id=meeting.id, before=first)
            if first > 1
            else "",
            "next": url_for("meetings.agenda_page", meeting_id=meeting.id, after=last)
            if last < total
            else "",
            "first": first or None,
            "last": last or None,
            "total": total,
        },
        total=total,
        may=may,
        townships=choices["townships"],
        groups=choices["groups"] if sight_of(identity()).may_filter("groups") else [],
        tiers=[(name, _(label)) for name, label in TIERS.items()],
        tones=shown.TONES,
    )


def _at(meeting_id: int, **where: Any) -> str:
    return url_for("meetings.agenda_page", meeting_id=meeting_id, **where)


def item_rows(of: Any, items: list[agenda.Item]) -> list[dict[str, Any]]:
    """Items with who the child is, as the person at hand sees it, by one statement."""
    vault, sight = Vault.of(settings()), sight_of(identity())
    children = db().query(Child).where(Child.id.in_([each.case.child_id for each in items])).all()
    persons = vault.persons(children)
    return [
        {
            "id": each.id,
            "position": each.position,
            "topic": _(TOPICS[each.topic].label) if each.topic else "",
            "number": number_of(of, each.case),
            "decided": each.decided,
            "case_id": each.case.id,
            **shown.person(persons[each.case.child_id], sight),
            **shown.case_facts(each.case, sight),
        }
        for each in items
    ]


@pages.post("/meetings/<int:meeting_id>/agenda")
@needs("meeting.edit")
def generate(meeting_id: int) -> ResponseReturnValue:
    """Put open cases on the agenda, those that are there stay where they are."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    wanted = Wanted(
        tuple(said.getlist("topics")),
        said.get("group", "")[:20],
        said.get("township", "")[:12],
        said.get("tier", "")[:8],
    )
    if wanted.group and not sight_of(identity()).may_filter("groups"):
        raise InvalidError("不能按您看不到的内容筛选。")
    added = agenda.generate(db(), meeting, wanted, today())
    audit("meeting.edit", "meeting", meeting.id, act="agenda", added=added, topics=list(wanted.topics))
    flash(
        _("已列入 %(n)s 个议题。", n=added) if added else _("没有新的个案可以列入，符合条件的都已在议程中。"),
        "good" if added else "info",
    )
    return redirect(url_for("meetings.agenda_page", meeting_id=meeting.id), 303)


@pages.post("/meetings/<int:meeting_id>/agenda/order")
@needs("meeting.edit")
def order(meeting_id: int) -> ResponseReturnValue:
    """Move one item up, down or to the top, or take it off: whichever button was pressed."""
    meeting, said = meeting_of(db(), meeting_id), request.form
    act = next((name for name in ("up", "down", "top", "remove") if said.get(name)), "")
    number = page_number(said.get(act)) if act else None
    if number is None:
        raise InvalidError("请选择要移动的议题。")
    at = agenda.position_of(db(), meeting, number)
    if act == "remove":
        agenda.remove(db(), meeting, number)
    else:
        agenda.move(db(), meeting, number, {"up": at - 1, "down": at + 1, "top": 1}[act])
    audit("meeting.edit", "meeting", meeting.id, act=f"agenda.{act}", item=number)
    after = max(0, (at - 1) // agenda.PAGE * agenda.PAGE)
    return redirect(url_for("meetings.agenda_page", meeting_id=meeting.id, after=after or None), 303)


@pages.post("/meetings/<int:meeting_id>/agenda/clear")
@needs("meeting.edit")
def clear(meeting_id: int) -> ResponseReturnValue:
    """Empty the agenda."""
    meeting = meeting_of(db(), meeting_id)
    agenda.clear(db(), meeting)
    audit("meeting.edit", "meeting", meeting.id, act="agenda.clear")
    flash(_("议程已清空。"), "good")
    return redirect(url_for("meetings.agenda_page", meeting_id=meeting.id), 303)
