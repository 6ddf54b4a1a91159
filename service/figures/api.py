"""Figures for programs."""

from __future__ import annotations

import base64
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf

from schemas.indicator import FAMILIES
from service.accounts.guard import db, identity, needs
from service.county_time import today
from service.figures.dashboard import Dashboard, dashboard_of, words
from service.figures.measures import Measure
from service.figures.published import TOTAL
from service.figures.trend import Point
from service.figures.views_files import quarterly_of
from service.figures.wording import COLUMNS
from service.numbers import MOST_ID
from service.privacy.rules import REASON
from service.rounds.rules import round_of

api = APIBlueprint("figures_api", __name__, url_prefix="/api/v1/rounds", tag="figures 统计")


class FigureIndicator(Schema):
    """An indicator. ``numerator``, ``denominator`` and ``value`` are null where they are not shown."""

    code = String()
    name = String()
    family = String(validate=OneOf(list(FAMILIES)))
    unit = String(validate=OneOf(["share", "count", "days"]))
    formula = String()
    numerator = Integer(allow_none=True)
    denominator = Integer(allow_none=True)
    value = Float(allow_none=True)
    shown = String()
    why_not = String(metadata={"description": "why it cannot be computed, and what it would need"})


class FigurePlace(Schema):
    """A township, or the whole (``code`` empty). ``numbers``: null where a small number is hidden."""

    code = String()
    name = String()
    numbers = Dict(keys=String(), values=Integer(allow_none=True))
    texts = Dict(keys=String(), values=String())


class FigureTrend(Schema):
    """A round in the trend; numbers only for who sees small ones."""

    round_id = Integer()
    name = String()
    as_of = Date()
    numbers = Dict(keys=String(), values=Integer(), allow_none=True)
    suspect_share = String()
    false_share = String()


class RoundFigures(Schema):
    """The figures of a round as the owner of the key may see them."""

    round_id = Integer()
    run_id = Integer(allow_none=True)
    state = String()
    preliminary = Boolean()
    exact = Boolean(metadata={"description": "no small number is hidden"})
    signed = String(allow_none=True, metadata={"description": "SHA-256 of the signed figures"})
    notes = List(String())
    total = Nested(FigurePlace)
    townships = List(Nested(FigurePlace))
    indicators = List(Nested(FigureIndicator))
    trend = List(Nested(FigureTrend))


class ReportIn(Schema):
    """What a report is for; ``exact`` with small numbers, for those who see them."""

    purpose = String(required=True, validate=Length(*REASON))
    exact = Boolean(load_default=False)


class ReportOut(Schema):
    """A report; ``content`` is the docx file in base64."""

    file_name = String()
    content = String()


@api.get("/<int:round_id>/figures")
@needs("figure.view")
@api.output(RoundFigures)
def figures(round_id: int) -> dict[str, Any]:
    """Show the figures of a round: townships, indicators, trend; small numbers hidden across agencies."""
    of = round_of(db(), min(round_id, MOST_ID))
    told = dashboard_of(db(), of, identity(), today())
    return {
        "round_id": of.id,
        "run_id": of.run_id,
        "state": of.state,
        "preliminary": told.figures.preliminary,
        "exact": told.shown.exact,
        "signed": told.signed.digest if told.signed else None,
        "notes": words(told)["notes"],
        "total": _place(told, TOTAL, ""),
        "townships": [_place(told, place.code, place.name) for place in told.places],
        "indicators": [_measure(told, each) for each in told.measures],
        "trend": [_point(told, each) for each in told.trend],
    }


@api.post("/<int:round_id>/report")
@needs("figure.view")
@api.input(ReportIn)
@api.output(ReportOut)
def quarterly(round_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Make the quarterly report of a round: exact, or for the other agencies without small numbers."""
    of = round_of(db(), min(round_id, MOST_ID))
    made, name = quarterly_of(of, json_data["purpose"], wanted=json_data["exact"])
    return {"file_name": name, "content": base64.b64encode(made).decode()}


def _place(told: Dashboard, code: str, name: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "numbers": {column: told.shown.number(code, column) for column in COLUMNS},
        "texts": {column: told.shown.text(code, column) for column in COLUMNS},
    }


def _measure(told: Dashboard, each: Measure) -> dict[str, Any]:
    names = ("code", "name", "family", "unit", "formula")
    said = {name: getattr(each.indicator, name) for name in names}
    exact = {name: getattr(each, name) if told.shown.exact else None for name in _EXACT}
    return {**said, **exact, "shown": told.shown.measure(each), "why_not": each.why_not}


_EXACT = ("numerator", "denominator", "value")


def _point(told: Dashboard, each: Point) -> dict[str, Any]:
    children = sum(each.listed.values())
    numbers = {
        "children": children,
        "suspects": each.suspects,
        **each.cases,
        "returned": each.counts["returned"],
    }
    return {
        "round_id": each.round.id,
        "name": each.round.name,
        "as_of": each.round.as_of,
        "numbers": numbers if told.shown.exact else None,
        "suspect_share": told.shown.share(each.suspects, children),
        "false_share": told.shown.share(each.counts["false"], each.cases["closed"]),
    }
