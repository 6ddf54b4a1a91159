"""The page of reminders, and the bell that every page has for whom they concern."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from service.accounts.guard import audit, db, identity, needs, settings
from service.cases.children import Vault
from service.cases.rules import number_of
from service.cases.shown import child
from service.county_time import now
from service.navigation import Place
from service.numbers import page_number
from service.privacy.masking import sight_of
from service.reminders.due import FOLLOW_UP, MEASURE
from service.reminders.models import STATES
from service.reminders.rules import PAGE, take_note, told, unread

pages = APIBlueprint("reminders", __name__, enable_openapi=False)
PLACES = (Place(32, "待办提醒", "reminders.index", "bell", "case.view"),)
CONCERNED = ("case.verify", "case.answer", "case.approve")
"""Whoever may do one of these is told by the bell; others who see cases find the page."""

MATTERS = {
    "签收": lazy_gettext("签收"),
    "上报核查结果": lazy_gettext("上报核查结果"),
    "书面报告": lazy_gettext("书面报告"),
    "当日上报": lazy_gettext("当日上报"),
    "审核": lazy_gettext("审核"),
    "说明到期": lazy_gettext("说明到期"),
    "协查的答复": lazy_gettext("协查的答复"),
    "退回校核的答复": lazy_gettext("退回校核的答复"),
    FOLLOW_UP: lazy_gettext("复学回访"),
    MEASURE: lazy_gettext("劝返措施"),
}
"""What a clock is called, in the language of the page; the page of a case asks for the same texts."""

MOST = 10**6


def install(app: Flask) -> None:
    """Give templates ``reminded``: how many reminders wait for the person, None where there are none."""
    app.jinja_env.globals["reminded"] = reminded


def reminded() -> dict[str, int] | None:
    """Unread reminders by state, for whom they concern; None where there is none, or nothing can be read."""
    who = g.get("identity")
    if "reminded" in g:
        return g.reminded  # type: ignore[no-any-return]
    if who is None or not any(map(who.may, CONCERNED)) or not db().is_active:
        return None
    g.reminded = unread(db(), who) or None
    return g.reminded  # type: ignore[no-any-return]


@pages.get("/reminders")
@needs("case.view")
def index() -> ResponseReturnValue:
    """What the own agency has to do about which child, until when."""
    after = min(page_number(request.args.get("after")) or 0, MOST)
    rows, total = told(db(), Vault.of(settings()), identity(), after)
    sight = sight_of(identity())
    return render_template(
        "reminders/index.html",
        rows=[
            {
                "what": MATTERS[each.reminder.what],
                "until": each.reminder.until,
                "state": each.reminder.state,
                "fresh": each.fresh,
                "name": child(each.child, sight)["name"],
                "number": number_of(each.round, each.case),
                "township": each.case.township,
                "url": _place(each.reminder.what, each.case.id),
            }
            for each in rows
        ],
        page={
            "previous": url_for("reminders.index", after=max(0, after - PAGE)) if after else "",
            "next": url_for("reminders.index", after=after + PAGE) if after + PAGE < total else "",
        },
        total=total,
        states=STATES,
    )


@pages.post("/reminders/read")
@needs("case.view")
def read() -> ResponseReturnValue:
    """Take note of what there is: the bell is still until there is more, or another day."""
    take_note(db(), identity(), now())
    audit("reminder.read", "account", identity().account_id)
    flash(_("已知悉。事情办完以前，提醒一直留在这里。"), "good")
    return redirect(url_for("reminders.index"), 303)


def _place(what: str, case_id: int) -> str:
    """Where it is done."""
    endpoint = "plans.plan" if what in (FOLLOW_UP, MEASURE) else "cases.show"
    return url_for(endpoint, case_id=case_id)
