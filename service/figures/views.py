"""Pages of figures: the dashboard of a round, one township, and the cases behind a number."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from schemas.case import KINDS, STATES
from schemas.indicator import FAMILIES
from schemas.rounds import STATES as ROUND_STATES
from service.accounts.guard import db, identity, needs
from service.county_time import today
from service.errors import InvalidError, NotFoundError
from service.figures import charts, views_files
from service.figures.behind import cases_behind
from service.figures.blueprint import pages
from service.figures.dashboard import Dashboard, dashboard_of, words
from service.figures.published import TOTAL, sees_exact
from service.figures.wording import COLUMNS, labels
from service.ledgers.rules import chosen_round, rounds
from service.navigation import Place
from service.numbers import page_number
from service.rounds.models import Round

__all__ = ["PLACES", "pages", "views_files"]

PLACES = (Place(15, "统计", "figures.show", "chart-bar", "figure.view"),)
CHILDREN: dict[str, dict[str, Any]] = {
    "children": {}, "enrolled": {"enrolment": "enrolled"}, "review": {"enrolment": "review"},
    "absent": {"enrolment": "enrolled", "attendance": "absent"},
    "not_enrolled": {"enrolment": "not_enrolled"},
}  # fmt: skip
"""Numbers with children behind them -> the filters of the list that shows just these."""


@pages.get("/figures")
@needs("figure.view")
def show() -> ResponseReturnValue:
    """A round in a minute: four numbers, funnel, townships, trend, the lists; and every indicator."""
    found = rounds(db())
    if not found:
        return render_template("figures/none.html")
    of, bar = _chosen(found, "figures.show")
    told = dashboard_of(db(), of, identity(), today())
    names = labels()
    return render_template(
        "figures/show.html",
        **bar,
        told=told,
        notes=words(told)["notes"],
        four=_four(told, names),
        funnel=charts.funnel(told, names),
        townships=charts.townships(told, names),
        trend=charts.trend(told, names),
        agencies=charts.agencies(told, names),
        columns=COLUMNS,
        labels=names,
        families=FAMILIES,
        name_of=charts.name_of,
        link=lambda code, column: link(told, code, column),
        behind=_behind_measure(told),
    )


@pages.get("/figures/township/<code>")
@needs("figure.view")
def township(code: str) -> ResponseReturnValue:
    """The indicators of one township."""
    of, bar = _chosen(rounds(db()), "figures.township", code=code)
    told = dashboard_of(db(), of, identity(), today())
    place = next((each for each in told.places if each.code == code), None)
    if place is None:
        raise NotFoundError("没有这个乡镇的数字，或不在您的辖区内。")
    return render_template(
        "figures/township.html",
        **bar,
        told=told,
        place=place,
        measures=told.measures_at(place),
        columns=COLUMNS,
        labels=labels(),
        families=FAMILIES,
        name_of=charts.name_of,
        link=lambda code, column: link(told, code, column),
        behind=_behind_measure(told, code),
    )


@pages.get("/figures/cases")
@needs("case.view")
def behind() -> ResponseReturnValue:
    """The cases behind a number."""
    what, township = request.args.get("what", "all_cases"), request.args.get("township", "")
    if township and not (township.isascii() and township.isdigit() and len(township) <= 12):
        raise InvalidError("没有这个乡镇，请从列表中选择。")
    kept: dict[str, Any] = {"what": what, **({"township": township} if township else {})}
    of, bar = _chosen(rounds(db()), "figures.behind", **kept)
    after = page_number(request.args.get("after"))
    found = cases_behind(db(), of, what, today(), township=township, after=after or 0)
    kept["round"] = str(of.id)
    return render_template(
        "figures/behind.html",
        **bar,
        label=_(found.label),
        township=found.rows[0].township if township and found.rows else "",
        rows=found.rows,
        page={
            "previous": url_for("figures.behind", **kept) if after else "",
            "next": url_for("figures.behind", **kept, after=found.after) if found.after else "",
        }
        if after or found.after
        else {},
        KINDS=KINDS,
        STATES=STATES,
    )


def _chosen(found: Any, endpoint: str, **kept: Any) -> tuple[Round, dict[str, Any]]:
    """The round that a page is about, and what the chooser in the bar needs."""
    of = chosen_round(found, page_number(request.args.get("round")))
    bar = [
        {
            "label": each.name,
            "url": url_for(endpoint, **{**kept, "round": each.id}),
            "current": each.id == of.id,
            "state": _(ROUND_STATES[each.state]),
        }
        for each in found
    ]
    return of, {"round": of, "rounds": bar}


def _four(told: Dashboard, names: dict[str, str]) -> list[dict[str, Any]]:
    """The four large numbers."""
    tones = {"pending": "review", "out_of_school": "missing", "closed": "enrolled"}
    return [
        {
            "label": names[column],
            "count": told.shown.text(TOTAL, column),
            "tone": tones.get(column, ""),
            "url": link(told, TOTAL, column),
            "note": _note(told, column),
        }
        for column in ("children", "pending", "out_of_school", "closed")
    ]


def _note(told: Dashboard, column: str) -> str:
    shown = told.shown
    if column == "out_of_school":
        return str(_("另有失联待查 %(apart)s", apart=shown.text(TOTAL, "apart")))
    if column == "pending":
        return str(_("共列入核查 %(cases)s", cases=shown.text(TOTAL, "all_cases")))
    if column == "closed":
        return str(_("凭佐证、经两人"))
    return str(_("各名单合并，一人只算一次"))


def link(told: Dashboard, code: str, column: str) -> str:
    """The list behind a number; "" where there is none, where it is hidden, or not for this person."""
    who, of, shown = identity(), told.figures.round, told.shown
    if not shown.open(code, column) or shown.text(code, column) == "0":
        return ""
    if column in CHILDREN:
        # A county's code would show the whole county, not those without a township.
        if told.figures.run is None or not who.may("child.view") or (code and len(code) <= 6):
            return ""
        where: dict[str, Any] = {"township": code} if code else {}
        return url_for("runs.children", run_id=told.figures.run.id, **CHILDREN[column], **where)
    return _cases(column, of, code) if who.may("case.view") else ""


def _cases(what: str, of: Round, code: str) -> str:
    where: dict[str, Any] = {"township": code} if code else {}
    return url_for("figures.behind", what=what, round=of.id, **where)


_MEASURED = {
    "P1": "dropped_out", "P2": "returned", "W5": "false", "W6": "pending", "W7": "late", "W12": "again",
}  # fmt: skip
"""Indicator -> the cases that are its numerator."""


def _behind_measure(told: Dashboard, code: str = TOTAL) -> dict[str, str]:
    """Indicator -> the list of its numerator, for who sees small numbers."""
    if not sees_exact(identity()) or not identity().may("case.view"):
        return {}
    return {each: _cases(what, told.figures.round, code) for each, what in _MEASURED.items()}
