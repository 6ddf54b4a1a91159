"""What a page offers: the places that the signed-in person may go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, g, request
from flask_babel import lazy_gettext

from service.features import features


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation, shown to those who may do ``action``. ``order`` sorts them.

    ``within``: rules of pages that belong to it though their path does not begin with its own.
    """

    order: int
    label: str
    endpoint: str
    icon: str
    action: str
    within: tuple[str, ...] = ()


def install(app: Flask) -> None:
    """Give every page ``nav``, ``here`` (the endpoint of the entry that it lies in) and ``identity``.

    A feature's ``views.py`` lists its places as ``PLACES``.
    """
    places = sorted(
        (place for module in features("views") for place in getattr(module, "PLACES", ())),
        key=lambda place: place.order,
    )

    @app.context_processor
    def offered() -> dict[str, object]:
        who = g.get("identity")
        seen = [place for place in places if who and who.may(place.action)]
        return {
            "identity": who,
            "here": current(app, seen),
            "nav": [(lazy_gettext(place.label), place.endpoint, place.icon) for place in seen],
        }


def current(app: Flask, places: Sequence[Place]) -> str:
    """The endpoint of the entry whose path is the longest that the requested page's begins with, or ""."""
    page = request.url_rule.rule if request.url_rule else ""
    own = {
        rule: place.endpoint
        for place in places
        for rule in (*place.within, *(each.rule for each in app.url_map.iter_rules(place.endpoint)))
        if page == rule or page.startswith(f"{rule.rstrip('/')}/")
    }
    return own[max(own, key=len)] if own else ""
